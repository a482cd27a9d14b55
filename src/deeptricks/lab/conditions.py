"""What a claim asks of its measurement: an interval, and how a reader is told of it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

Bound = float | None


@dataclass(frozen=True)
class Condition:
    """Holds for finite values within ``low … high``; ``infinite`` lets +∞ hold as well."""

    text: str
    low: float = -math.inf
    high: float = math.inf
    infinite: bool = False

    def holds(self, value: float) -> bool:
        """Tell whether a value satisfies the condition.

        An overflow is not "at least 3" by accident, nor is an underflow "at most 3".
        """
        if math.isfinite(value):
            return self.low <= value <= self.high
        return self.infinite and value == math.inf


def condition(
    *,
    at_least: Bound = None,
    at_most: Bound = None,
    equals: Bound = None,
    between: tuple[float, float] | None = None,
    tolerance: float = 0.0,
    unit: str = "",
    infinite: bool = False,
) -> Condition:
    """Read the one condition that is given.

    Raises
    ------
    TypeError
        Unless exactly one of `at_least`, `at_most`, `equals`, `between` is given.
    ValueError
        If a bound is not a finite number, if `between` is empty, or if `tolerance` or `infinite`
        stand beside a condition that they do not belong to.
    """
    every: dict[str, Any] = {
        "at_least": at_least,
        "at_most": at_most,
        "equals": equals,
        "between": between,
    }
    given = {name: bound for name, bound in every.items() if bound is not None}
    if len(given) != 1:
        raise TypeError(f"give one of at_least, at_most, equals, between; got {list(given)}")
    ((name, bound),) = given.items()
    if np.shape(bound) != ((2,) if name == "between" else ()):
        allowed = "two numbers" if name == "between" else "a number"
        raise ValueError(f"{name} must be {allowed}, got {bound}")
    if not np.all(np.isfinite(np.asarray(bound, dtype=float))):
        raise ValueError(f"{name} must be finite, got {bound}")
    if tolerance < 0 or (tolerance and name != "equals"):
        raise ValueError(f"tolerance must be at least 0 and goes with equals, got {tolerance}")
    if infinite and name != "at_least":
        raise ValueError(f"infinite goes with at_least, not with {name}")
    if name == "at_least":
        return Condition(f"at least {rounded(bound, 4)}{unit}", low=bound, infinite=infinite)
    if name == "at_most":
        return Condition(f"at most {rounded(bound, 4)}{unit}", high=bound)
    if name == "equals":
        within = f" to within {rounded(tolerance, 4)}{unit}" if tolerance else ""
        return Condition(f"{rounded(bound, 4)}{unit}{within}", bound - tolerance, bound + tolerance)
    low, high = bound
    if low > high:
        raise ValueError(f"between must be (low, high), got {bound}")
    return Condition(f"between {rounded(low, 4)} and {rounded(high, 4)}{unit}", low, high)


def numbers(values: Any, argument: str) -> tuple[list[float], bool]:
    """Return the values as floats, and whether there are several.

    `values` is a number, a list, an array, a series, a tensor, or a mapping of names to numbers.

    Raises
    ------
    ValueError
        For an empty array or one of two and more dimensions.
    TypeError
        For complex numbers.
    """
    if isinstance(values, Mapping):
        values = list(values.values())
    if isinstance(values, torch.Tensor):
        values = values.tolist()
    elif isinstance(values, list | tuple):
        values = [v.tolist() if isinstance(v, torch.Tensor) else v for v in values]
    if np.iscomplexobj(values):
        raise TypeError(f"{argument} must be real, got {values}")
    array = np.asarray(values, dtype=float)
    if array.ndim > 1 or array.size == 0:
        raise ValueError(f"{argument} must be a number or a 1-D array, got shape {array.shape}")
    return np.atleast_1d(array).tolist(), array.ndim == 1


def short(value: float, digits: str = "g") -> str:
    """Write a number with a true minus sign, and none before a zero; whole ones as 61,100,840."""
    if digits == "g" and float(value).is_integer() and 1e4 <= abs(value) < 1e13:
        digits = ",.0f"
    return f"{value:z{digits}}".replace("-", "−")


def rounded(value: float, digits: int = 3) -> str:
    """Write a number to so many digits; a whole one as it is, one below ten million in full."""
    if float(value).is_integer():
        return short(value)
    value = float(f"{value:.9g}")  # the last bits differ between machines, and may not tip a half
    near = float(f"{value:.{digits}g}")
    return short(near) if abs(near) < 1e7 else short(value, f".{digits}g")
