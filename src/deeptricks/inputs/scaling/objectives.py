"""Objectives of the form f(w) = 1/N Σ ℓ(wᵀxᵢ; yᵢ), with gradient and Hessian.

The features enter only through the scores z = Xw. So, by the chain rule, they multiply the gradient
once and the Hessian twice, whatever the loss.
"""

import numpy as np

from deeptricks.inputs.checks import finite
from deeptricks.inputs.scaling.quadratic import Quadratic


class Objective:
    """The mean loss of a model that sees the features through z = Xw.

    A subclass gives the loss of a score and its first two derivatives. Everything is NumPy in
    double precision: these objectives are for looking at surfaces, and an exact Hessian of a
    handful of features is the point. A bias is a column of ones in `X`.

    Parameters
    ----------
    X : array (N, D), samples are rows
    y : array (N,)

    Raises
    ------
    ValueError
        Shapes that do not fit, no sample, NaN or infinity.
    """

    curvature_bound: float  # the largest |ℓ''|, over all scores

    def loss(self, z):
        """ℓ(z; y), for scores z of shape (…, N)."""
        raise NotImplementedError

    def slope(self, z):
        """ℓ'(z; y), for scores z of shape (…, N)."""
        raise NotImplementedError

    def curvature(self, z):
        """ℓ''(z; y), for scores z of shape (…, N)."""
        raise NotImplementedError

    def __init__(self, X, y):
        self.X = finite("X", X, ndim=2)
        self.y = finite("y", y, ndim=1)
        if len(self.X) != len(self.y) or len(self.y) == 0:
            raise ValueError(
                f"X and y must hold the same number of samples, at least one, "
                f"got {len(self.X)} and {len(self.y)}"
            )

    def scores(self, w):
        """z = Xw: shape (N,) for one w of shape (D,), (…, N) for many of shape (…, D)."""
        w = np.asarray(w, dtype=np.float64)
        if w.shape[-1:] != (self.dimension,):
            raise ValueError(f"w must have {self.dimension} entries, got shape {w.shape}")
        return w @ self.X.T

    def value(self, w):
        """f(w) = 1/N Σ ℓ(zᵢ; yᵢ), a number; shape (…) for many w of shape (…, D)."""
        return self.loss(self.scores(w)).mean(axis=-1)

    def gradient(self, w):
        """∇f(w) = 1/N Σ ℓ'(zᵢ; yᵢ) xᵢ, shape (D,): the features enter once."""
        return self.slope(self.scores(w)) @ self.X / len(self.X)

    def hessian(self, w):
        """∇²f(w) = 1/N Xᵀ diag(ℓ'') X at one w, shape (D, D): the features enter twice."""
        return (self.X.T * self.curvature(self.scores(w))) @ self.X / len(self.X)

    @property
    def dimension(self):
        """D, the number of weights."""
        return self.X.shape[1]

    def smoothness(self):
        """An upper bound L on the curvature of f anywhere: max |ℓ''| · λmax(1/N XᵀX)."""
        return self.curvature_bound * np.linalg.norm(self.X, 2) ** 2 / len(self.X)


class LeastSquares(Objective):
    """ℓ(z; y) = (z - y)², without a factor ½, so that ℓ'' = 2 and the Hessian is 2/N XᵀX."""

    curvature_bound = 2.0

    def loss(self, z):
        return (z - self.y) ** 2

    def slope(self, z):
        return 2 * (z - self.y)

    def curvature(self, z):
        return np.full_like(z, 2.0)

    def minimizer(self):
        """The w of least loss, shape (D,); the shortest one where there are many."""
        return np.linalg.lstsq(self.X, self.y)[0]

    def quadratic(self):
        """The same function as a `Quadratic`, whose cost does not grow with N."""
        w = self.minimizer()
        return Quadratic(self.hessian(w), minimizer=w, minimum=self.value(w))


class LogisticRegression(Objective):
    """ℓ(z; y) = log(1 + eᶻ) - yz, for labels y of 0 and 1.

    Raises
    ------
    ValueError
        A label other than 0 and 1.
    """

    curvature_bound = 0.25

    def __init__(self, X, y):
        super().__init__(X, y)
        wrong = self.y[(self.y != 0) & (self.y != 1)]
        if len(wrong):
            raise ValueError(f"y must hold labels 0 and 1, got {wrong[0]:g}")

    def loss(self, z):
        return np.logaddexp(0, z) - self.y * z

    def slope(self, z):
        return sigmoid(z) - self.y

    def curvature(self, z):
        return sigmoid(z) * sigmoid(-z)


class OneNeuron(Objective):
    """ℓ(z; y) = (σ(z) - y)², a network of one neuron. Not convex: ℓ'' changes its sign.

    Parameters
    ----------
    activation : "sigmoid" or "tanh", default "sigmoid"

    Raises
    ------
    ValueError
        Another activation.
    """

    def __init__(self, X, y, activation="sigmoid"):
        super().__init__(X, y)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {[*ACTIVATIONS]}, got {activation!r}")
        self.activation = activation

    def loss(self, z):
        s, _, _ = ACTIVATIONS[self.activation](z)
        return (s - self.y) ** 2

    def slope(self, z):
        s, first, _ = ACTIVATIONS[self.activation](z)
        return 2 * (s - self.y) * first

    def curvature(self, z):
        s, first, second = ACTIVATIONS[self.activation](z)
        return 2 * first**2 + 2 * (s - self.y) * second

    @property
    def curvature_bound(self):
        """An upper bound on |ℓ''| for these targets: the largest |residual| takes part in it."""
        lowest, first, second = {
            "sigmoid": (0.0, 1 / 4, 1 / (6 * np.sqrt(3))),
            "tanh": (-1.0, 1.0, 4 / (3 * np.sqrt(3))),
        }[self.activation]
        residual = np.maximum(np.abs(lowest - self.y), np.abs(1 - self.y)).max()
        return 2 * first**2 + 2 * residual * second


def sigmoid(z):
    """1 / (1 + e⁻ᶻ), without overflow."""
    return np.exp(-np.logaddexp(0, -z))


def _sigmoid_and_derivatives(z):
    s, complement = sigmoid(z), sigmoid(-z)
    return s, s * complement, s * complement * (complement - s)


def _tanh_and_derivatives(z):
    t = np.tanh(z)
    return t, 1 - t**2, -2 * t * (1 - t**2)


ACTIVATIONS = {"sigmoid": _sigmoid_and_derivatives, "tanh": _tanh_and_derivatives}
