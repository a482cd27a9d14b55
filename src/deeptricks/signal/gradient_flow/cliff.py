"""The smallest recurrent network with a cliff: one unit, no input, fifty steps."""

import numpy as np
from numpy.typing import ArrayLike


def one_unit_loss(
    w: ArrayLike, b: ArrayLike, steps: int = 50, start: float = 0.5, target: float = 0.7
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Run x ← w σ(x) + b from `start`; its squared error, and the derivatives by w and by b.

    This loss is ours, after the figure of Pascanu et al., who compare σ(x), not x, with 0.7.

    The derivatives travel forward with x: each step adds its own share and multiplies what came
    before by w σ'(x).

    Parameters
    ----------
    w, b : array_like
        Numbers or arrays of one shape.
    steps : int
        How often the unit is applied.
    start, target : float
        The first x, and what the last one should be.

    Returns
    -------
    tuple of ndarray
        Three of the shape of `w`: error², its derivative by w, its derivative by b.

    References
    ----------
    Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks,
    ICML 2013 (the picture of a cliff over two parameters).
    """
    x = np.full(np.shape(w), start)
    x_by_w, x_by_b = np.zeros_like(x), np.zeros_like(x)
    for _ in range(steps):
        squashed = 1 / (1 + np.exp(-x))
        factor = w * squashed * (1 - squashed)
        x_by_w, x_by_b = squashed + factor * x_by_w, 1 + factor * x_by_b
        x = w * squashed + b
    error = x - target
    return error**2, 2 * error * x_by_w, 2 * error * x_by_b
