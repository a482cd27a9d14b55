"""Put every feature on the same scale: zero mean and unit variance."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import preprocessing
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted, validate_data
from sklearn.utils.validation import _check_sample_weight as checked_weight

from deeptricks.inputs.checks import DenseAndFinite, transformed


class StandardScaler(DenseAndFinite, preprocessing.StandardScaler):
    """Subtract each feature's mean, then divide by its standard deviation, z = (x - μ) / σ.

    The statistics come from the data given to `fit`, the training set, and are applied unchanged
    to whatever is transformed later. A drop-in for `sklearn.preprocessing.StandardScaler`, except
    that missing values (NaN) and sparse matrices are refused.

    A constant feature has no scale: it is centered and divided by 1, so it becomes 0, within
    rounding, on the training set. "Constant" means a variance below the rounding error of its own
    computation.

    Parameters
    ----------
    copy : bool, default True
        Accepted, as scikit-learn has it. The input is left alone either way.
    with_mean : bool, default True
        Subtract the mean. `StandardScaler(with_std=False)` is mean subtraction alone.
    with_std : bool, default True
        Divide by the standard deviation.

    Attributes
    ----------
    mean_ : ndarray, shape (D,)
        In the units of the feature.
    var_ : ndarray, shape (D,), or None
        In squared units; population variance, the sum divided by N.
    scale_ : ndarray, shape (D,), or None
        The square root of `var_`, 1 for constant features.
    n_samples_seen_, n_features_in_ : int
        N, or the sum of the weights, and D.

    References
    ----------
    Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller, "Efficient BackProp", 1998, section 4.3.
    """

    n_samples_seen_: float
    mean_: np.ndarray
    var_: Any

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn mean and standard deviation of each column.

        Parameters
        ----------
        X : array_like, shape (N, D)
        y : object, ignored
        sample_weight : array_like, shape (N,), or None
            A sample of weight 2 counts as two samples.

        Returns
        -------
        StandardScaler

        Raises
        ------
        ValueError
            NaN or infinity, no sample, a negative weight.
        TypeError
            A sparse matrix.
        """
        self.__dict__.pop("n_samples_seen_", None)  # what was learned before is forgotten
        return self.partial_fit(X, y, sample_weight)

    def partial_fit(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Learn from one batch after another what `fit` would learn from all of them together.

        With d the difference of the means of n old and m new samples, and v, v' their variances,

            var_ = (n v + m v') / (n + m) + n m d² / (n + m)².

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        StandardScaler

        Raises
        ------
        ValueError, TypeError
            As in `fit`, or other features than in the first batch.

        References
        ----------
        T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance:
        analysis and recommendations", The American Statistician 37(3), 1983, equation 1.5.
        """
        self._validate_params()
        first = not hasattr(self, "n_samples_seen_")
        X = validate_data(self, X, reset=first, dtype=FLOAT_DTYPES)
        weight = checked_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        count = len(X) if sample_weight is None else weight.sum()
        mean = np.average(X, axis=0, weights=weight)
        variance = np.average(np.square(X - mean), axis=0, weights=weight)
        if not first:
            before, count = self.n_samples_seen_, self.n_samples_seen_ + count
            new = 1 - before / count  # the batch's share of all samples
            step = mean - self.mean_
            mean = self.mean_ + new * step
            if self.with_std:
                variance = (1 - new) * self.var_ + new * variance + new * (1 - new) * step**2

        self.n_samples_seen_, self.mean_ = count, mean
        self.var_ = self.scale_ = None
        if self.with_std:
            self.var_ = variance
            constant = is_constant(variance, mean, count)
            self.scale_ = np.where(constant, 1.0, np.sqrt(variance))
        return self

    def transform(self, X: ArrayLike, copy: bool | None = None) -> np.ndarray:
        """Standardize with the statistics learned by `fit`.

        Parameters
        ----------
        X : array_like, shape (N, D)
        copy : bool or None
            Ignored, as in the constructor.

        Returns
        -------
        ndarray, shape (N, D)

        Raises
        ------
        NotFittedError, ValueError
            Before `fit`; NaN or infinity, or other features than in `fit`.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOAT_DTYPES)
        shift, scale = self._shift_and_scale()
        return ((X - shift) / scale).astype(X.dtype)

    def inverse_transform(self, X: ArrayLike, copy: bool | None = None) -> np.ndarray:
        """Take standardized features back to their own units, x = σz + μ.

        Parameters
        ----------
        X : array_like, shape (N, D)
            Names of columns are not looked at.
        copy : bool or None
            Ignored, as in the constructor.

        Returns
        -------
        ndarray, shape (N, D)

        Raises
        ------
        NotFittedError, ValueError
            Before `fit`; NaN or infinity, or another number of features than in `fit`.
        """
        check_is_fitted(self)
        X = transformed(X, self.n_features_in_)
        shift, scale = self._shift_and_scale()
        return (X * scale + shift).astype(X.dtype)

    def _shift_and_scale(self):
        shift = self.mean_ if self.with_mean else 0.0
        scale = self.scale_ if self.with_std else 1.0
        return shift, scale


def is_constant(variance: np.ndarray, mean: np.ndarray, samples: float) -> np.ndarray:
    """Whether a computed variance is within the rounding error of computing it in two passes.

    Parameters
    ----------
    variance, mean : ndarray, shape (D,)
    samples : float

    Returns
    -------
    ndarray of bool, shape (D,)

    References
    ----------
    T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance: analysis
    and recommendations", 1983; the form of the bound is scikit-learn's.
    """
    eps = np.finfo(np.float64).eps
    return variance <= samples * eps * variance + (samples * mean * eps) ** 2
