"""What theory expects of a deep random network: the gradient's factor at every layer."""

import math

import numpy as np
import torch


def gradient_factors(activation, weight_std, depth, variance=1.0):
    """The factor by which the gradient's root mean square changes from layer to layer.

    A wide network whose weights are N(0, weight_std²/width), without biases: its
    pre-activations are Gaussian with variance q, then weight_std² E[φ(z)²], and so on; one step
    back multiplies the mean square of the gradient by weight_std² E[φ'(z)²].

    activation: maps a tensor to a tensor, element by element. variance: of the first layer's
    pre-activations. Returns `depth − 1` factors: [i] is between layers i + 1 and i + 2, counted
    from the inputs.
    Source: Poole et al., Exponential expressivity in deep neural networks through transient
    chaos, NIPS 2016; Schoenholz et al., Deep information propagation, ICLR 2017.
    """
    factors = []
    for _ in range(depth - 1):
        z = math.sqrt(variance) * NODES
        slope = torch.func.vmap(torch.func.grad(activation))(z)
        factors.append(weight_std * math.sqrt(WEIGHTS @ slope**2))
        variance = weight_std**2 * float(WEIGHTS @ activation(z) ** 2)
    return np.array(factors)


def standard_normal(points=4001, end=8.0):
    """Points and weights that average a function over N(0, 1): a fine grid, for steep functions."""
    grid = torch.linspace(-end, end, points, dtype=torch.float64)
    weights = torch.exp(-(grid**2) / 2)
    return grid, weights / weights.sum()


NODES, WEIGHTS = standard_normal()
