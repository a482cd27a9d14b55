"""The model of every smooth minimum: a quadratic bowl."""

import numpy as np
from numpy.typing import ArrayLike

from deeptricks.inputs.checks import finite


class Quadratic:
    """f(w) = f* + ½ (w - w*)ᵀ H (w - w*): a bowl with Hessian `H` and its minimum f* at w*.

    Parameters
    ----------
    H : array_like, shape (D, D), symmetric positive semidefinite
    minimizer : array_like, shape (D,), or None
        w*; None for 0.
    minimum : float, default 0
        f*.

    Attributes
    ----------
    dimension : int
        D.

    Raises
    ------
    ValueError
        `H` is not a finite square matrix, or `minimizer` does not fit it.
    """

    def __init__(
        self, H: ArrayLike, minimizer: ArrayLike | None = None, minimum: float = 0.0
    ) -> None:
        self.H = finite("H", H, ndim=2)
        self.dimension = len(self.H)
        origin = np.zeros(self.dimension)
        self.minimizer = origin if minimizer is None else finite("minimizer", minimizer, ndim=1)
        self.minimum = minimum
        if self.H.shape != 2 * self.minimizer.shape:
            raise ValueError(
                f"H must have shape (D, D) and minimizer (D,), "
                f"got {self.H.shape} and {self.minimizer.shape}"
            )

    def value(self, w: np.ndarray) -> np.ndarray:
        """Height of the bowl, f(w).

        Parameters
        ----------
        w : ndarray, shape (…, D)

        Returns
        -------
        ndarray, shape (…)
            A number for one w.
        """
        error = w - self.minimizer
        return self.minimum + 0.5 * (error @ self.H * error).sum(axis=-1)

    def surface(self, w1: np.ndarray, w2: np.ndarray) -> np.ndarray:
        """Height over a grid of two weights, for contour plots.

        Parameters
        ----------
        w1, w2 : ndarray of one shape

        Returns
        -------
        ndarray of the same shape
        """
        return self.value(np.stack([w1, w2], axis=-1))

    def gradient(self, w: np.ndarray) -> np.ndarray:
        """Slope of the bowl, ∇f(w) = H (w - w*).

        Parameters
        ----------
        w : ndarray, shape (D,)

        Returns
        -------
        ndarray, shape (D,)
        """
        return self.H @ (w - self.minimizer)

    def hessian(self, w: np.ndarray | None = None) -> np.ndarray:
        """Curvature of the bowl, H, the same everywhere.

        Parameters
        ----------
        w : ndarray or None
            Ignored.

        Returns
        -------
        ndarray, shape (D, D)
        """
        return self.H
