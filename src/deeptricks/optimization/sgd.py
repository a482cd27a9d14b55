"""Stochastic gradient descent with momentum: remember where you were going."""

import torch
from torch import Tensor

from deeptricks.optimization.checks import check_at_least_zero, check_ways_of_running
from deeptricks.optimization.elementwise import Elementwise


def momentum_rule(
    gradient: Tensor,
    buffer: Tensor,
    first: bool,
    momentum: float = 0.9,
    dampening: float = 0.0,
    nesterov: bool = False,
) -> Tensor:
    """The direction of a step, from the gradient and the `buffer` of earlier ones (in place).

    The first gradient enters undamped. Nesterov's direction is where the buffer would point after
    one more step with this gradient (Sutskever et al. 2013, §3, rearranged as in the framework).
    """
    if first:
        buffer.copy_(gradient)
    else:
        damped = gradient * (1 - dampening) if dampening else gradient
        torch.add(damped, buffer, alpha=momentum, out=buffer)  # m ← (1 − τ) g + β m
    return gradient.add(buffer, alpha=momentum) if nesterov else buffer


class SGD(Elementwise):
    """`torch.optim.SGD`: θ ← θ − η d, with the direction d of `momentum_rule`, or the gradient.

    Args:
        params, lr: as of every optimizer of the framework; parameters, or groups of them.
        momentum: β, how much of the last direction stays. 0 keeps no buffer.
        dampening: the gradient enters with weight 1 − dampening.
        weight_decay: λ of an L2 penalty ½λ‖θ‖²; its gradient λθ joins the loss's.
        nesterov: look ahead. Needs momentum, and no dampening.
        maximize: climb instead.
        foreach, fused: ignored, see `checks.check_ways_of_running`.

    State of a parameter: `momentum_buffer`. Raises ValueError for arguments out of range.

    Source: B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964;
    Y. Nesterov, A method of solving a convex programming problem with convergence rate O(1/k²),
    1983; I. Sutskever, J. Martens, G. Dahl and G. Hinton, On the importance of initialization and
    momentum in deep learning, ICML 2013.
    """

    counts = False

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        check_at_least_zero(lr=lr, momentum=momentum, weight_decay=weight_decay)
        check_ways_of_running(foreach=foreach, fused=fused, differentiable=differentiable)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                f"nesterov needs momentum above 0 and dampening 0, got {momentum} and {dampening}"
            )
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def averages(self, group):
        return ("momentum_buffer",) if group["momentum"] else ()

    def direction(self, gradient, memory, group):
        if not group["momentum"]:
            return gradient
        options = (group[name] for name in ("momentum", "dampening", "nesterov"))
        return momentum_rule(gradient, memory["momentum_buffer"], memory["fresh"], *options)
