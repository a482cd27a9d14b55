"""Adagrad: what a weight has been told often moves it less each time."""

import torch
from torch import Tensor

from deeptricks.optimization.checks import (
    check_at_least_zero,
    check_ways_of_running,
    scalar_type,
)
from deeptricks.optimization.elementwise import Elementwise


def adagrad_rule(
    gradient: Tensor, squares: Tensor, step: int, lr_decay: float = 0.0, eps: float = 1e-10
) -> Tensor:
    """The direction g / (√s + ε) of step number `step` ≥ 1; the sum `squares` grows in place.

    A sum forgets nothing. Where gradients keep their size it is about t g², and steps shrink as
    1/√t without a schedule; a weight whose gradient is nearly always 0 keeps its long steps for
    the day when it is told something (Duchi et al. 2011, §1.1 and §1.3).
    """
    squares.addcmul_(gradient, gradient)  # s ← s + g²
    root = squares.sqrt().add_(eps)
    direction = torch.div(gradient, root, out=root)
    return direction.div_(1 + (step - 1) * lr_decay) if lr_decay else direction


class Adagrad(Elementwise):
    """`torch.optim.Adagrad`: θ ← θ − η d, with the direction d of `adagrad_rule`.

    Args:
        params, lr: as of every optimizer of the framework; parameters, or groups of them.
        lr_decay: divide the rate of step t by 1 + (t − 1) lr_decay, on top of what the sum does.
        weight_decay: λ of an L2 penalty ½λ‖θ‖²; its gradient λθ joins the loss's.
        initial_accumulator_value: where the sum of squares begins. From 0 the first step has
            length η in every weight that moves, whatever the gradient.
        eps: added to the root, outside of it. With 0, a weight whose gradients were all 0 is lost
            to 0 / 0.
        foreach, fused: ignored, see `checks.check_ways_of_running`.
        maximize: climb instead.

    State of a parameter: `step` and `sum`, there from the beginning. Raises ValueError for
    arguments out of range.

    Source: J. Duchi, E. Hazan and Y. Singer, Adaptive subgradient methods for online learning and
    stochastic optimization, JMLR 12, 2011: the diagonal version, composite mirror descent with
    no penalty.
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        check_at_least_zero(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)
        check_at_least_zero(initial_accumulator_value=initial_accumulator_value)
        check_ways_of_running(foreach=foreach, fused=fused, differentiable=differentiable)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for p in (p for group in self.param_groups for p in group["params"]):
            start = initial_accumulator_value * (1 + 1j if p.is_complex() else 1)
            self.state[p]["step"] = torch.tensor(0.0, dtype=scalar_type())
            self.state[p]["sum"] = torch.full_like(p, start, requires_grad=False)

    def averages(self, group):
        return ("sum",)

    def direction(self, gradient, memory, group):
        if memory["fresh"]:  # of a parameter that was added later
            memory["sum"].fill_(self.defaults["initial_accumulator_value"])
        options = group["lr_decay"], group["eps"]
        return adagrad_rule(gradient, memory["sum"], memory["step"], *options)
