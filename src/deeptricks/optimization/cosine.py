"""The rate falls along half a cosine, once or again and again."""

import math

from torch.optim import Optimizer

from deeptricks.optimization.checks import check_positive
from deeptricks.optimization.schedule import Schedule


def cosine(t, T_max, eta_min=0.0, lr=1.0):
    """η_min + (η₀ − η_min) (1 + cos(π t/T_max)) / 2: from η₀ at t = 0 to η_min at T_max."""
    return eta_min + (lr - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2


def last_restart(t, T_0, T_mult=1):
    """Of cycles with lengths T_0, T_0·T_mult, T_0·T_mult², … : (steps since one began, its length).

    t may be a fraction. Counted, not solved with a logarithm, whose rounding misses restarts.
    """
    if T_mult == 1:
        return t % T_0, T_0
    while t >= T_0:
        t, T_0 = t - T_0, T_0 * T_mult
    return t, T_0


def cosine_restarts(t, T_0, T_mult=1, eta_min=0.0, lr=1.0):
    """`cosine` of the steps since the last restart, over the length of that cycle."""
    since, length = last_restart(t, T_0, T_mult)
    return cosine(since, length, eta_min, lr)


class CosineAnnealingLR(Schedule):
    """`torch.optim.lr_scheduler.CosineAnnealingLR`: half a cosine, then back up the other half.

    Each step shrinks the distance of the *current* rate from eta_min, as in the framework: a rate
    changed by hand stays changed, and reaches eta_min at T_max all the same. Raises a ValueError
    for a T_max that is not a finite number above 0. Resumed with `last_epoch`, the optimizer's
    rate is taken as it is.

    Source: Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017,
    equation 5, without the restarts.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch=-1):
        check_positive(T_max=T_max)
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, t, lr):
        return cosine(t, self.T_max, self.eta_min, lr)

    def ratio(self, t):
        """Of the distances from eta_min at steps t and t − 1."""
        return cosine(t, self.T_max) / cosine(t - 1, self.T_max)

    def get_lr(self):
        self._warn_outside_of_step()
        t, groups = self.last_epoch, self.optimizer.param_groups
        if self._is_initial:
            return [group["lr"] for group in groups]
        if (t - 1 - self.T_max) % (2 * self.T_max) == 0:
            # The distance was 0 and cannot be multiplied: it rises as it fell after the top.
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            pairs = zip(groups, self.base_lrs, strict=True)
            return [group["lr"] + (lr - self.eta_min) * rise for group, lr in pairs]
        ratio = self.ratio(t)
        return [ratio * (group["lr"] - self.eta_min) + self.eta_min for group in groups]


class CosineAnnealingWarmRestarts(Schedule):
    """`torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`: half a cosine, then η₀ again.

    The first cycle has T_0 steps, each later one T_mult times as many as the one before. The rate
    is computed in closed form: what is changed by hand is overwritten, as in the framework.
    `step(epoch)` takes fractions, for rates that change within an epoch. Raises a ValueError for
    T_0 or T_mult that is no integer above 0, an eta_min that is no number, a negative epoch.

    With T_mult above 1 the framework leaves the formula in two places, and ours does not: resumed
    with a `last_epoch` beyond the first cycles, it takes the wrong one; and `step(epoch)` at some
    restarts (T_mult = 3, from the fifth) gives eta_min, since a logarithm is rounded down.

    Source: Loshchilov and Hutter, SGDR, ICLR 2017, equation 5.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch=-1
    ):
        for name, value in {"T_0": T_0, "T_mult": T_mult}.items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be an integer of at least 1, got {value!r}")
        if not isinstance(eta_min, float | int):
            raise ValueError(f"eta_min must be a number, got {eta_min!r}")
        self.T_0 = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur, self.T_i = last_restart(max(last_epoch, 0), T_0, T_mult)
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        self._warn_outside_of_step()
        return self._get_closed_form_lr()

    def _get_closed_form_lr(self):
        return [cosine(self.T_cur, self.T_i, self.eta_min, lr) for lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """One step on, or to `epoch`, which may be a fraction such as epoch + batch / batches."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        elif epoch < 0:
            raise ValueError(f"epoch must be at least 0, got {epoch}")
        else:
            self.T_cur, self.T_i = last_restart(epoch, self.T_0, self.T_mult)
        # The framework's own way to set the rates, which keeps rates that are tensors.
        self._update_lr(math.floor(epoch))
