"""The smallest recurrent network with a cliff: one unit, no input, fifty steps."""

import numpy as np


def one_unit_loss(w, b, steps=50, start=0.5, target=0.7):
    """Squared error of x after `steps` of x ← w σ(x) + b, and its derivatives by w and by b.

    w, b: numbers or arrays of one shape; returns three of that shape. The derivatives travel
    forward with x: each step adds its own share and multiplies what came before by w σ'(x).
    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural
    networks, ICML 2013, figure 6.
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
