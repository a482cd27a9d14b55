"""The input times a smooth gate: what today's networks use."""

import math

import torch
from torch import Tensor, nn

from deeptricks.signal.activations.elementwise import apply
from deeptricks.signal.activations.sigmoids import sigmoid


def gelu(x: Tensor) -> Tensor:
    """Return x · Φ(x), Φ the distribution function of the standard normal."""
    # erfc, not 1 + erf: left of −6 the latter is 1 − 1 and has lost every digit.
    return x * torch.erfc(-x / math.sqrt(2)) / 2


def gelu_tanh(x: Tensor) -> Tensor:
    """Return x · (1 + tanh u) / 2 with u = √(2/π) (x + 0.044715 x³), Φ to 0.0005."""
    # (1 + tanh u) / 2 is σ(2u), again without the subtraction.
    return x * sigmoid(math.sqrt(8 / math.pi) * (x + 0.044715 * x**3))


def silu(x: Tensor) -> Tensor:
    """Return x · σ(x)."""
    return x * sigmoid(x)


class GELU(nn.GELU):
    """x · Φ(x), elementwise: the input times the chance that a normal is below; `torch.nn.GELU`.

    Parameters
    ----------
    approximate : {"none", "tanh"}
        "tanh" is the approximation that was faster once.

    References
    ----------
    Hendrycks and Gimpel, Gaussian error linear units, 2016, §2.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Take the GELU of each entry.

        Raises
        ------
        RuntimeError
            For another `approximate`, when called, as in the framework.
        """
        formulas = {"none": gelu, "tanh": gelu_tanh}
        if self.approximate not in formulas:
            raise RuntimeError(f"approximate must be 'none' or 'tanh', got {self.approximate!r}")
        return apply(formulas[self.approximate], input)


class SiLU(nn.SiLU):
    """x · σ(x), elementwise; `torch.nn.SiLU`. Also called swish.

    Parameters
    ----------
    inplace : bool
        Overwrite the input.

    References
    ----------
    Elfwing, Uchibe and Doya, Sigmoid-weighted linear units, Neural Networks, 2018;
    Ramachandran, Zoph and Le, Searching for activation functions, 2017.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Take the SiLU of each entry."""
        return apply(silu, input, self.inplace)
