"""Objectives of classifiers: logistic regression, and a network of one neuron."""

import numpy as np
from numpy.typing import ArrayLike

from deeptricks.inputs.scaling.objectives import Objective


class LogisticRegression(Objective):
    """ℓ(z; y) = log(1 + eᶻ) - yz, for labels y of 0 and 1.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Samples are rows.
    y : array_like, shape (N,)
        Labels.

    Raises
    ------
    ValueError
        A label other than 0 and 1.
    """

    curvature_bound = 0.25

    def __init__(self, X: ArrayLike, y: ArrayLike) -> None:
        super().__init__(X, y)
        wrong = self.y[(self.y != 0) & (self.y != 1)]
        if len(wrong):
            raise ValueError(f"y must hold labels 0 and 1, got {wrong[0]:g}")

    def loss(self, z: np.ndarray) -> np.ndarray:
        """log(1 + eᶻ) - yz, without overflow."""
        return np.logaddexp(0, z) - self.y * z

    def slope(self, z: np.ndarray) -> np.ndarray:
        """σ(z) - y."""
        return sigmoid(z) - self.y

    def curvature(self, z: np.ndarray) -> np.ndarray:
        """σ(z) (1 - σ(z))."""
        return sigmoid(z) * sigmoid(-z)


class OneNeuron(Objective):
    """ℓ(z; y) = (σ(z) - y)², a network of one neuron. Not convex: ℓ'' changes its sign.

    Parameters
    ----------
    X : array_like, shape (N, D)
        Samples are rows.
    y : array_like, shape (N,)
        Targets.
    activation : "sigmoid" or "tanh", default "sigmoid"
        σ.

    Raises
    ------
    ValueError
        Another activation.
    """

    def __init__(self, X: ArrayLike, y: ArrayLike, activation: str = "sigmoid") -> None:
        super().__init__(X, y)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {[*ACTIVATIONS]}, got {activation!r}")
        self.activation = activation

    def loss(self, z: np.ndarray) -> np.ndarray:
        """(σ - y)²."""
        s, _, _ = ACTIVATIONS[self.activation](z)
        return (s - self.y) ** 2

    def slope(self, z: np.ndarray) -> np.ndarray:
        """2 (σ - y) σ'."""
        s, first, _ = ACTIVATIONS[self.activation](z)
        return 2 * (s - self.y) * first

    def curvature(self, z: np.ndarray) -> np.ndarray:
        """2 σ'² + 2 (σ - y) σ''."""
        s, first, second = ACTIVATIONS[self.activation](z)
        return 2 * first**2 + 2 * (s - self.y) * second

    @property
    def curvature_bound(self) -> float:  # type: ignore[override]
        """An upper bound on abs(ℓ'') for these targets, by way of the largest residual."""
        lowest, first, second = {
            "sigmoid": (0.0, 1 / 4, 1 / (6 * np.sqrt(3))),
            "tanh": (-1.0, 1.0, 4 / (3 * np.sqrt(3))),
        }[self.activation]
        residual = np.maximum(np.abs(lowest - self.y), np.abs(1 - self.y)).max()
        return 2 * first**2 + 2 * residual * second


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ᶻ), without overflow.

    Parameters
    ----------
    z : ndarray of any shape

    Returns
    -------
    ndarray of the same shape
    """
    return np.exp(-np.logaddexp(0, -z))


def _sigmoid_and_derivatives(z):
    s, complement = sigmoid(z), sigmoid(-z)
    return s, s * complement, s * complement * (complement - s)


def _tanh_and_derivatives(z):
    t = np.tanh(z)
    return t, 1 - t**2, -2 * t * (1 - t**2)


ACTIVATIONS = {"sigmoid": _sigmoid_and_derivatives, "tanh": _tanh_and_derivatives}
