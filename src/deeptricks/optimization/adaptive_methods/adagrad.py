"""Adagrad: what a weight has been told often moves it less each time."""

from typing import Any

import torch
from torch import Tensor

from deeptricks.optimization.each_parameter import EachParameter


def adagrad_rule(
    gradient: Tensor,
    squares: Tensor,
    step: int,
    lr_decay: float = 0.0,
    eps: float = 1e-10,
) -> Tensor:
    """Compute s ← s + g²; the direction is g / (√s + ε), over 1 + (t − 1) lr_decay.

    A sum forgets nothing. Where gradients keep their size it is about t g², and steps shrink as
    1/√t without a schedule; a weight whose gradient is nearly always 0 keeps its long steps for
    the day when it is told something (Duchi et al. 2011, §1.3).

    Parameters
    ----------
    gradient : Tensor
        g, left as it is.
    squares : Tensor
        s, changed in place.
    step : int
        t ≥ 1, the number of the step.
    lr_decay, eps : float
        A decay of the rate on top of what the sum does, and ε.

    Returns
    -------
    Tensor
        The direction.
    """
    squares.addcmul_(gradient, gradient)
    return gradient / (squares.sqrt().add_(eps)).mul_(1 + (step - 1) * lr_decay)


class Adagrad(EachParameter, torch.optim.Adagrad):
    """`torch.optim.Adagrad`: θ ← θ − η d, with the direction d of `adagrad_rule`.

    Arguments, checks and state (`step` and `sum`, there from the beginning) are the framework's;
    see `EachParameter`. With eps=0, a weight whose gradients were all 0 is lost to 0 / 0.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, Adaptive subgradient methods for online learning and
    stochastic optimization, JMLR 12, 2011: the diagonal version, composite mirror descent with
    no penalty.
    """

    def direction(self, p: Tensor, gradient: Tensor, group: dict[str, Any]) -> Tensor:
        """Return what `adagrad_rule` makes of the gradient."""
        if "sum" not in self.state[p]:  # a parameter that was added later
            start = self.defaults["initial_accumulator_value"]
            start *= 1 + 1j if p.is_complex() else 1
            self.state[p]["sum"] = torch.full_like(p, start, requires_grad=False)
        step, (squares,) = self.count(p), self.remembered(p, "sum")
        return adagrad_rule(gradient, squares, step, group["lr_decay"], group["eps"])
