"""Momentum as it is written down: three conventions, and what theory says on a quadratic."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def summed(m: Any, gradient: Any, lr: Any, momentum: Any) -> tuple[Any, Any]:
    """Return (m ← βm + g, the step ηm): CMU's momentum, the framework's default.

    References
    ----------
    B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
    """
    m = momentum * m + gradient
    return m, lr * m


def absorbed(m: Any, gradient: Any, lr: Any, momentum: Any) -> tuple[Any, Any]:
    """Return (m ← βm + ηg, the step m): IST's; every gradient keeps the rate of its own day."""
    m = momentum * m + lr * gradient
    return m, m


def averaged(m: Any, gradient: Any, lr: Any, momentum: Any) -> tuple[Any, Any]:
    """Return (m ← βm + (1 − β)g, the step ηm): a weighted mean of gradients, as inside Adam."""
    m = momentum * m + (1 - momentum) * gradient
    return m, lr * m


def walk(
    rule: Callable, gradient: Callable, start: Any, rates: Any, momenta: Any, m: Any = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Follow one of the rules above.

    Parameters
    ----------
    rule : callable
        `summed`, `absorbed` or `averaged`.
    gradient : callable
        Maps a place to the gradient there.
    start : array_like
        The first place, a number or an array.
    rates, momenta : array_like
        One value for each step; `momenta` may be one number for all.
    m : array_like
        The first memory.

    Returns
    -------
    tuple of ndarray
        The places (steps + 1, …) and the steps (steps, …).
    """
    rates = np.atleast_1d(rates)
    places, steps = [np.asarray(start, dtype=float)], []
    for lr, momentum in zip(rates, np.broadcast_to(momenta, rates.shape), strict=True):
        m, step = rule(m, gradient(places[-1]), lr, momentum)
        steps.append(step)
        places.append(places[-1] - step)
    return np.array(places), np.array(steps)


def best_settings(condition_number: float) -> dict[str, tuple[float, float, float]]:
    """Best rate, momentum and convergence factor on quadratics with curvatures from 1 to κ.

    Plain descent: η = 2/(κ + 1), ρ = (κ − 1)/(κ + 1).

    Heavy ball: η = 4/(√κ + 1)², β = ρ², ρ = (√κ − 1)/(√κ + 1); then all curvatures lie in the
    window (1 − √β)² ≤ ηλ ≤ (1 + √β)², where the two eigenvalues of a step have the size √β.

    Nesterov: η = 4/(3κ + 1), β = (√(3κ + 1) − 2)/(√(3κ + 1) + 2), ρ = 1 − 2/√(3κ + 1).

    Parameters
    ----------
    condition_number : float
        κ, the largest curvature over the smallest, at least 1.

    Returns
    -------
    dict
        {"plain": (η, 0, ρ), "heavy ball": (η, β, ρ), "Nesterov": (η, β, ρ)}: in the long run a
        step multiplies the error by ρ. For other units divide η by the smallest curvature.

    Raises
    ------
    ValueError
        For a condition number below 1.

    References
    ----------
    L. Lessard, B. Recht and A. Packard, Analysis and design of optimization algorithms via
    integral quadratic constraints, SIAM Journal on Optimization, 2016, proposition 1.
    """
    k = float(condition_number)
    if not k >= 1:
        raise ValueError(f"condition_number must be at least 1, got {condition_number}")
    root, far = math.sqrt(k), math.sqrt(3 * k + 1)
    rho = (root - 1) / (root + 1)
    return {
        "plain": (2 / (k + 1), 0.0, (k - 1) / (k + 1)),
        "heavy ball": (4 / (root + 1) ** 2, rho**2, rho),
        "Nesterov": (4 / (3 * k + 1), (far - 2) / (far + 2), 1 - 2 / far),
    }


def convergence_factor(
    curvature: float, lr: float, momentum: float = 0.0, nesterov: bool = False
) -> float:
    """By what a step multiplies the error along a direction of that curvature, in the long run.

    A step is a matrix on (w_t, w_{t−1}); its eigenvalues z solve z² − trace·z + determinant = 0.
    Heavy ball: trace = 1 + β − ηλ, determinant = β. Nesterov: (1 + β)(1 − ηλ) and β(1 − ηλ).

    Where heavy ball's are complex, (1 − √β)² < ηλ < (1 + √β)², the size is √β for every curvature.

    Parameters
    ----------
    curvature, lr, momentum : float
        λ, η and β. Negative curvature, a saddle, is allowed: there the factor, above 1, says how
        fast the direction is left.
    nesterov : bool
        Take the gradient ahead.

    Returns
    -------
    float
        The larger |z|; above 1 the error grows.
    """
    slope = 1 - lr * curvature
    trace, determinant = (
        ((1 + momentum) * slope, momentum * slope) if nesterov else (slope + momentum, momentum)
    )
    return float(np.abs(np.roots([1, -trace, determinant])).max())


def noise_floor(curvature: float, lr: float, noise: float, momentum: float = 0.0) -> float:
    """Variance of a weight that heavy ball can no longer bring to rest, on ½·curvature·w².

    It is ηs(1 + β) / (λ(1 − β)(2(1 + β) − ηλ)); without momentum, ηs / (λ(2 − ηλ)).

    Parameters
    ----------
    curvature, lr, momentum : float
        λ, η and β.
    noise : float
        s, the variance of the gradient: σ²/B for a batch of B.

    Returns
    -------
    float
        The variance.

    Raises
    ------
    ValueError
        Where the iteration diverges.
    """
    if not 0 < lr * curvature < 2 * (1 + momentum) or not 0 <= momentum < 1:
        raise ValueError(
            f"lr · curvature must lie in 0 … 2(1 + momentum) and momentum in [0, 1), "
            f"got {lr * curvature} and {momentum}"
        )
    spring = 2 * (1 + momentum) - lr * curvature
    return lr * noise * (1 + momentum) / (curvature * (1 - momentum) * spring)
