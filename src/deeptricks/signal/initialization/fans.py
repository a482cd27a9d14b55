"""What an initializer needs to know: how many numbers a unit sums, what its activation loses."""

import math
from numbers import Real

from torch import Tensor

GAINS = {
    **dict.fromkeys(("linear", "conv1d", "conv2d", "conv3d"), 1.0),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), 1.0),
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "selu": 3 / 4,
}


def fans(weight: Tensor) -> tuple[int, int]:
    """Count how many numbers one output sums, and how many outputs one input feeds.

    Parameters
    ----------
    weight : Tensor
        (D_out, D_in) of a linear layer, (C_out, C_in / groups, *kernel) of a convolution, where
        every position of the kernel counts.

    Returns
    -------
    tuple of int
        (fan_in, fan_out).

    Raises
    ------
    ValueError
        For fewer than two dimensions: a bias has no fan.
    """
    if weight.dim() < 2:
        raise ValueError(
            f"weight must have at least 2 dimensions to have fans, got shape {tuple(weight.shape)}"
        )
    units_out, units_in, *kernel = weight.shape
    return units_in * math.prod(kernel), units_out * math.prod(kernel)


def fan(weight: Tensor, mode: str) -> int:
    """Pick one of the two `fans`: mode is "fan_in" or "fan_out", a ValueError otherwise."""
    modes = ("fan_in", "fan_out")
    if mode.lower() not in modes:
        raise ValueError(f"mode must be one of {', '.join(modes)}, got {mode!r}")
    return fans(weight)[modes.index(mode.lower())]


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Tell by how much weights must exceed 1/√fan_in to make up for the activation behind them.

    Equal to `torch.nn.init.calculate_gain`. √2 for ReLU and √(2/(1 + slope²)) for leaky ReLU keep
    the mean square exactly. The values of tanh (5/3) and SELU (3/4) are the framework's, from
    experience; to keep SELU's fixed point take "linear" (Klambauer et al. 2017).

    Parameters
    ----------
    nonlinearity : str
        A name from `torch.nn.functional`.
    param : float, optional
        The slope of a leaky ReLU on its negative side, 0.01 by default.

    Returns
    -------
    float
        The gain.

    Raises
    ------
    ValueError
        For an unknown nonlinearity or a slope that is not a number.

    References
    ----------
    He, Zhang, Ren and Sun, Delving deep into rectifiers, ICCV 2015, eq. 10 and 14.
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, Real):
            raise ValueError(f"param must be the negative slope, a number, got {param!r}")
        return math.sqrt(2 / (1 + float(slope) ** 2))
    if nonlinearity not in GAINS:
        known = ", ".join([*GAINS, "leaky_relu"])
        raise ValueError(f"nonlinearity must be one of {known}, got {nonlinearity!r}")
    return GAINS[nonlinearity]
