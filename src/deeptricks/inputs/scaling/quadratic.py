"""The model of every smooth minimum: a quadratic bowl."""

import numpy as np

from deeptricks.inputs.checks import finite


class Quadratic:
    """f(w) = f* + ½ (w - w*)ᵀ H (w - w*): a bowl with Hessian `H` and its minimum f* at w*.

    Parameters
    ----------
    H : array (D, D), symmetric positive semidefinite
    minimizer : array (D,), default 0
    minimum : float, default 0

    Raises
    ------
    ValueError
        `H` is not a finite square matrix, or `minimizer` does not fit it.
    """

    def __init__(self, H, minimizer=None, minimum=0.0):
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

    def value(self, w):
        """f(w), a number; shape (…) for many w of shape (…, D)."""
        error = w - self.minimizer
        return self.minimum + 0.5 * (error @ self.H * error).sum(axis=-1)

    def surface(self, w1, w2):
        """f over a grid of two weights, for contour plots: arrays of one shape, in and out."""
        return self.value(np.stack([w1, w2], axis=-1))

    def gradient(self, w):
        """∇f(w) = H (w - w*), shape (D,)."""
        return self.H @ (w - self.minimizer)

    def hessian(self, w=None):
        """H, the same everywhere, shape (D, D)."""
        return self.H
