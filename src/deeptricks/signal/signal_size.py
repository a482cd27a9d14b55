"""What theory expects of a deep random network: the size of the signal behind every layer."""

import math

import numpy as np

from deeptricks.signal.fixed_point import gaussian_moments


def signal_sizes(activation, weight_std, depth, mean_square=1.0):
    """The root mean square of the outputs of layers 1 … depth.

    A wide network with weights N(0, weight_std²/fan_in) and zero biases: by the central limit
    theorem a pre-activation is Gaussian with variance weight_std² times the mean square of the
    layer's inputs, and one integral gives the mean square of what the activation makes of it.

    activation: maps a tensor to a tensor, element by element; mean_square: of the inputs.
    Raises ValueError unless weight_std and mean_square are positive.
    Source: Poole et al., Exponential expressivity in deep neural networks through transient
    chaos, NIPS 2016, eq. 3.
    """
    sizes = []
    for _ in range(depth):
        mean, variance = gaussian_moments(activation, 0.0, weight_std**2 * mean_square)
        mean_square = mean**2 + variance
        sizes.append(math.sqrt(mean_square))
    return np.array(sizes)
