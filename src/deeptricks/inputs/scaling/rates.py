"""Fixed rates of gradient descent on a quadratic: the best against any start, and the largest."""

import math

from numpy.typing import ArrayLike

from deeptricks.inputs.scaling.conditioning import condition_number, curvatures
from deeptricks.inputs.scaling.objectives import Objective
from deeptricks.inputs.scaling.quadratic import Quadratic


def best_rate(H: ArrayLike) -> float:
    """Find the fixed rate that is best against the worst start, η = 2 / (λmax + λmin).

    It makes max |1 - ηλ| over the curvatures λ as small as it can be. The steepest direction then
    shrinks as slowly as the flattest one, so from a start whose error lies mostly in steep
    directions a rate of 1 / λmax can need far fewer iterations.

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
    """Find the rate 2 / λmax from which on gradient descent on a quadratic no longer converges.

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


def checked_rate(objective: Objective | Quadratic, rate: float | None) -> float:
    """Take the best rate that is known for the objective where none is given.

    Parameters
    ----------
    objective : Objective or Quadratic
    rate : float > 0 or None

    Returns
    -------
    float

    Raises
    ------
    ValueError
        A rate that is not positive and finite.
    """
    if rate is None:
        if isinstance(objective, Quadratic):
            return best_rate(objective.H)
        return 1 / objective.smoothness()
    if not 0 < rate < math.inf:
        raise ValueError(f"rate must be positive and finite, got {rate!r}")
    return rate
