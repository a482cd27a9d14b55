"""The S-shaped activations: flat at both ends."""

import torch
from torch import Tensor, nn

from deeptricks.signal.activations.elementwise import apply, floating


def sigmoid(x: Tensor) -> Tensor:
    """σ(x) = 1 / (1 + exp(−x)), for every x without overflow."""
    # Only exp of numbers ≤ 0. The short formula survives an infinite exp(−x), 1/∞ = 0,
    # but its derivative does not: exp(−x) / (1 + exp(−x))² is ∞/∞, not a number.
    # Not exp(−|x|): the framework's derivative of |x| at 0 is 0, so σ'(0) would be 0.
    positive = x >= 0
    e = torch.exp(torch.where(positive, -x, x))
    return torch.where(positive, 1, e) / (1 + e)


def tanh(x: Tensor) -> Tensor:
    """tanh(x) = (1 − exp(−2x)) / (1 + exp(−2x)), for every x to full precision."""
    # expm1(x) is exp(x) − 1 without the subtraction: near 0 that would leave no digits.
    positive = x >= 0
    e = torch.expm1(torch.where(positive, -2 * x, 2 * x))
    t = -e / (2 + e)
    return torch.where(positive, t, -t)


class Sigmoid(nn.Sigmoid):
    """σ(x) = 1 / (1 + exp(−x)), elementwise, with values in (0, 1); `torch.nn.Sigmoid`."""

    def forward(self, input: Tensor) -> Tensor:
        """Take the sigmoid of each entry; of whole numbers too."""
        return apply(sigmoid, floating(input))


class Tanh(nn.Tanh):
    """tanh(x) = 2σ(2x) − 1, elementwise, with values in (−1, 1); `torch.nn.Tanh`."""

    def forward(self, input: Tensor) -> Tensor:
        """Take the hyperbolic tangent of each entry; of whole numbers too."""
        return apply(tanh, floating(input))
