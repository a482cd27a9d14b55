"""How fast gradient descent converges on a quadratic: the best rate, the iterations it takes."""

import math

import numpy as np
from numpy.typing import ArrayLike

from deeptricks.inputs.checks import finite
from deeptricks.inputs.scaling.conditioning import condition_number, curvatures, principal_axes
from deeptricks.inputs.scaling.objectives import LeastSquares, Objective
from deeptricks.inputs.scaling.quadratic import Quadratic


def best_rate(H: ArrayLike) -> float:
    """The fixed rate that shrinks the worst direction of a quadratic fastest, 2 / (λmax + λmin).

    λmin is the smallest curvature that is not zero.

    Parameters
    ----------
    H : array_like, shape (D, D), symmetric positive semidefinite

    Returns
    -------
    float

    Raises
    ------
    ValueError
        As in `condition_number`, or H has no curvature.

    References
    ----------
    Yu. Nesterov, "Introductory Lectures on Convex Optimization", 2004, theorem 2.1.15.
    """
    kappa = condition_number(H, ignore_null=True)
    return largest_rate(H) / (1 + 1 / kappa)


def largest_rate(H: ArrayLike) -> float:
    """The rate 2 / λmax from which on gradient descent on a quadratic no longer converges.

    Parameters
    ----------
    H : array_like, shape (D, D), symmetric

    Returns
    -------
    float

    Raises
    ------
    ValueError
        H has no positive curvature.
    """
    largest = curvatures(H)[0]
    if not largest > 0:
        raise ValueError(f"H must curve upwards somewhere, got {largest:g} as largest curvature")
    return float(2 / largest)


def theory_iterations(kappa: float, tolerance: float = 1e-6) -> float:
    """Iterations that always suffice on a quadratic of condition number κ at the best fixed rate.

    An iteration multiplies the error by (κ - 1) / (κ + 1) at most and the excess loss by its
    square, so ⌈ln(tolerance) / (2 ln((κ - 1) / (κ + 1)))⌉ of them reach a relative
    suboptimality `tolerance`.

    Parameters
    ----------
    kappa : float ≥ 1
        κ.
    tolerance : float, default 1e-6

    Returns
    -------
    int or float
        1 for κ = 1; infinity for infinite κ.

    Raises
    ------
    ValueError
        κ < 1 or a tolerance that is not between 0 and 1.
    """
    if not kappa >= 1:
        raise ValueError(f"kappa must be at least 1, got {kappa!r}")
    check_tolerance(tolerance)
    if kappa == 1:
        return 1
    if math.isinf(kappa):
        return math.inf
    # ln((κ - 1) / (κ + 1)) = -2 artanh(1/κ), which stays accurate for huge κ and for κ near 1.
    return math.ceil(math.log(tolerance) / (2 * -2 * math.atanh(1 / kappa)))


def exact_iterations(
    objective: LeastSquares | Quadratic,
    start: ArrayLike,
    rate: float | None = None,
    *,
    tolerance: float = 1e-6,
) -> float:
    """How many iterations `gradient_descent` needs on a quadratic, without running them.

    Along an axis of curvature λ an iteration multiplies the error by 1 - rate · λ, so the loss
    after k iterations is a sum over axes of powers, and the first k that suffices is found by
    bisection: a billion iterations take no time.

    Parameters
    ----------
    objective : LeastSquares or Quadratic
    start : array_like, shape (D,)
    rate : float > 0 or None
        None: the best one.
    tolerance : float, default 1e-6
        Relative suboptimality.

    Returns
    -------
    int or float
        Infinity if the rate is too large.

    Raises
    ------
    TypeError
        An objective other than `LeastSquares` and `Quadratic`.
    ValueError
        As in `gradient_descent`.
    """
    if isinstance(objective, LeastSquares):
        objective = objective.quadratic()
    if not isinstance(objective, Quadratic):
        raise TypeError(f"objective must be quadratic, got {type(objective).__name__}")
    check_tolerance(tolerance)
    start = checked_start(objective, start)
    rate = checked_rate(objective, rate)
    curvature, axes = principal_axes(objective.H)
    shares = curvature * ((start - objective.minimizer) @ axes) ** 2  # of the loss, by axis
    factors = np.abs(1 - rate * curvature[shares > 0])
    shares = shares[shares > 0] / shares.sum()

    def enough(k):
        return shares @ factors ** (2 * k) <= tolerance

    if enough(0):
        return 0
    if factors.max() >= 1:
        return math.inf
    low, high = 0, 1
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def checked_start(objective: Objective | Quadratic, start: ArrayLike) -> np.ndarray:
    """`start` in double precision; a ValueError unless it fits the objective."""
    start = finite("start", start, ndim=1)
    if len(start) != objective.dimension:
        raise ValueError(f"start must have {objective.dimension} entries, got {len(start)}")
    return start


def checked_rate(objective: Objective | Quadratic, rate: float | None) -> float:
    """`rate`, or the best one that is known for the objective; a ValueError unless positive."""
    if rate is None:
        quadratic = isinstance(objective, Quadratic)
        return best_rate(objective.H) if quadratic else 1 / objective.smoothness()
    if not 0 < rate < math.inf:
        raise ValueError(f"rate must be positive and finite, got {rate!r}")
    return rate


def check_tolerance(tolerance: float) -> None:
    """A ValueError unless 0 < tolerance < 1."""
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must be between 0 and 1, got {tolerance!r}")
