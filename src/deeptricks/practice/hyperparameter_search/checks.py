"""Arguments are checked where a user passes them; each message names the argument and its value."""

import math
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike


def check_whole(least: int, /, **arguments: float) -> None:
    """Raise ValueError for the first argument that is no whole number of at least `least`."""
    for name, value in arguments.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def check_share(**arguments: float) -> None:
    """Raise ValueError for the first argument that is not a number between 0 and 1, both out."""
    for name, value in arguments.items():
        if not isinstance(value, Real) or not 0 < value < 1:
            raise ValueError(f"{name} must be a number above 0 and below 1, got {value!r}")


def check_positive(**arguments: float) -> None:
    """Raise ValueError for the first argument that is not a finite number above 0."""
    for name, value in arguments.items():
        if not isinstance(value, Real) or not 0 < value < math.inf:
            raise ValueError(f"{name} must be a finite number above 0, got {value!r}")


def as_scores(values: ArrayLike, name: str = "values") -> np.ndarray:
    """Return `values` as floats of one axis, not empty, what is not finite as −∞: the worst."""
    scores = np.array(values, dtype=float)
    if scores.ndim != 1 or len(scores) == 0:
        raise ValueError(f"{name} must be a list of at least one number, got shape {scores.shape}")
    scores[~np.isfinite(scores)] = -np.inf
    return scores


def ranked(values: ArrayLike) -> np.ndarray:
    """Return the places of the values, the largest first; ties in their order, NaN at the end."""
    return np.argsort(-as_scores(values), kind="stable")
