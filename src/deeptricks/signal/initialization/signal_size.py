"""What theory expects of a deep random network: the size of the signal behind every layer."""

import math
from collections.abc import Callable

import numpy as np
from torch import Tensor

from deeptricks.signal import gaussian


def signal_sizes(
    activation: Callable[[Tensor], Tensor],
    weight_std: float,
    depth: int,
    mean_square: float = 1.0,
) -> np.ndarray:
    """Predict the root mean square of the outputs of layers 1 … depth.

    A wide network with weights N(0, weight_std²/fan_in) and zero biases: by the central limit
    theorem a pre-activation is Gaussian with variance weight_std² times the mean square of the
    layer's inputs, and one integral gives the mean square of what the activation makes of it.

    Parameters
    ----------
    activation : callable
        Maps a tensor to a tensor, element by element.
    weight_std : float
        Of the weights, times √fan_in.
    depth : int
        How many layers.
    mean_square : float
        Of the inputs.

    Returns
    -------
    ndarray
        (depth,).

    Raises
    ------
    ValueError
        Unless weight_std and mean_square are positive.

    References
    ----------
    Poole et al., Exponential expressivity in deep neural networks through transient chaos,
    NIPS 2016, eq. 3.
    """
    sizes = []
    for _ in range(depth):
        mean_square = gaussian.mean_square(activation, weight_std**2 * mean_square)
        sizes.append(math.sqrt(mean_square))
    return np.array(sizes)
