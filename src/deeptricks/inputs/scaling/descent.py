"""Gradient descent that counts its iterations."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from deeptricks.inputs.scaling.convergence import check_tolerance, checked_start
from deeptricks.inputs.scaling.objectives import LeastSquares, Objective
from deeptricks.inputs.scaling.quadratic import Quadratic
from deeptricks.inputs.scaling.rates import checked_rate

HOPELESS = 1e12  # times the first loss: no descent comes back from there


@dataclass(frozen=True)
class Descent:
    """What gradient descent did.

    Neither converged nor diverged: it was on its way when the iterations ran out.

    Parameters
    ----------
    path : ndarray, shape (iterations + 1, D)
        The weights, the start first.
    values : ndarray, shape (iterations + 1,)
        The loss at each of them.
    rate : float
        The fixed rate that was used.
    converged : bool
        It reached what was asked.
    diverged : bool
        It stopped because, or ended while, the loss was above the first one.
    """

    path: np.ndarray
    values: np.ndarray
    rate: float
    converged: bool
    diverged: bool

    @property
    def iterations(self) -> int:
        """How many steps it took."""
        return len(self.values) - 1


def gradient_descent(
    objective: Objective | Quadratic,
    start: ArrayLike,
    rate: float | None = None,
    *,
    tolerance: float = 1e-6,
    minimum: float | None = None,
    until: Callable[[float], bool] | None = None,
    max_iterations: int = 100_000,
) -> Descent:
    """Walk downhill, w ← w - rate · ∇f(w), until the loss is low enough; count the steps.

    Low enough is (f(w) - f*) ≤ tolerance · (f(start) - f*), a relative suboptimality, or what
    `until` says.

    Parameters
    ----------
    objective : LeastSquares, LogisticRegression, OneNeuron or Quadratic
    start : array_like, shape (D,)
    rate : float > 0 or None
        None: the best fixed rate 2 / (λmax + λmin) for least squares and quadratics, and
        1 / objective.smoothness() for others.
    tolerance : float, default 1e-6
        Relative suboptimality.
    minimum : float or None
        f*. Known for least squares and quadratics; give it, or `until`, for others.
    until : callable or None
        Takes the loss, says whether to stop: `until=lambda loss: loss < 0.1`.
    max_iterations : int, default 100 000

    Returns
    -------
    Descent

    Raises
    ------
    ValueError
        `start` of another shape or not finite, a rate ≤ 0, or no way to know when to stop.
    """
    if isinstance(objective, LeastSquares):
        objective = objective.quadratic()
    w = checked_start(objective, start)
    rate = checked_rate(objective, rate)
    path, values = [w], [objective.value(w)]
    enough = until or _suboptimality(objective, values[0], tolerance, minimum)

    with np.errstate(over="ignore", invalid="ignore"):  # divergence is reported, not warned about
        while not enough(values[-1]) and len(path) <= max_iterations:
            w = w - rate * objective.gradient(w)
            path.append(w)
            values.append(objective.value(w))
            if not abs(values[-1]) <= HOPELESS * (1 + abs(values[0])):
                break
        converged = bool(enough(values[-1]))
    diverged = not converged and not values[-1] <= values[0]
    return Descent(np.array(path), np.array(values), float(rate), converged, diverged)


def _suboptimality(objective, first, tolerance, minimum):
    lowest = getattr(objective, "minimum", None) if minimum is None else minimum
    if lowest is None:
        raise ValueError(
            "the minimum of this objective is not known: give minimum=…, the least loss, "
            "or until=…, a function of the loss that says when to stop"
        )
    check_tolerance(tolerance)
    target = lowest + tolerance * (first - lowest)
    return lambda loss: loss <= target
