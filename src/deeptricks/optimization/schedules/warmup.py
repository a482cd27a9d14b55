"""Warm-up: the first steps are small, since the first gradients are the least to be trusted."""

import warnings

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LinearLR, LRScheduler, ReduceLROnPlateau

from deeptricks.optimization.checks import check_whole
from deeptricks.optimization.schedules.schedule import Schedule, set_rate


def linear_warmup(
    t: float, total_iters: float, start_factor: float = 1 / 3, lr: float = 1.0
) -> float:
    """η₀ (f + (1 − f) t/w), f = start_factor, w = total_iters; from t = w on η₀."""
    over = min(t / total_iters, 1) if total_iters else 1
    return lr * (start_factor + (1 - start_factor) * over)


class LinearWarmup(Schedule, LinearLR):
    """From start_factor of the rate to the whole rate in `total_iters` steps; `after` goes on.

    Alone it is `torch.optim.lr_scheduler.LinearLR(optimizer, start_factor, 1, total_iters)`, with
    the same state. With another schedule `after` of the same optimizer (built before) it gives the
    rates of `SequentialLR(optimizer, [LinearLR(…), after], [total_iters])`: at t = total_iters
    `after` begins with its step 0, from the full initial rate.

    Parameters
    ----------
    optimizer : Optimizer
        Its groups' rates are the initial rates η₀.
    start_factor : float
        Above 0 (steps multiply, and nothing grows out of 0) and at most 1.
    total_iters : int
        Steps of the warm-up. 0 is none: the whole rate at once. (`LinearLR` alone stays at
        start_factor for ever then.)
    after : LRScheduler, optional
        Any schedule of one piece that needs no metric.
    last_epoch : int
        To resume without `after`; with `after`, use `load_state_dict`.

    Raises
    ------
    ValueError
        For arguments out of range, an `after` of another optimizer or one that needs a metric (as
        SequentialLR does).
    TypeError
        For an `after` that is no schedule or consists of others.

    References
    ----------
    Goyal et al., Accurate, Large Minibatch SGD, 2017, §2.2 (gradual warmup).
    """

    last_epoch: int

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        total_iters: int = 5,
        after: LRScheduler | None = None,
        last_epoch: int = -1,
    ):
        check_whole(0, total_iters=total_iters)
        self.after = after
        if after is not None:
            check_after(after, optimizer, last_epoch)
            for group in optimizer.param_groups:  # `after` may have taken its own first step
                set_rate(group, group["initial_lr"])
        super().__init__(optimizer, start_factor, 1.0, total_iters, last_epoch)

    def rate(self, t: float, lr: float) -> float:
        """Return the formula `linear_warmup`."""
        return linear_warmup(t, self.total_iters, self.start_factor, lr)

    def ratio(self, t: int) -> float:
        """Return the start at step 0, then quotients of neighbors."""
        if t == 0:
            return self.rate(0, 1.0)
        if self.begins(t) or t > self.total_iters:
            return 1.0
        return self.rate(t, 1.0) / self.rate(t - 1, 1.0)

    def step(self, epoch: int | None = None) -> None:
        """One step on, or to `epoch`, of the warm-up or of what comes after it."""
        t = self.last_epoch + 1 if epoch is None else epoch
        if self.after is None or t < self.total_iters:
            super().step(epoch)
            return
        self._step_count += 1
        self.last_epoch = t
        if t == self.total_iters:
            with warnings.catch_warnings():  # a jump, which the framework calls deprecated
                warnings.simplefilter("ignore")
                self.after.step(0)
        elif epoch is None:
            self.after.step()
        else:
            self.after.step(epoch - self.total_iters)
        self._last_lr = self.after.get_last_lr()

    def state_dict(self) -> dict:
        """Return the state, of `after` too; without `after` it is LinearLR's."""
        state = {k: v for k, v in super().state_dict().items() if k != "after"}
        return state if self.after is None else {**state, "after": self.after.state_dict()}

    def load_state_dict(self, state_dict: dict) -> None:
        """Load what `state_dict` gave; a ValueError if only one of the two knows an `after`."""
        if ("after" in state_dict) != (self.after is not None):
            has = "a state of" if "after" in state_dict else "no state for"
            raise ValueError(f"state_dict holds {has} `after`, which here is {self.after}")
        if self.after is not None:
            self.after.load_state_dict(state_dict["after"])
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "after"})


def check_after(after: LRScheduler, optimizer: Optimizer, last_epoch: int) -> None:
    """Raise for an `after` that cannot follow a warm-up of `optimizer`."""
    if not isinstance(after, LRScheduler) or hasattr(after, "_schedulers"):
        raise TypeError(f"after must be one learning rate schedule, got {after!r}")
    if isinstance(after, ReduceLROnPlateau):
        raise ValueError("after must not be ReduceLROnPlateau: its steps need a metric")
    if after.optimizer is not optimizer:
        raise ValueError("after must be a schedule of the same optimizer, got one of another")
    if last_epoch != -1:
        raise ValueError(f"last_epoch must be -1 with `after`, got {last_epoch}: load a state_dict")
