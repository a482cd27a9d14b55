"""Checks of arguments that several files of this part share."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import FLOAT_DTYPES, check_array


class DenseAndFinite(BaseEstimator):
    """Say in the tags of scikit-learn that sparse matrices, NaN and other libraries are refused."""

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.allow_nan = tags.array_api_support = False
        return tags


def transformed(X: ArrayLike, width: int) -> np.ndarray:
    """Check what is handed to `inverse_transform`: a table of `width` columns of any names.

    The names are those of the outputs, or a table's from somewhere else: they say nothing about
    whether the numbers can be taken back (scikit-learn, issue 31947).

    Parameters
    ----------
    X : array_like, shape (N, width)
    width : int
        How many columns `transform` returns.

    Returns
    -------
    ndarray, shape (N, width)
        In a floating-point type; integers come out in double precision.

    Raises
    ------
    ValueError
        Another number of columns, NaN or infinity, no sample.
    TypeError
        A sparse matrix.
    """
    X = check_array(X, dtype=FLOAT_DTYPES)
    if X.shape[1] != width:
        raise ValueError(f"X must have {width} columns, got shape {X.shape}")
    return X


def finite(name: str, array: ArrayLike, ndim: int) -> np.ndarray:
    """Take `array` to double precision and refuse it unless it is finite.

    Parameters
    ----------
    name : str
        What the message calls it.
    array : array_like
    ndim : int
        The number of dimensions that it must have.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        Another number of dimensions, NaN or infinity.
    """
    array = np.asarray(array, dtype=np.float64)
    if array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {array.shape}")
    if not np.isfinite(array).all():
        wrong = array[~np.isfinite(array)][0]
        raise ValueError(f"{name} must be finite, got {wrong}")
    return array
