"""Stochastic gradient descent with momentum: remember where you were going."""

from typing import Any

import torch
from torch import Tensor

from deeptricks.optimization.each_parameter import EachParameter


def momentum_rule(
    gradient: Tensor,
    buffer: Tensor,
    first: bool,
    momentum: float = 0.9,
    dampening: float = 0.0,
    nesterov: bool = False,
) -> Tensor:
    """Compute m ← β m + (1 − τ) g; the direction is m, or Nesterov's g + β m.

    The first gradient enters undamped: m ← g. Nesterov's direction is where the buffer would point
    after one more step with this gradient (Sutskever et al. 2013, §2, equations 3 and 4,
    rearranged for a framework that sees gradients only where the weights are).

    Parameters
    ----------
    gradient : Tensor
        g, left as it is.
    buffer : Tensor
        m, changed in place.
    first : bool
        Whether there was no gradient before: then m ← g.
    momentum, dampening : float
        β and τ.
    nesterov : bool
        Look ahead.

    Returns
    -------
    Tensor
        The direction, of the gradient's shape; it may be `buffer` itself.
    """
    if first:
        buffer.copy_(gradient)
    else:
        buffer.mul_(momentum).add_(gradient, alpha=1 - dampening)
    return gradient.add(buffer, alpha=momentum) if nesterov else buffer


class SGD(EachParameter, torch.optim.SGD):
    """`torch.optim.SGD`: θ ← θ − η d, with the direction d of `momentum_rule`, or the gradient.

    Arguments, checks and state (`momentum_buffer`) are the framework's; see `EachParameter`.

    References
    ----------
    B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964;
    Y. Nesterov, A method of solving a convex programming problem with convergence rate O(1/k²),
    1983; I. Sutskever, J. Martens, G. Dahl and G. Hinton, On the importance of initialization and
    momentum in deep learning, ICML 2013.
    """

    def direction(self, p: Tensor, gradient: Tensor, group: dict[str, Any]) -> Tensor:
        """Return the gradient, or with momentum what `momentum_rule` makes of it."""
        if not group["momentum"]:
            return gradient
        first = self.state[p].get("momentum_buffer") is None
        (buffer,) = self.remembered(p, "momentum_buffer")
        options = (group[name] for name in ("momentum", "dampening", "nesterov"))
        return momentum_rule(gradient, buffer, first, *options)
