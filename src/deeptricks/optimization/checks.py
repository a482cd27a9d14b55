"""Arguments are checked where a user passes them; each message names the argument and its value."""

import math
from numbers import Real


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
