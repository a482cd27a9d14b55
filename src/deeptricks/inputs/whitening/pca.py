"""Rotate the data so that its principal directions become the coordinate axes."""

from numbers import Integral, Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import decomposition
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted, validate_data

from deeptricks.inputs.checks import DenseAndFinite, transformed


class PCA(DenseAndFinite, decomposition.PCA):
    """Center the data and rotate it onto its principal directions, z = V (x - μ).

    The new features are uncorrelated and sorted by falling variance; keeping the first few is the
    best linear compression in squared error. Equal to
    `sklearn.decomposition.PCA(svd_solver="full")`, signs included, which also lends the likelihood
    of its probabilistic model (`score`, `get_covariance`, …). Sparse matrices are refused.

    Parameters
    ----------
    n_components : int, float or None, default None
        How many directions to keep: a number from 1 to min(N, D); a fraction of the variance
        between 0 and 1 (the fewest directions that explain more than it); None for min(N, D).
    copy : bool, default True
        Accepted, as scikit-learn has it. The input is left alone either way.
    whiten : bool, default False
        Divide each new feature by its standard deviation; see `Whitening`.
    svd_solver : "auto" or "full", default "auto"
        The full decomposition either way. The other solvers, and the parameters that follow in
        scikit-learn's list for them, are not what this class teaches.

    Attributes
    ----------
    mean_ : ndarray, shape (D,)
    components_ : ndarray, shape (K, D)
        Orthonormal rows; the largest entry of each row is positive.
    singular_values_ : ndarray, shape (K,)
        Of the centered data.
    explained_variance_ : ndarray, shape (K,)
        Variance along each direction, ÷ (N - 1).
    explained_variance_ratio_ : ndarray, shape (K,)
        As a part of the total variance; 0 if there is none.
    noise_variance_ : float
        The mean variance of the directions that are not kept, 0 if all are.
    n_components_, n_samples_, n_features_in_ : int
        K, N and D.
    """

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the principal directions.

        Parameters
        ----------
        X : array_like, shape (N, D), N ≥ 2
        y : object
            Ignored.

        Returns
        -------
        PCA
            Itself.

        Raises
        ------
        ValueError
            `n_components` or `svd_solver` out of range; NaN or infinity, fewer than two samples.
        TypeError
            A sparse matrix.
        """
        self._validate_params()
        if self.svd_solver not in ("auto", "full"):
            raise ValueError(f'svd_solver must be "auto" or "full", got {self.svd_solver!r}')
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
        self.noise_variance_ = variance[keep:].mean() if keep < len(variance) else 0.0
        return self

    def fit_transform(self, X: ArrayLike, y: object = None) -> np.ndarray:
        """Fit, then transform the same data.

        Parameters
        ----------
        X : array_like, shape (N, D), N ≥ 2
        y : object
            Ignored.

        Returns
        -------
        ndarray, shape (N, K)
        """
        return self.fit(X).transform(X)

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Coordinates along the kept directions.

        Parameters
        ----------
        X : array_like, shape (N, D)

        Returns
        -------
        ndarray, shape (N, K)

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            NaN or infinity, or other features than in `fit`.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOAT_DTYPES)
        return ((X - self.mean_) @ self.components_.T / self._scale()).astype(X.dtype)

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """From coordinates back to features; exact if K = D.

        Parameters
        ----------
        X : array_like, shape (N, K)
            Names of columns are not looked at.

        Returns
        -------
        ndarray, shape (N, D)

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            NaN or infinity, or another number of columns than K.
        """
        check_is_fitted(self)
        X = transformed(X, self.n_components_)
        return (X * self._scale() @ self.components_ + self.mean_).astype(X.dtype)

    def _scale(self):
        """Divisor of each coordinate; a direction without variance is not blown up."""
        deviation = np.sqrt(self.explained_variance_)
        return np.maximum(deviation, np.finfo(deviation.dtype).eps) if self.whiten else 1.0

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


def principal_directions(X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Decompose the centered data, X - μ = U S V.

    Parameters
    ----------
    X : ndarray, shape (N, D)

    Returns
    -------
    mean : ndarray, shape (D,)
    singular_values : ndarray, shape (K,), K = min(N, D)
        S, largest first.
    directions : ndarray, shape (K, D)
        The rows of V.
    """
    mean = X.mean(axis=0, dtype=np.float64)
    _, singular_values, directions = np.linalg.svd(X - mean, full_matrices=False)
    # A direction and its opposite are equally principal; the sign is a convention.
    largest = np.abs(directions).argmax(axis=1, keepdims=True)
    directions *= np.sign(np.take_along_axis(directions, largest, axis=1))
    return mean, singular_values, directions
