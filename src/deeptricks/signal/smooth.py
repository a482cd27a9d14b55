"""The input times a smooth gate: what today's networks use."""

import math

import torch
from torch import Tensor, nn

from deeptricks.signal.elementwise import apply
from deeptricks.signal.sigmoids import sigmoid


def gelu(x: Tensor) -> Tensor:
    """x · Φ(x), Φ the distribution function of the standard normal."""
    # erfc, not 1 + erf: left of −6 the latter is 1 − 1 and has lost every digit.
    return x * torch.erfc(-x / math.sqrt(2)) / 2


def gelu_tanh(x: Tensor) -> Tensor:
    """x · (1 + tanh u) / 2 with u = √(2/π) (x + 0.044715 x³): Φ to within 0.0005."""
    # (1 + tanh u) / 2 is σ(2u), again without the subtraction.
    return x * sigmoid(math.sqrt(8 / math.pi) * (x + 0.044715 * x**3))


def silu(x: Tensor) -> Tensor:
    """x · σ(x)."""
    return x * sigmoid(x)


class GELU(nn.Module):
    """x · Φ(x), elementwise: the input times the chance that a normal is below; `torch.nn.GELU`.

    approximate: "none", or "tanh" for the approximation that was faster once. Any shape.
    Raises, when called, RuntimeError for another `approximate`, TypeError unless the input is a
    tensor, NotImplementedError for whole, boolean and complex inputs.
    Source: Hendrycks and Gimpel 2016, §2.
    """

    def __init__(self, approximate: str = "none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """The GELU of each entry, in the input's shape."""
        formulas = {"none": gelu, "tanh": gelu_tanh}
        if self.approximate not in formulas:
            raise RuntimeError(f"approximate must be 'none' or 'tanh', got {self.approximate!r}")
        return apply(formulas[self.approximate], input, "GELU")

    def extra_repr(self) -> str:
        """What the constructor was told."""
        return f"approximate={self.approximate!r}"


class SiLU(nn.Module):
    """x · σ(x), elementwise; `torch.nn.SiLU`. Also called swish.

    inplace: overwrite the input. Any shape.
    Raises TypeError unless the input is a tensor; NotImplementedError for whole, boolean and
    complex inputs; RuntimeError for `inplace` on a leaf that requires a gradient.
    Source: Elfwing, Uchibe and Doya 2018; Ramachandran, Zoph and Le 2017.
    """

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """The SiLU of each entry, in the input's shape."""
        return apply(silu, input, "SiLU", self.inplace)

    def extra_repr(self) -> str:
        """What the constructor was told."""
        return "inplace=True" if self.inplace else ""
