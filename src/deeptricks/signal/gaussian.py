"""Averages over a Gaussian: what reaches an activation in a wide network."""

import math
from collections.abc import Callable

import torch
from torch import Tensor


def gaussian_moments(
    activation: Callable[[Tensor], Tensor], mean: float, variance: float
) -> tuple[float, float]:
    """Find mean and variance of `activation(z)` for z ~ N(mean, variance), by quadrature.

    Parameters
    ----------
    activation : callable
        Maps a tensor to a tensor, element by element.
    mean, variance : float
        Of z.

    Returns
    -------
    tuple of float
        Mean and variance, right to about 1e-6 also where the activation has a kink.

    Raises
    ------
    ValueError
        Unless the variance is positive.
    """
    if not variance > 0:
        raise ValueError(f"variance must be positive, got {variance}")
    z = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    weight = torch.exp(-(z**2) / 2)
    weight = weight / weight.sum()
    y = activation(mean + math.sqrt(variance) * z)
    out = (weight * y).sum()
    return out.item(), (weight * (y - out) ** 2).sum().item()


def mean_square(activation: Callable[[Tensor], Tensor], variance: float) -> float:
    """Find the mean of `activation(z)`² for z ~ N(0, variance); see `gaussian_moments`."""
    mean, spread = gaussian_moments(activation, 0.0, variance)
    return mean**2 + spread
