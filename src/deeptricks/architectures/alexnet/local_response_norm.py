"""Local response normalization: a channel is divided by what its neighbors say."""

import torch
from torch import Tensor, nn


class LocalResponseNorm(nn.LocalResponseNorm):
    r"""Divide each activation by the size of its neighbors in the channels around it.

    .. math::

        b_c = a_c \Big/ \Big(k + \frac{\alpha}{n} \sum_{c'} a_{c'}^2\Big)^{\beta}

    The sum is over the n channels from c − ⌊n/2⌋ on, at the same place of the same image; beyond
    the first and the last channel there are zeros. A drop-in for `nn.LocalResponseNorm`. There
    is nothing to be learned in it.

    **The paper has no n under its α.** Its constants k = 2, n = 5, α = 0.0001, β = 0.75 are
    ``LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)`` here and in the framework.

    Parameters
    ----------
    size : int
        n, how many channels are summed, at least 1.
    alpha, beta, k : float
        As in the formula.

    Raises
    ------
    ValueError
        For a size that is not a whole number above 0, and for an input of fewer than three
        dimensions; inputs are (N, C, …), outputs have their shape.

    References
    ----------
    A. Krizhevsky, I. Sutskever and G. Hinton, ImageNet classification with deep convolutional
    neural networks, NeurIPS 2012, section 3.3.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"size must be a whole number of at least 1, got {size!r}")
        super().__init__(size, alpha, beta, k)

    def forward(self, input: Tensor) -> Tensor:
        """Return the input, of shape (N, C, …), divided by its neighbors."""
        if input.dim() < 3:
            raise ValueError(f"input must be (N, C, …), got the shape {tuple(input.shape)}")
        squares = input.square()
        before, behind = self.size // 2, (self.size - 1) // 2
        edge = torch.zeros_like(squares[:, :1])
        around = torch.cat([edge] * before + [squares] + [edge] * behind, dim=1)
        channels = input.shape[1]
        total = sum(around[:, i : i + channels] for i in range(self.size))
        return input / (self.k + self.alpha / self.size * total) ** self.beta
