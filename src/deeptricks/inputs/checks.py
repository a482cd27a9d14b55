"""Checks of arguments that several files of this part share."""

import numpy as np


def finite(name, array, ndim):
    """`array` in double precision; a ValueError unless it has `ndim` dimensions and is finite."""
    array = np.asarray(array, dtype=np.float64)
    if array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {array.shape}")
    if not np.isfinite(array).all():
        wrong = array[~np.isfinite(array)][0]
        raise ValueError(f"{name} must be finite, got {wrong}")
    return array


def check_width(X, width):
    """A ValueError unless the matrix `X` has `width` columns."""
    if X.shape[1] != width:
        raise ValueError(f"X must have {width} columns, got shape {X.shape}")
