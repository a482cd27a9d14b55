"""What theory expects of a deep random network: the gradient's factor at every layer."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from deeptricks.signal.gaussian import mean_square


def gradient_factors(
    activation: Callable[[Tensor], Tensor],
    weight_std: float,
    depth: int,
    variance: float = 1.0,
) -> np.ndarray:
    """Predict by what factor each layer changes the gradient's root mean square.

    A wide network whose weights are N(0, weight_std²/width), without biases: with z ~ N(0, q),

        α² = weight_std² E[φ'(z)²]    one layer back
        q ← weight_std² E[φ(z)²]      one layer forward

    Parameters
    ----------
    activation : callable
        Maps a tensor to a tensor, element by element.
    weight_std : float
        Of the weights, times √width.
    depth : int
        How many layers.
    variance : float
        Of the first layer's pre-activations.

    Returns
    -------
    ndarray
        (depth − 1,): [i] is between layers i + 1 and i + 2, counted from the inputs.

    References
    ----------
    Poole et al., Exponential expressivity in deep neural networks through transient chaos,
    NIPS 2016; Schoenholz et al., Deep information propagation, ICLR 2017.
    """
    slope = torch.func.vmap(torch.func.grad(activation))
    factors = []
    for _ in range(depth - 1):
        factors.append(weight_std * math.sqrt(mean_square(slope, variance)))
        variance = weight_std**2 * mean_square(activation, variance)
    return np.array(factors)
