"""Snapshot ensembles: one training whose rate falls again and again; each bottom is a member."""

import copy
import math
from typing import Any

from torch import nn
from torch.optim import Optimizer

from deeptricks.regularization.checks import check_whole
from deeptricks.regularization.ensembles.ensemble import Ensemble


def cyclic_cosine(step: int, cycle: int, lr: float = 1.0) -> float:
    """η₀ (1 + cos(π ((t − 1) mod c)/c)) / 2, the rate of step t = 1, 2, … in cycles of c steps.

    Each cycle begins at η₀; its last step still has a rate above 0, η₀ sin²(π/2c).

    Raises
    ------
    ValueError
        Unless step and cycle are whole numbers of at least 1.

    References
    ----------
    G. Huang et al., Snapshot ensembles: train 1, get M for free, ICLR 2017, equation 2.
    """
    check_whole(1, step=step, cycle=cycle)
    return lr * (1 + math.cos(math.pi * ((step - 1) % cycle) / cycle)) / 2


class Snapshots:
    """Moves the rate of a training along `cyclic_cosine` and copies the model after each cycle.

    Call it after each step of the optimizer, `snapshots(model, optimizer)`, or hand it to a
    training loop that calls `on_batch_end(state)` with the attributes `state.model` and
    `state.optimizer`. The rates of the optimizer's groups at the first call are their η₀: that
    first step was made with them, as the formula asks. No other schedule may move them.

    Parameters
    ----------
    cycle : int
        Steps of a cycle.

    Attributes
    ----------
    members : list of nn.Module
        A copy of the model for each cycle that is over, in order, without gradients.
    step : int
        Steps so far.

    Raises
    ------
    ValueError
        Unless cycle is a whole number of at least 1.
    """

    def __init__(self, cycle: int) -> None:
        check_whole(1, cycle=cycle)
        self.cycle = int(cycle)
        self.step = 0
        self.members: list[nn.Module] = []
        self.first_rates: list[float] = []

    def __call__(self, model: nn.Module, optimizer: Optimizer) -> None:
        """Count a step, copy the model if a cycle ends with it, set the rate of the next one."""
        if self.step == 0:
            self.first_rates = [group["lr"] for group in optimizer.param_groups]
        self.step += 1
        if self.step % self.cycle == 0:
            self.members.append(without_gradients(copy.deepcopy(model)))
        for group, lr in zip(optimizer.param_groups, self.first_rates, strict=True):
            group["lr"] = cyclic_cosine(self.step + 1, self.cycle, lr)

    def on_batch_end(self, state: Any) -> None:
        """Do the same as a callback; what `state` is, the loop decides."""
        self(state.model, state.optimizer)

    def ensemble(self, last: int | None = None, mean: str = "probabilities") -> Ensemble:
        """Return the snapshots as one module, in evaluation mode.

        Parameters
        ----------
        last : int, optional
            How many, counted from the end, where the networks are better (default: all).
        mean : str
            As in `Ensemble`.

        Raises
        ------
        ValueError
            Where fewer than `last` cycles are over, or none.
        """
        last = len(self.members) if last is None else last
        check_whole(1, last=last)
        if last > len(self.members):
            raise ValueError(f"last must be at most {len(self.members)}, the cycles, got {last!r}")
        return Ensemble(self.members[-int(last) :], mean).eval()


def without_gradients(model: nn.Module) -> nn.Module:
    """Drop the gradients that a copy has brought along."""
    for parameter in model.parameters():
        parameter.grad = None
    return model
