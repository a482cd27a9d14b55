"""A schedule of the learning rate: a formula of the step t, and a thin shell that applies it."""

import warnings

from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler


class Schedule(LRScheduler):
    """Shell for the formulas of this part, which give the rate at step t in closed form.

    A subclass has two methods. `rate(t, lr)` is the formula, for a group of initial rate `lr`; it
    answers `step(epoch)`, which jumps. `ratio(t)` is the same formula as a quotient of neighbours,
    rate(t) / rate(t − 1); `step()` multiplies the *current* rates by it, as the framework does. So
    a rate changed by hand between two steps stays changed, and several schedules of one optimizer
    multiply. A schedule that starts again overrides `get_lr` instead. Counting, state and warnings
    are those of the framework's `LRScheduler`.
    """

    def get_lr(self):
        """The rates at step `last_epoch`, for the framework; users read `get_last_lr()`."""
        self._warn_outside_of_step()
        ratio = self.ratio(self.last_epoch)
        return [group["lr"] * ratio for group in self.optimizer.param_groups]

    def rate(self, t, lr):
        """The closed form: the rate at step t, of a group with initial rate `lr`."""
        raise NotImplementedError

    def ratio(self, t):
        """rate(t) / rate(t − 1)."""
        raise NotImplementedError

    def _get_closed_form_lr(self):
        return [self.rate(self.last_epoch, lr) for lr in self.base_lrs]

    def _warn_outside_of_step(self):
        if not self._get_lr_called_within_step:
            message = "get_lr() is for schedules: for the last learning rate call get_last_lr()"
            warnings.warn(message, UserWarning, stacklevel=3)


def set_rate(group: dict, lr) -> None:
    """Give a parameter group another rate; one that is a tensor stays the same tensor."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(float(lr))
    else:
        group["lr"] = lr
