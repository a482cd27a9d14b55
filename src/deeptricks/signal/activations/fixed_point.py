"""What SELU makes of mean and variance, and the two numbers with which it keeps both."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import root
from scipy.special import log_ndtr, ndtr

from deeptricks.signal.activations.exponential import SELU_ALPHA, SELU_SCALE


def selu_moments(
    mean: ArrayLike, variance: ArrayLike, alpha: float = SELU_ALPHA, scale: float = SELU_SCALE
) -> tuple[np.ndarray, np.ndarray]:
    """Find mean and variance of λ·ELU(z; α) for z ~ N(mean, variance), exactly.

    Parameters
    ----------
    mean, variance : array_like
        Of what reaches the activation: with weights that sum to ω and whose squares sum to τ that
        is (ωμ, τν) for inputs of mean μ and variance ν. Arrays broadcast.
    alpha, scale : float
        The constants α and λ.

    Returns
    -------
    tuple of ndarray
        Mean and variance.

    Raises
    ------
    ValueError
        Unless every variance is positive.

    References
    ----------
    Klambauer, Unterthiner, Mayr and Hochreiter, Self-normalizing neural networks, NIPS 2017,
    eq. 4 and 5 (there with erfc; here piece by piece).
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


def exponential_below(k: int, mean: np.ndarray, s: np.ndarray) -> np.ndarray:
    """E[exp(kz); z < 0] for z ~ N(mean, s²): complete the square, what is left is a normal."""
    # In logarithms, because a huge exp meets a tiny probability.
    return np.exp(k * mean + (k * s) ** 2 / 2 + log_ndtr(-mean / s - k * s))


def selu_constants(mean: float = 0.0, variance: float = 1.0) -> tuple[float, float]:
    """Find the (α, λ) for which `selu_moments` maps (mean, variance) to itself.

    Parameters
    ----------
    mean, variance : float
        What is to be kept.

    Returns
    -------
    tuple of float
        α and λ, by Newton's method.

    Raises
    ------
    RuntimeError
        Where no solution is found: not every pair can be kept.

    References
    ----------
    Klambauer et al. 2017, eq. 14, for mean 0 and variance 1.
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
