"""Make the features uncorrelated *and* equally large: covariance becomes the identity."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    OneToOneFeatureMixin,
    TransformerMixin,
)
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted, validate_data

from deeptricks.inputs.checks import transformed
from deeptricks.inputs.whitening.pca import principal_directions


class Whitening(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Multiply the centered data by a matrix W with WᵀW = Σ⁻¹, so that its covariance becomes I.

    Any such W whitens, and two of them differ by a rotation. `method="pca"` rotates onto the
    principal directions and divides by the standard deviations there; `method="zca"` then rotates
    back, which makes W symmetric and leaves every feature as close as possible to what it was.

    The covariance Σ is the *sample* covariance, ÷ (N - 1), so that `Whitening("pca")` equals
    `sklearn.decomposition.PCA(whiten=True)` and `numpy.cov` of the output is the identity.

    Directions without variance (constant features, copies of features, N ≤ D) hold nothing that
    could be scaled to 1. They come out as 0, for training data and for any other, and the
    covariance is the identity on the remaining directions: W is the pseudo-inverse square root.
    "Without variance" means within the rounding error of data of this size and type.

    Parameters
    ----------
    method : "pca" or "zca", default "pca"
        Stay on the principal directions, or rotate back.
    eps : float ≥ 0, default 0
        In squared units of the features. Added to each variance before the square root. It keeps
        directions of little variance, which are mostly noise, small: a direction of variance λ
        comes out with λ / (λ + eps).

    Attributes
    ----------
    mean_ : ndarray, shape (D,)
    components_ : ndarray, shape (K, D), K = min(N, D)
        Principal directions in rows.
    explained_variance_ : ndarray, shape (K,)
        The variance along them, ÷ (N - 1).
    rank_ : int
        How many of them have variance.
    whitening_ : ndarray, shape (K, D) for "pca", (D, D) for "zca"
        W.
    coloring_ : ndarray, shape (D, K) or (D, D)
        The pseudo-inverse of W, which undoes it.
    n_features_in_ : int
        D.

    References
    ----------
    A. Kessy, A. Lewin, K. Strimmer, "Optimal whitening and decorrelation", The American
    Statistician 72(4), 2018, for WᵀW = Σ⁻¹ and for what is optimal about ZCA.
    A. J. Bell, T. J. Sejnowski, "The 'independent components' of natural scenes are edge filters",
    Vision Research 37(23), 1997, for ZCA.
    """

    def __init__(self, method: str = "pca", *, eps: float = 0.0) -> None:
        self.method = method
        self.eps = eps

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn the whitening matrix from the principal directions, the rows of V.

        PCA: W = diag(1 / √(λ + ε)) V. ZCA: W = Vᵀ diag(1 / √(λ + ε)) V.

        Parameters
        ----------
        X : array_like, shape (N, D), N ≥ 2
        y : object
            Ignored.

        Returns
        -------
        Whitening
            Itself.

        Raises
        ------
        ValueError
            `method` or `eps` out of range; NaN or infinity, fewer than two samples.
        TypeError
            A sparse matrix.
        """
        self._check_parameters()
        X = validate_data(self, X, dtype=FLOAT_DTYPES, ensure_min_samples=2)
        self.mean_, singular_values, V = principal_directions(X)
        self.components_ = V
        self.explained_variance_ = singular_values**2 / (len(X) - 1)

        varies = singular_values > rounding_error(X)
        deviation = np.where(varies, np.sqrt(self.explained_variance_ + self.eps), 0.0)
        divide = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=varies)
        self.rank_ = int(varies.sum())

        self.whitening_ = np.diag(divide) @ V  # rotate, then divide
        self.coloring_ = V.T @ np.diag(deviation)
        if self.method == "zca":
            self.whitening_ = V.T @ self.whitening_  # rotate back
            self.coloring_ = self.coloring_ @ V
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Whiten, z = W (x - μ).

        Parameters
        ----------
        X : array_like, shape (N, D)

        Returns
        -------
        ndarray, shape (N, K) for "pca", (N, D) for "zca"

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            NaN or infinity, or other features than in `fit`.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOAT_DTYPES)
        return ((X - self.mean_) @ self.whitening_.T).astype(X.dtype)

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """Undo `transform`; directions without variance come back at their mean.

        Parameters
        ----------
        X : array_like, shape (N, K) for "pca", (N, D) for "zca"
            Names of columns are not looked at.

        Returns
        -------
        ndarray, shape (N, D)

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError
            NaN or infinity, or another number of columns than `transform` returns.
        """
        check_is_fitted(self)
        X = transformed(X, len(self.whitening_))
        return (X @ self.coloring_.T + self.mean_).astype(X.dtype)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Name the outputs: the features' own names for "zca", whitening0, … for "pca".

        Parameters
        ----------
        input_features : array_like of str, shape (D,), or None
            None: the names seen in `fit`, or x0, x1, …

        Returns
        -------
        ndarray of str
        """
        mixin = OneToOneFeatureMixin if self.method == "zca" else ClassNamePrefixFeaturesOutMixin
        return mixin.get_feature_names_out(self, input_features)

    def _check_parameters(self):
        if self.method not in ("pca", "zca"):
            raise ValueError(f'method must be "pca" or "zca", got {self.method!r}')
        if not 0 <= self.eps < np.inf:
            raise ValueError(f"eps must be a finite number ≥ 0, got {self.eps!r}")

    @property
    def _n_features_out(self):
        return len(self.whitening_)


def rounding_error(X: np.ndarray) -> float:
    """How large a singular value of the centered `X` can be through rounding alone.

    Two sources: the numbers in `X` are rounded to its type, and the decomposition is computed in
    double precision.

    Parameters
    ----------
    X : ndarray, shape (N, D)

    Returns
    -------
    float
    """
    stored, computed = np.finfo(X.dtype).eps, np.finfo(np.float64).eps
    return (stored + max(X.shape) * computed) * np.linalg.norm(X.astype(np.float64))
