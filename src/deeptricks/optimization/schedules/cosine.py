"""The rate falls along half a cosine, once or again and again."""

import math

from torch import Tensor
from torch.optim import Optimizer, lr_scheduler

from deeptricks.optimization.schedules.schedule import Schedule, plain


def cosine(t: float, T_max: float, eta_min: float = 0.0, lr: float = 1.0) -> float:
    """η_min + (η₀ − η_min) (1 + cos(π t/T_max)) / 2: from η₀ at t = 0 to η_min at T_max."""
    return eta_min + (lr - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2


def last_restart(t: float, T_0: float, T_mult: float = 1) -> tuple[float, float]:
    """Of cycles with lengths T_0, T_0·T_mult, T_0·T_mult², … : (steps since one began, its length).

    t may be a fraction. Counted, not solved with a logarithm, whose rounding misses restarts.
    """
    if T_mult == 1:
        return t % T_0, T_0
    while t >= T_0:
        t, T_0 = t - T_0, T_0 * T_mult
    return t, T_0


def cosine_restarts(
    t: float, T_0: float, T_mult: float = 1, eta_min: float = 0.0, lr: float = 1.0
) -> float:
    """η_min + (η₀ − η_min) (1 + cos(π tᵢ/Tᵢ)) / 2, tᵢ steps after a restart, Tᵢ = T_0 T_multⁱ."""
    since, length = last_restart(t, T_0, T_mult)
    return cosine(since, length, eta_min, lr)


class CosineAnnealingLR(Schedule, lr_scheduler.CosineAnnealingLR):
    """`torch.optim.lr_scheduler.CosineAnnealingLR`: half a cosine, then back up the other half.

    Each step shrinks the distance of the *current* rate from eta_min, as in the framework: a rate
    changed by hand stays changed, and reaches eta_min at T_max all the same.

    References
    ----------
    Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017,
    equation 5, without the restarts.
    """

    def rate(self, t: float, lr: float) -> float:
        """Return the formula `cosine`."""
        return cosine(t, self.T_max, self.eta_min, lr)

    def ratio(self, t: int) -> float:
        """Divide the distance from eta_min at step t by that at step t − 1."""
        return cosine(t, self.T_max) / cosine(t - 1, self.T_max)

    def get_lr(self) -> list[float | Tensor]:
        """Return eta_min plus the distances from it."""
        t, groups = self.last_epoch, self.optimizer.param_groups
        if self.begins(t):
            return [group["lr"] for group in groups]
        if (t - 1 - self.T_max) % (2 * self.T_max) == 0:
            # The distance was 0 and cannot be multiplied: it rises as it fell after the top.
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            pairs = zip(groups, self.base_lrs, strict=True)
            return [group["lr"] + (lr - self.eta_min) * rise for group, lr in pairs]
        ratio = self.ratio(t)
        return [ratio * (group["lr"] - self.eta_min) + self.eta_min for group in groups]


class CosineAnnealingWarmRestarts(lr_scheduler.CosineAnnealingWarmRestarts):
    """`torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`: half a cosine, then η₀ again.

    The first cycle has T_0 steps, each later one T_mult times as many as the one before. The rate
    is computed in closed form: what is changed by hand is overwritten, as in the framework.

    With T_mult above 1 the framework leaves the formula in two places, and ours does not: resumed
    with a `last_epoch` beyond the first cycles, it takes the wrong one; and `step(epoch)` at some
    restarts (T_mult = 3, from the fifth) gives eta_min, since a logarithm is rounded down.

    References
    ----------
    Loshchilov and Hutter, SGDR, ICLR 2017, equation 5.
    """

    T_cur: float
    T_i: float

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ):
        super().__init__(optimizer, plain(T_0), plain(T_mult), eta_min, last_epoch)
        if last_epoch != -1:
            self.step(self.last_epoch)  # a jump, which counts all the cycles that are over

    def get_lr(self) -> list[float | Tensor]:
        """Return the formula `cosine` in the present cycle.

        The framework's `step` has counted by now: T_cur steps since a cycle of T_i steps began.
        Where its rounded logarithm has left T_cur at T_i, that cycle is over, and taken off.
        """
        self.T_cur, self.T_i = last_restart(self.T_cur, self.T_i, self.T_mult)
        return [cosine(self.T_cur, self.T_i, self.eta_min, lr) for lr in self.base_lrs]
