"""First values that do not look at the shape of a tensor: zeros, a constant, a Gaussian.

Each fills a tensor in place and returns it. With the same generator, or the same global seed, the
draws are those of `torch.nn.init`.
"""

import torch
from torch import Generator, Tensor


@torch.no_grad()
def zeros_(tensor: Tensor) -> Tensor:
    """Fill with 0: right for biases, fatal for hidden weights."""
    return tensor.zero_()


@torch.no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with `val`. Units with equal weights stay equal."""
    return tensor.fill_(val)


@torch.no_grad()
def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with draws from N(mean, std²).

    Raises
    ------
    RuntimeError
        For a negative `std`; NotImplementedError for a tensor of integers.
    """
    return tensor.normal_(mean, std, generator=generator)


@torch.no_grad()
def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with draws from the interval [a, b).

    The mean of the square of U(−c, c) is c²/3: a bound is √3 times the deviation that it gives.

    Raises
    ------
    RuntimeError
        For a > b; NotImplementedError for a tensor of integers.
    """
    return tensor.uniform_(a, b, generator=generator)
