"""What stopping and a penalty leave of a least-squares answer, direction by direction.

The loss ‖Xw − y‖²/2N has the curvatures λ = s²/N, with s the singular values of X. Along each of
its directions the answer of least squares is shrunk by a factor between 0 and 1, a *filter* of λ.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import lambertw

from deeptricks.regularization.checks import check_at_least_zero, check_positive, check_whole

Filter = Callable[[np.ndarray], ArrayLike]


def descent_filter(curvature: ArrayLike, rate: float, steps: int) -> np.ndarray:
    """1 − (1 − ηλ)ᵗ: what t steps of gradient descent from w = 0 reach of the answer.

    Parameters
    ----------
    curvature
        λ, one for each direction.
    rate
        η; beyond 2/λ the steps diverge, and so does this.
    steps
        t.

    References
    ----------
    C. M. Bishop, Regularization and complexity control in feed-forward networks, ICANN 1995.
    """
    check_positive(rate=rate)
    check_whole(0, steps=steps)
    return 1 - (1 - rate * np.asarray(curvature, dtype=float)) ** steps


def flow_filter(curvature: ArrayLike, time: float) -> np.ndarray:
    """1 − e^(−λτ): the limit of ever smaller steps, with τ = ηt held fixed."""
    check_at_least_zero(time=time)
    return -np.expm1(-np.asarray(curvature, dtype=float) * time)


def ridge_filter(curvature: ArrayLike, penalty: float) -> np.ndarray:
    """λ/(λ + α): what the penalty α‖w‖²/2 leaves of the answer."""
    check_positive(penalty=penalty)
    curvature = np.asarray(curvature, dtype=float)
    return curvature / (curvature + penalty)


def largest_gap() -> tuple[float, float]:
    """Where flow and ridge differ most at α = 1/τ, x = λτ = 2.513, and by how much: 0.2036.

    The difference (1 − e⁻ˣ) − x/(1 + x) is never negative, for eˣ ≥ 1 + x. Its slope is
    e⁻ˣ − 1/(1 + x)², zero where x = 2 log(1 + x); put in, the difference is x/(1 + x)².
    """
    x = float(-1 - 2 * lambertw(-np.exp(-0.5) / 2, k=-1).real)
    return x, x / (1 + x) ** 2


def filtered_solution(inputs: ArrayLike, targets: ArrayLike, shrink: Filter) -> np.ndarray:
    """Return w = V diag(f(λ)/s) Uᵀ y: the least-squares answer, each direction times its filter.

    Parameters
    ----------
    inputs
        X of shape (N, D), samples in rows, with the singular value decomposition U diag(s) Vᵀ.
    targets
        y of shape (N,) or (N, K).
    shrink
        f, from the curvatures s²/N to factors: ``lambda c: ridge_filter(c, 0.1)``.

    Returns
    -------
    numpy.ndarray
        w of shape (D,) or (D, K). Directions in which X has no extent stay at 0, where descent
        starts.

    Raises
    ------
    ValueError
        Unless X is a matrix with as many rows as y.
    """
    x, y = np.asarray(inputs, dtype=float), np.asarray(targets, dtype=float)
    if x.ndim != 2 or y.ndim not in (1, 2) or len(x) != len(y):
        raise ValueError(f"inputs (N, D) and targets (N,) or (N, K), got {x.shape}, {y.shape}")
    left, scale, right = np.linalg.svd(x, full_matrices=False)
    there = scale > scale.max(initial=0.0) * max(x.shape) * np.finfo(float).eps
    left, scale, right = left[:, there], scale[there], right[there]
    factors = np.asarray(shrink(scale**2 / len(x))) / scale
    return (right.T * factors) @ (left.T @ y)
