"""The activations that are a line above 0 and an exponential, with a floor, below."""

import torch
from torch import Tensor, nn

from deeptricks.signal.elementwise import apply

# The solution of `deeptricks.signal.selu_constants()`: with them SELU maps mean 0, variance 1 to
# mean 0, variance 1 (Klambauer et al. 2017, eq. 14).
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def elu(x: Tensor, alpha: float) -> Tensor:
    """x where it is positive, α(exp(x) − 1) elsewhere."""
    # The inner `where` keeps exp away from large x. `where` picks values, but gradients go back
    # through both of its sides: the side not chosen would send 0 · exp(89) = 0 · ∞, NaN.
    positive = x > 0
    return torch.where(positive, x, alpha * torch.expm1(torch.where(positive, 0, x)))


def selu(x: Tensor) -> Tensor:
    """λ · ELU(x; α), with the two numbers that keep mean 0 and variance 1."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


class ELU(nn.Module):
    """x where it is positive, α(exp(x) − 1) elsewhere, elementwise; `torch.nn.ELU`.

    alpha: −alpha is the floor; only for alpha = 1 has the curve no kink. inplace: overwrite the
    input. Any shape.
    Raises TypeError unless the input is a tensor and alpha a number; NotImplementedError for
    whole, boolean and complex inputs; RuntimeError for `inplace` on a leaf that needs a gradient.
    Source: Clevert, Unterthiner and Hochreiter 2016, §3.
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """The ELU of each entry, in the input's shape."""
        if isinstance(self.alpha, str):
            raise TypeError(f"alpha must be a number, got {self.alpha!r}")
        return apply(lambda x: elu(x, self.alpha), input, "ELU", self.inplace)

    def extra_repr(self) -> str:
        """What the constructor was told."""
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class SELU(nn.Module):
    """λ · ELU(x; α) with α ≈ 1.6733 and λ ≈ 1.0507, elementwise; `torch.nn.SELU`.

    inplace: overwrite the input. Any shape. Keeps mean 0 and variance 1 through the layers where
    weights have variance 1/fan_in (`selu_constants` tells where the numbers come from).
    Raises TypeError unless the input is a tensor; NotImplementedError for whole, boolean and
    complex inputs; RuntimeError for `inplace` on a leaf that requires a gradient.
    Source: Klambauer, Unterthiner, Mayr and Hochreiter 2017, eq. 2 and 14.
    """

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """The SELU of each entry, in the input's shape."""
        return apply(selu, input, "SELU", self.inplace)

    def extra_repr(self) -> str:
        """What the constructor was told."""
        return "inplace=True" if self.inplace else ""
