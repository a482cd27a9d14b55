"""The activations that are a line above 0 and an exponential, with a floor, below."""

import torch
from torch import Tensor, nn

from deeptricks.signal.activations.elementwise import apply

# The solution of `deeptricks.signal.selu_constants()`: with them SELU maps mean 0, variance 1 to
# mean 0, variance 1 (Klambauer et al. 2017, eq. 14).
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def elu(x: Tensor, alpha: float) -> Tensor:
    """Return x where it is positive, α(exp(x) − 1) elsewhere."""
    # The inner `where` keeps exp away from large x. `where` picks values, but gradients
    # go back through both of its sides: the one not chosen would send 0 · ∞, NaN.
    positive = x > 0
    return torch.where(positive, x, alpha * torch.expm1(torch.where(positive, 0, x)))


def selu(x: Tensor) -> Tensor:
    """λ · ELU(x; α), with the two numbers that keep mean 0 and variance 1."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


class ELU(nn.ELU):
    """x where it is positive, α(exp(x) − 1) elsewhere, elementwise; `torch.nn.ELU`.

    Parameters
    ----------
    alpha : float
        −alpha is the floor; only for alpha = 1 has the curve no kink.
    inplace : bool
        Overwrite the input.

    References
    ----------
    Clevert, Unterthiner and Hochreiter, Fast and accurate deep network learning by exponential
    linear units, ICLR 2016, §3.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Take the ELU of each entry."""
        return apply(lambda x: elu(x, self.alpha), input, self.inplace)


class SELU(nn.SELU):
    """λ · ELU(x; α) with α ≈ 1.6733 and λ ≈ 1.0507, elementwise; `torch.nn.SELU`.

    Keeps mean 0 and variance 1 through the layers where weights have variance 1/fan_in
    (`selu_constants` tells where the numbers come from).

    Parameters
    ----------
    inplace : bool
        Overwrite the input.

    References
    ----------
    Klambauer, Unterthiner, Mayr and Hochreiter, Self-normalizing neural networks, NIPS 2017,
    eq. 2 and 14.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Take the SELU of each entry."""
        return apply(selu, input, self.inplace)
