"""Put every feature into a fixed range."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import preprocessing
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted, validate_data

from deeptricks.inputs.checks import DenseAndFinite, transformed


class MinMaxScaler(DenseAndFinite, preprocessing.MinMaxScaler):
    """Map each feature linearly, so that its smallest and largest value land on `feature_range`.

    z = low + (high - low) (x - min) / (max - min). The extremes come from the training set; later
    data may fall outside the range. A drop-in for `sklearn.preprocessing.MinMaxScaler`, except that
    missing values (NaN) are refused, and that a feature of tiny range, which scikit-learn takes
    for constant, fills the range like any other.

    A constant feature has no range: it goes to the lower end.

    Parameters
    ----------
    feature_range : tuple (low, high), default (0, 1)
        With (-1, 1) the features are centered, in the sense of their extremes, too.
    copy : bool, default True
        Accepted, as scikit-learn has it. The input is left alone either way.
    clip : bool, default False
        Cut off what falls outside `feature_range`.

    Attributes
    ----------
    data_min_, data_max_, data_range_ : ndarray, shape (D,)
        In the units of the feature.
    scale_ : ndarray, shape (D,)
        (high - low) / data_range_; infinite where this overflows.
    min_ : ndarray, shape (D,)
        Where the value 0 goes.
    n_samples_seen_ : int
        N.
    n_features_in_ : int
        D.
    """

    n_samples_seen_: int
    data_min_: np.ndarray
    data_max_: np.ndarray

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn the smallest and the largest value of each column.

        Parameters
        ----------
        X : array_like, shape (N, D)
        y : object
            Ignored.

        Returns
        -------
        MinMaxScaler
            Itself.

        Raises
        ------
        ValueError
            `feature_range` without low < high; NaN or infinity, no sample.
        TypeError
            A sparse matrix.
        """
        self.__dict__.pop("n_samples_seen_", None)  # what was learned before is forgotten
        return self.partial_fit(X, y)

    def partial_fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn from one batch after another what `fit` would learn from all of them together.

        Parameters
        ----------
        X : array_like, shape (N, D)
        y : object
            Ignored.

        Returns
        -------
        MinMaxScaler
            Itself.

        Raises
        ------
        ValueError
            As in `fit`, or another number of features than in the first batch.
        TypeError
            A sparse matrix.
        """
        self._validate_params()
        low, high = self.feature_range
        if not low < high:
            raise ValueError(f"feature_range must be (low, high) with low < high, got {low, high}")
        first = not hasattr(self, "n_samples_seen_")
        X = validate_data(self, X, reset=first, dtype=FLOAT_DTYPES)
        smallest, largest = X.min(axis=0).astype(np.float64), X.max(axis=0).astype(np.float64)
        if not first:
            smallest = np.minimum(smallest, self.data_min_)
            largest = np.maximum(largest, self.data_max_)
        self.n_samples_seen_ = len(X) + (0 if first else self.n_samples_seen_)
        self.data_min_, self.data_max_ = smallest, largest
        with np.errstate(over="ignore"):
            self.data_range_ = largest - smallest
            self.scale_ = (high - low) / np.where(self.data_range_ == 0, 1.0, self.data_range_)
            self.min_ = self._scaled(np.zeros_like(smallest))
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Map with the extremes learned by `fit`.

        Parameters
        ----------
        X : array_like, shape (N, D)

        Returns
        -------
        ndarray, shape (N, D)

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            NaN or infinity, or other features than in `fit`.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOAT_DTYPES)
        Z = self._scaled(X)
        return (np.clip(Z, *self.feature_range) if self.clip else Z).astype(X.dtype)

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """Take scaled features back to their own units.

        Parameters
        ----------
        X : array_like, shape (N, D)
            Names of columns are not looked at.

        Returns
        -------
        ndarray, shape (N, D)

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            NaN or infinity, or another number of features than in `fit`.
        """
        check_is_fitted(self)
        X = transformed(X, self.n_features_in_)
        low, high = self.feature_range
        half, start, length = self._line()
        return ((start + (X - low) / (high - low) * length) / half).astype(X.dtype)

    def _scaled(self, X):
        # Subtract first: X * scale_ + min_ would lose the digits of a small range far from zero.
        low, high = self.feature_range
        half, start, length = self._line()
        return low + (high - low) * ((X * half - start) / length)

    def _line(self):
        """Start and length of each feature's range, halved where the length overflows."""
        half = np.where(np.isinf(self.data_range_), 0.5, 1.0)
        start = self.data_min_ * half
        length = self.data_max_ * half - start
        return half, start, np.where(length == 0, 1.0, length)
