"""What an activation makes of mean and variance, and the two numbers that make SELU keep both."""

import math

import numpy as np
import torch
from scipy.optimize import root
from scipy.special import log_ndtr, ndtr

from deeptricks.signal.exponential import SELU_ALPHA, SELU_SCALE


def selu_moments(mean, variance, alpha=SELU_ALPHA, scale=SELU_SCALE):
    """Mean and variance of λ·ELU(z; α) for z ~ N(mean, variance), exactly.

    `mean` and `variance` are what reaches the activation: with weights that sum to ω and whose
    squares sum to τ that is (ωμ, τν) for inputs of mean μ and variance ν. Arrays broadcast.
    Raises ValueError unless every variance is positive.
    Source: Klambauer et al. 2017, eq. 4 and 5 (there with erfc; here piece by piece).
    """
    mean, variance = np.asarray(mean, dtype=float), np.asarray(variance, dtype=float)
    if not np.all(variance > 0):
        raise ValueError(f"variance must be positive, got {variance}")
    s = np.sqrt(variance)
    above, density = ndtr(mean / s), np.exp(-(mean**2) / (2 * variance)) / math.sqrt(2 * math.pi)
    line = mean * above + s * density  # E[z; z > 0]
    line_squared = (mean**2 + variance) * above + mean * s * density  # E[z²; z > 0]
    e1, e2 = exponential_below(1, mean, s), exponential_below(2, mean, s)
    below = 1 - above
    floor = e1 - below  # E[exp(z) − 1; z < 0]
    floor_squared = e2 - 2 * e1 + below  # E[(exp(z) − 1)²; z < 0]
    out = scale * (line + alpha * floor)
    return out, scale**2 * (line_squared + alpha**2 * floor_squared) - out**2


def exponential_below(k, mean, s):
    """E[exp(kz); z < 0] for z ~ N(mean, s²): complete the square, what is left is a normal."""
    # In logarithms, because a huge exp meets a tiny probability.
    return np.exp(k * mean + (k * s) ** 2 / 2 + log_ndtr(-mean / s - k * s))


def selu_constants(mean=0.0, variance=1.0):
    """(α, λ) for which `selu_moments` maps (mean, variance) to itself, found by Newton's method.

    Raises RuntimeError where no solution is found: not every pair can be kept.
    Source: Klambauer et al. 2017, eq. 14, for mean 0 and variance 1.
    """

    def drift(constants):
        alpha, scale = constants
        new_mean, new_variance = selu_moments(mean, variance, alpha, scale)
        return [new_mean - mean, new_variance - variance]

    solution = root(drift, x0=[1.0, 1.0], tol=1e-14)
    if max(map(abs, drift(solution.x))) > 1e-10:
        raise RuntimeError(
            f"no constants found that keep mean={mean} and variance={variance}: {solution.message}"
        )
    return float(solution.x[0]), float(solution.x[1])


def gaussian_moments(activation, mean, variance):
    """Mean and variance of `activation(z)` for z ~ N(mean, variance), by quadrature.

    activation: an elementwise function of a tensor. Returns two numbers, right to about 1e-6
    also where the activation has a kink. Raises ValueError unless the variance is positive.
    """
    if not variance > 0:
        raise ValueError(f"variance must be positive, got {variance}")
    z = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    weight = torch.exp(-(z**2) / 2)
    weight = weight / weight.sum()
    y = activation(mean + math.sqrt(variance) * z)
    out = (weight * y).sum()
    return out.item(), (weight * (y - out) ** 2).sum().item()
