"""Arguments are checked where a user passes them; each message names the argument and its value."""

import math
from numbers import Real

import torch
from torch import Tensor


def check_one_number(name: str, value: float | Tensor) -> None:
    """Raise ValueError for a tensor of none or of several numbers."""
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError(f"{name} must be one number, got a tensor of shape {value.shape}")


def check_at_least_zero(**arguments: float | Tensor) -> None:
    """Raise ValueError for the first argument that is negative, NaN or no single number."""
    for name, value in arguments.items():
        check_one_number(name, value)
        if not value >= 0.0:  # so that NaN is refused too
            raise ValueError(f"{name} must be at least 0, got {value}")


def check_below_one(**arguments: float | Tensor) -> None:
    """Raise ValueError for the first argument that does not lie in [0, 1)."""
    for name, value in arguments.items():
        check_one_number(name, value)
        if not 0.0 <= value < 1.0:
            raise ValueError(f"{name} must be at least 0 and below 1, got {value}")


def check_whole(least: int, **arguments: float) -> None:
    """Raise ValueError for the first argument that is no whole number of at least `least`."""
    for name, value in arguments.items():
        if not isinstance(value, Real) or value != value // 1 or not least <= value < math.inf:
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def check_positive(**arguments: float) -> None:
    """Raise ValueError for the first argument that is not a finite number above 0."""
    for name, value in arguments.items():
        if not isinstance(value, Real) or not 0 < value < math.inf:
            raise ValueError(f"{name} must be a finite number above 0, got {value!r}")


def check_not_negative(**arguments: float) -> None:
    """Raise ValueError for the first argument that is not a finite number of at least 0."""
    for name, value in arguments.items():
        if not isinstance(value, Real) or not 0 <= value < math.inf:
            raise ValueError(f"{name} must be a finite number of at least 0, got {value!r}")


def check_ways_of_running(*, foreach, fused, capturable=False, differentiable=False) -> None:
    """Of the framework's switches, those that choose a speed are accepted and mean nothing here.

    `foreach` and `fused` choose among implementations with one result; blocks take their place.
    Raises ValueError where a switch asks for something that blocks cannot do.
    """
    for name, value in {"capturable": capturable, "differentiable": differentiable}.items():
        if value:
            raise ValueError(f"{name} must be False, got {value}: use torch.optim for it")
    if foreach and fused:
        raise RuntimeError("foreach and fused must not both be True")


def scalar_type() -> torch.dtype:
    """The type in which the framework counts steps."""
    return torch.float64 if torch.get_default_dtype() == torch.float64 else torch.float32
