"""Arguments are checked where a user passes them; each message names the argument and its value."""

import math
from numbers import Real

import torch


def check_probability(**arguments: float) -> None:
    """Raise ValueError for the first argument that is not a number in [0, 1]."""
    for name, value in arguments.items():
        if not isinstance(value, Real) or not 0 <= value <= 1:
            raise ValueError(f"{name} must be a probability between 0 and 1, got {value!r}")


def check_whole(least: int, **arguments: float) -> None:
    """Raise ValueError for the first argument that is no whole number of at least `least`."""
    for name, value in arguments.items():
        if not isinstance(value, Real) or not least <= value < math.inf or value != value // 1:
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def check_positive(**arguments: float) -> None:
    """Raise ValueError for the first argument that is not a finite number above 0."""
    for name, value in arguments.items():
        if not isinstance(value, Real) or not 0 < value < math.inf:
            raise ValueError(f"{name} must be a finite number above 0, got {value!r}")


def check_at_least_zero(**arguments: float) -> None:
    """Raise ValueError for the first argument that is not a finite number of at least 0."""
    for name, value in arguments.items():
        if not isinstance(value, Real) or not 0 <= value < math.inf:
            raise ValueError(f"{name} must be a finite number of at least 0, got {value!r}")


def check_generator(generator: torch.Generator | None) -> None:
    """Raise TypeError unless it is a generator of torch, or None for the global one."""
    if generator is not None and not isinstance(generator, torch.Generator):
        raise TypeError(f"generator must be a torch.Generator or None, got {generator!r}")


def check_images(images: torch.Tensor) -> None:
    """Raise TypeError or ValueError unless these are floating-point images (N, C, H, W)."""
    if not isinstance(images, torch.Tensor) or not images.is_floating_point():
        kind = getattr(images, "dtype", type(images).__name__)
        raise TypeError(f"images must be a floating-point tensor, got {kind}")
    if images.dim() != 4:
        raise ValueError(f"images must have the shape (N, C, H, W), got {tuple(images.shape)}")
