"""Rotate the data so that its principal directions become the coordinate axes."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import FLOAT_DTYPES, check_array, check_is_fitted, validate_data

from deeptricks.inputs.checks import check_width


class PCA(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Centre the data and rotate it onto its principal directions.

    The new features are uncorrelated and sorted by falling variance; keeping the first few is the
    best linear compression in squared error. Equal to
    `sklearn.decomposition.PCA(svd_solver="full")`, signs included.

    Parameters
    ----------
    n_components : int, float or None, default None
        How many directions to keep: a number from 1 to min(N, D); a fraction of the variance
        between 0 and 1 (the fewest directions that explain more than it); None for min(N, D).

    Attributes
    ----------
    mean_ : ndarray (D,)
    components_ : ndarray (K, D), orthonormal rows; the largest entry of each row is positive
    singular_values_ : ndarray (K,), of the centred data
    explained_variance_ : ndarray (K,), variance along each direction, ÷ (N - 1)
    explained_variance_ratio_ : ndarray (K,), as a part of the total variance; 0 if there is none
    n_components_ : int, K
    n_samples_ : int, N
    n_features_in_ : int, D

    Raises
    ------
    ValueError
        `n_components` out of range; NaN or infinity, fewer than two samples, or another number of
        features than in `fit`.
    TypeError
        A sparse matrix.
    sklearn.exceptions.NotFittedError
        `transform` before `fit`.
    """

    def __init__(self, n_components=None):
        self.n_components = n_components

    def fit(self, X, y=None):
        """Find the principal directions of `X`, shape (N, D), N ≥ 2."""
        X = validate_data(self, X, dtype=FLOAT_DTYPES, ensure_min_samples=2)
        mean, singular_values, directions = principal_directions(X)
        variance = singular_values**2 / (len(X) - 1)
        total = variance.sum()
        ratio = variance / total if total > 0 else np.zeros_like(variance)
        keep = self._how_many(ratio)

        self.n_samples_, self.n_components_ = len(X), keep
        self.mean_ = mean
        self.components_ = directions[:keep]
        self.singular_values_ = singular_values[:keep]
        self.explained_variance_ = variance[:keep]
        self.explained_variance_ratio_ = ratio[:keep]
        return self

    def transform(self, X):
        """Coordinates of `X`, shape (N, D), along the kept directions, shape (N, K)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOAT_DTYPES)
        return ((X - self.mean_) @ self.components_.T).astype(X.dtype)

    def inverse_transform(self, X):
        """From coordinates, shape (N, K), back to features, shape (N, D); exact if K = D."""
        check_is_fitted(self)
        X = check_array(X, dtype=FLOAT_DTYPES)
        check_width(X, self.n_components_)
        return (X @ self.components_ + self.mean_).astype(X.dtype)

    def _how_many(self, ratio):
        wanted = len(ratio) if self.n_components is None else self.n_components
        if isinstance(wanted, Integral) and 1 <= wanted <= len(ratio):
            return int(wanted)
        if isinstance(wanted, Real) and 0 < wanted < 1:
            more_than_wanted = np.cumsum(ratio) > wanted
            return int(more_than_wanted.argmax()) + 1 if more_than_wanted.any() else len(ratio)
        raise ValueError(
            f"n_components must be None, an integer from 1 to min(N, D) = {len(ratio)}, "
            f"or a fraction between 0 and 1, got {self.n_components!r}"
        )

    @property
    def _n_features_out(self):
        return self.n_components_


def principal_directions(X):
    """Mean (D,), singular values (K,) and principal directions (K, D) of `X`; K = min(N, D)."""
    mean = X.mean(axis=0, dtype=np.float64)
    _, singular_values, directions = np.linalg.svd(X - mean, full_matrices=False)
    # A direction and its opposite are equally principal; the sign is a convention.
    largest = np.abs(directions).argmax(axis=1, keepdims=True)
    directions *= np.sign(np.take_along_axis(directions, largest, axis=1))
    return mean, singular_values, directions
