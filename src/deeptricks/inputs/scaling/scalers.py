"""Put every feature on the same scale: zero mean and unit variance, or a fixed range."""

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted, validate_data


class StandardScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Subtract each feature's mean, then divide by its standard deviation.

    The statistics come from the data given to `fit`, the training set, and are applied unchanged
    to whatever is transformed later. A drop-in for `sklearn.preprocessing.StandardScaler`, except
    that missing values (NaN) are refused instead of skipped.

    A constant feature has no scale: it is centred and divided by 1, so it becomes 0, within
    rounding, on the training set. "Constant" means a variance below the rounding error of its own
    computation.

    Parameters
    ----------
    with_mean : bool, default True
        Subtract the mean. `StandardScaler(with_std=False)` is mean subtraction alone.
    with_std : bool, default True
        Divide by the standard deviation.

    Attributes
    ----------
    mean_ : ndarray (D,), in the units of the feature
    var_ : ndarray (D,) or None, in squared units; population variance, the sum divided by N
    scale_ : ndarray (D,) or None; the square root of `var_`, 1 for constant features
    n_samples_seen_ : int, N
    n_features_in_ : int, D

    Raises
    ------
    ValueError
        NaN or infinity, no sample, or another number of features than in `fit`.
    TypeError
        A sparse matrix.
    sklearn.exceptions.NotFittedError
        `transform` before `fit`.

    References
    ----------
    Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller, "Efficient BackProp", 1998, section 4.3.
    """

    def __init__(self, *, with_mean=True, with_std=True):
        self.with_mean = with_mean
        self.with_std = with_std

    def fit(self, X, y=None):
        """Learn mean and standard deviation of each column of `X`, shape (N, D)."""
        X = validate_data(self, X, dtype=FLOAT_DTYPES)
        self.n_samples_seen_ = len(X)
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        self.var_ = self.scale_ = None
        if self.with_std:
            self.var_ = np.square(X - self.mean_).mean(axis=0)
            constant = is_constant(self.var_, self.mean_, len(X))
            self.scale_ = np.where(constant, 1.0, np.sqrt(self.var_))
        return self

    def transform(self, X):
        """Standardize `X`, shape (N, D), with the statistics learnt by `fit`."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOAT_DTYPES)
        shift, scale = self._shift_and_scale()
        return ((X - shift) / scale).astype(X.dtype)

    def inverse_transform(self, X):
        """Take standardized `X`, shape (N, D), back to the features' own units."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOAT_DTYPES)
        shift, scale = self._shift_and_scale()
        return (X * scale + shift).astype(X.dtype)

    def _shift_and_scale(self):
        shift = self.mean_ if self.with_mean else 0.0
        scale = self.scale_ if self.with_std else 1.0
        return shift, scale


class MinMaxScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Map each feature linearly, so that its smallest and largest value land on `feature_range`.

    The extremes come from the training set; later data may fall outside the range. A drop-in for
    `sklearn.preprocessing.MinMaxScaler`, except that missing values (NaN) are refused. A constant
    feature has no range: it goes to the lower end.

    Parameters
    ----------
    feature_range : (low, high), default (0, 1)
        With (-1, 1) the features are centred, in the sense of their extremes, too.

    Attributes
    ----------
    data_min_, data_max_, data_range_ : ndarray (D,), in the units of the feature
    scale_ : ndarray (D,), (high - low) / data_range_
    min_ : ndarray (D,), where the value 0 goes: low - data_min_ * scale_
    n_samples_seen_ : int, N
    n_features_in_ : int, D

    Raises
    ------
    ValueError
        `feature_range` without low < high; NaN or infinity, no sample, or another number of
        features than in `fit`.
    TypeError
        A sparse matrix.
    sklearn.exceptions.NotFittedError
        `transform` before `fit`.
    """

    def __init__(self, feature_range=(0, 1)):
        self.feature_range = feature_range

    def fit(self, X, y=None):
        """Learn the smallest and the largest value of each column of `X`, shape (N, D)."""
        low, high = self.feature_range
        if not low < high:
            raise ValueError(f"feature_range must be (low, high) with low < high, got {low, high}")
        X = validate_data(self, X, dtype=FLOAT_DTYPES)
        self.n_samples_seen_ = len(X)
        self.data_min_ = X.min(axis=0).astype(np.float64)
        self.data_max_ = X.max(axis=0).astype(np.float64)
        self.data_range_ = self.data_max_ - self.data_min_
        self.scale_ = (high - low) / np.where(self.data_range_ == 0, 1.0, self.data_range_)
        self.min_ = low - self.data_min_ * self.scale_
        return self

    def transform(self, X):
        """Map `X`, shape (N, D), with the extremes learnt by `fit`."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOAT_DTYPES)
        # Subtract first: X * scale_ + min_ would lose the digits of a small range far from zero.
        return ((X - self.data_min_) * self.scale_ + self.feature_range[0]).astype(X.dtype)

    def inverse_transform(self, X):
        """Take scaled `X`, shape (N, D), back to the features' own units."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOAT_DTYPES)
        return ((X - self.feature_range[0]) / self.scale_ + self.data_min_).astype(X.dtype)


def is_constant(variance, mean, samples):
    """Whether a computed variance is within the rounding error of computing it in two passes.

    Source: T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance:
    analysis and recommendations", 1983; the form of the bound is scikit-learn's.
    """
    eps = np.finfo(np.float64).eps
    return variance <= samples * eps * variance + (samples * mean * eps) ** 2
