"""Objectives of the form f(w) = 1/N Σ ℓ(wᵀxᵢ; yᵢ), with gradient and Hessian.

The features enter only through the scores z = Xw. So, by the chain rule, they multiply the gradient
once and the Hessian twice, whatever the loss.
"""

import numpy as np
from numpy.typing import ArrayLike

from deeptricks.inputs.checks import finite
from deeptricks.inputs.scaling.quadratic import Quadratic


class Objective:
    """The mean loss of a model that sees the features through z = Xw.

    A subclass gives the loss of a score and its first two derivatives. Everything is NumPy in
    double precision: these objectives are for looking at surfaces, and an exact Hessian of a
    handful of features is the point. A bias is a column of ones in `X`.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Samples are rows.
    y : array_like, shape (N,)

    Attributes
    ----------
    curvature_bound : float
        The largest abs(ℓ''), over all scores.
    dimension : int
        D, the number of weights.

    Raises
    ------
    ValueError
        Shapes that do not fit, no sample, NaN or infinity.
    """

    curvature_bound: float

    def loss(self, z: np.ndarray) -> np.ndarray:
        """ℓ(z; y), for scores z of shape (…, N)."""
        raise NotImplementedError

    def slope(self, z: np.ndarray) -> np.ndarray:
        """ℓ'(z; y), for scores z of shape (…, N)."""
        raise NotImplementedError

    def curvature(self, z: np.ndarray) -> np.ndarray:
        """ℓ''(z; y), for scores z of shape (…, N)."""
        raise NotImplementedError

    def __init__(self, X: ArrayLike, y: ArrayLike) -> None:
        self.X = finite("X", X, ndim=2)
        self.y = finite("y", y, ndim=1)
        if len(self.X) != len(self.y) or len(self.y) == 0:
            raise ValueError(
                f"X and y must hold the same number of samples, at least one, "
                f"got {len(self.X)} and {len(self.y)}"
            )

    def scores(self, w: ArrayLike) -> np.ndarray:
        """Score the samples, z = Xw: all that the loss sees of the features.

        Parameters
        ----------
        w : array_like, shape (…, D)
            One w, or many.

        Returns
        -------
        ndarray, shape (…, N)

        Raises
        ------
        ValueError
            Another number of entries than D.
        """
        w = np.asarray(w, dtype=np.float64)
        if w.shape[-1:] != (self.dimension,):
            raise ValueError(f"w must have {self.dimension} entries, got shape {w.shape}")
        return w @ self.X.T

    def value(self, w: ArrayLike) -> np.ndarray:
        """Mean loss, f(w) = 1/N Σ ℓ(zᵢ; yᵢ).

        Parameters
        ----------
        w : array_like, shape (…, D)

        Returns
        -------
        ndarray, shape (…)
            A number for one w.
        """
        return self.loss(self.scores(w)).mean(axis=-1)

    def gradient(self, w: ArrayLike) -> np.ndarray:
        """Slope of f, ∇f(w) = 1/N Σ ℓ'(zᵢ; yᵢ) xᵢ: the features enter once.

        Parameters
        ----------
        w : array_like, shape (D,)

        Returns
        -------
        ndarray, shape (D,)
        """
        return self.slope(self.scores(w)) @ self.X / len(self.X)

    def hessian(self, w: ArrayLike) -> np.ndarray:
        """Curvature of f, ∇²f(w) = 1/N Xᵀ diag(ℓ'') X: the features enter twice.

        Parameters
        ----------
        w : array_like, shape (D,)

        Returns
        -------
        ndarray, shape (D, D)
        """
        return (self.X.T * self.curvature(self.scores(w))) @ self.X / len(self.X)

    @property
    def dimension(self) -> int:
        """D, the number of weights."""
        return self.X.shape[1]

    def smoothness(self) -> float:
        """Bound the curvature of f anywhere: L = max abs(ℓ'') · λmax(1/N XᵀX).

        Returns
        -------
        float
        """
        return self.curvature_bound * np.linalg.norm(self.X, 2) ** 2 / len(self.X)


class LeastSquares(Objective):
    """ℓ(z; y) = (z - y)², without a factor ½, so that ℓ'' = 2 and the Hessian is 2/N XᵀX."""

    curvature_bound = 2.0

    def loss(self, z: np.ndarray) -> np.ndarray:
        """(z - y)²."""
        return (z - self.y) ** 2

    def slope(self, z: np.ndarray) -> np.ndarray:
        """2 (z - y)."""
        return 2 * (z - self.y)

    def curvature(self, z: np.ndarray) -> np.ndarray:
        """2, everywhere."""
        return np.full_like(z, 2.0)

    def minimizer(self) -> np.ndarray:
        """Find the w of least loss, the shortest one where there are many.

        Returns
        -------
        ndarray, shape (D,)
        """
        return np.linalg.lstsq(self.X, self.y)[0]

    def quadratic(self) -> Quadratic:
        """Write the same function as a bowl, whose cost does not grow with N.

        Returns
        -------
        Quadratic
        """
        w = self.minimizer()
        return Quadratic(self.hessian(w), minimizer=w, minimum=self.value(w))
