"""A schedule of the learning rate: a formula of the step t, and a thin shell that applies it."""

from typing import Any

import numpy as np
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


class Schedule(LRScheduler):
    """Shell for the formulas of this part, which give the rate at step t in closed form.

    It stands before the framework's class among the bases, `class StepLR(Schedule,
    lr_scheduler.StepLR)`, which keeps constructor, counting and state. A subclass has two methods.
    `rate(t, lr)` is the formula, for a group of initial rate `lr`; it answers `step(epoch)`, which
    jumps. `ratio(t)` is the same formula as a quotient of neighbors, rate(t) / rate(t − 1);
    `step()` multiplies the *current* rates by it, as the framework does. So a rate changed by hand
    between two steps stays changed, and several schedules of one optimizer multiply.
    """

    def begins(self, t: int) -> bool:
        """Whether step t is the one that building the schedule takes, which changes no rate.

        It is step 0, or, for a schedule that resumes, the first after the `last_epoch` it was
        given: there is no last rate yet, and the optimizer's is taken as it is.
        """
        try:
            self.get_last_lr()
        except AttributeError:
            return True
        return t == 0

    def get_lr(self) -> list[float | Tensor]:
        """Return the rates at step `last_epoch`, for the framework; users read `get_last_lr()`."""
        ratio = self.ratio(self.last_epoch)
        return [group["lr"] * ratio for group in self.optimizer.param_groups]

    def rate(self, t: float, lr: float) -> float:
        """Return the closed form: the rate at step t, of a group with initial rate `lr`."""
        raise NotImplementedError

    def ratio(self, t: int) -> float:
        """Return rate(t) / rate(t − 1)."""
        raise NotImplementedError

    def _get_closed_form_lr(self) -> list[float]:
        return [self.rate(self.last_epoch, lr) for lr in self.base_lrs]


def set_rate(group: dict, lr: float) -> None:
    """Give a parameter group another rate; one that is a tensor stays the same tensor."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(float(lr))
    else:
        group["lr"] = float(lr)  # of NumPy's numbers `torch.load` would want to know more


def plain(number: Any) -> Any:
    """Return NumPy's number as Python's, which is what the framework's constructors check for."""
    return number.item() if isinstance(number, np.generic) else number


def rates(optimizer: Optimizer) -> list[float | Tensor]:
    """Return the present rate of each group; of one that is a tensor a copy."""
    found = [group["lr"] for group in optimizer.param_groups]
    return [lr.clone() if isinstance(lr, Tensor) else lr for lr in found]
