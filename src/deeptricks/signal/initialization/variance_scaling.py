"""Xavier, He, LeCun: random weights whose variance is set by the layer's fans.

All of them are one formula, std = gain / √fan. They differ in the fan, the gain and the shape of
the distribution. Each fills a weight (D_out, D_in) or (C_out, C_in, *kernel) in place and returns
it; with the same generator, or the same global seed, the draws are those of `torch.nn.init`. Fewer
than two dimensions raise a ValueError.
"""

import math
import warnings

from torch import Generator, Tensor

from deeptricks.signal.initialization.fans import calculate_gain, fan, fans
from deeptricks.signal.initialization.fills import normal_, uniform_


def xavier_normal_(
    tensor: Tensor,
    gain: float = 1.0,
    generator: Generator | None = None,
) -> Tensor:
    """Gaussian, std = gain · √(2/(fan_in + fan_out)): between what signal and gradient want.

    References
    ----------
    X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward neural
    networks, AISTATS 2010, eq. 12.
    """
    return normal_(tensor, 0.0, xavier_std(tensor, gain), generator)


def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Uniform in ±gain · √(6/(fan_in + fan_out)): the same deviation as `xavier_normal_`.

    References
    ----------
    X. Glorot and Y. Bengio, 2010, eq. 16, the "normalized initialization".
    """
    bound = math.sqrt(3) * xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Gaussian, std = gain/√fan, with the gain that makes up for a rectifier: √(2/(1 + a²)).

    Warns and does nothing if the tensor is empty.

    Parameters
    ----------
    tensor : Tensor
        The weight.
    a : float
        Slope of the leaky ReLU on its negative side.
    mode : {"fan_in", "fan_out"}
        "fan_in" keeps the size of the signal, "fan_out" that of the gradient.
    nonlinearity : str
        See `calculate_gain`.
    generator : torch.Generator, optional
        Where the draws come from.

    Raises
    ------
    ValueError
        For another mode or nonlinearity.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, Delving deep into rectifiers, ICCV 2015, eq. 10 and 14.
    """
    if is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, kaiming_std(tensor, a, mode, nonlinearity), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Uniform in ±gain · √(3/fan): the same deviation, arguments and errors as `kaiming_normal_`.

    With a = √5 the bound is 1/√fan_in: how `torch.nn.Linear` and the convolutions start.
    """
    if is_empty(tensor):
        return tensor
    bound = math.sqrt(3) * kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def lecun_normal_(tensor: Tensor, generator: Generator | None = None) -> Tensor:
    """Gaussian, std = 1/√fan_in: a unit keeps the mean square of its inputs; for SELU.

    No counterpart in torch; the draws are those of `kaiming_normal_(nonlinearity="linear")`.
    Warns and does nothing if the tensor is empty.

    References
    ----------
    Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, Efficient BackProp, 1998, eq. 16.
    """
    return kaiming_normal_(tensor, nonlinearity="linear", generator=generator)


def xavier_std(weight: Tensor, gain: float) -> float:
    """Return gain · √(2/(fan_in + fan_out))."""
    return gain * math.sqrt(2 / sum(fans(weight)))


def kaiming_std(weight: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """Return gain / √fan."""
    return calculate_gain(nonlinearity, a) / math.sqrt(fan(weight, mode))


def is_empty(tensor: Tensor) -> bool:
    """Whether there is nothing to fill, which is worth a warning."""
    if tensor.numel():
        return False
    shape = tuple(tensor.shape)
    warnings.warn(f"nothing to initialize: the tensor has shape {shape}", stacklevel=3)
    return True
