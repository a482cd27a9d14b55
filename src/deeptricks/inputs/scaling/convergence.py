"""How many iterations gradient descent takes on a quadratic."""

import math

import numpy as np
from numpy.typing import ArrayLike

from deeptricks.inputs.checks import finite
from deeptricks.inputs.scaling.conditioning import principal_axes
from deeptricks.inputs.scaling.objectives import LeastSquares, Objective
from deeptricks.inputs.scaling.quadratic import Quadratic
from deeptricks.inputs.scaling.rates import checked_rate


def theory_iterations(kappa: float, tolerance: float = 1e-6) -> float:
    """Bound the iterations on a quadratic of condition number κ at the rate 2 / (λmax + λmin).

    An iteration multiplies the error by ρ = (κ - 1) / (κ + 1) at most and the excess loss by ρ²,
    so T = ⌈ln(tolerance) / (2 ln ρ)⌉ of them always reach a relative suboptimality `tolerance`.

    A bound, which a start with all its error along the steepest and the flattest axis attains;
    other starts may need far fewer: see `exact_iterations`.

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

    Along an axis of curvature λ an iteration multiplies the error e by 1 - rate · λ, so after k of
    them the excess loss is a sum over axes,

        f(w) - f* = ½ Σ λ e² (1 - rate · λ)²ᵏ,

    and the first k that suffices is found by bisection: a billion iterations take no time.

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

    def enough(k: int) -> bool:
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
    """Take `start` to double precision.

    Parameters
    ----------
    objective : Objective or Quadratic
    start : array_like, shape (D,)

    Returns
    -------
    ndarray, shape (D,)

    Raises
    ------
    ValueError
        It does not fit the objective, or is not finite.
    """
    start = finite("start", start, ndim=1)
    if len(start) != objective.dimension:
        raise ValueError(f"start must have {objective.dimension} entries, got {len(start)}")
    return start


def check_tolerance(tolerance: float) -> None:
    """Refuse a tolerance that is not between 0 and 1.

    Parameters
    ----------
    tolerance : float

    Raises
    ------
    ValueError
        Outside of (0, 1).
    """
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must be between 0 and 1, got {tolerance!r}")
