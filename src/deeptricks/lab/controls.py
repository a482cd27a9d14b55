"""The settings that a figure offers to its reader: a `Slider` or a `Choice` for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Control:
    """A setting that the reader may choose; values may be anything, for they go by their place.

    Parameters
    ----------
    label
        What the reader chooses.
    values
        The values on offer; each must read differently.
    start
        The index of the value at the start.

    Raises
    ------
    ValueError
        If there are no values, if two read the same, or if there is no value at `start`.
    """

    label: str
    values: Sequence[Any]
    start: int = 0
    texts: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", [self.text(v) for v in self.values])
        if not self.texts:
            raise ValueError(f"values of {self.label!r} must not be empty")
        if len(set(self.texts)) < len(self.texts):
            raise ValueError(f"values of {self.label!r} must read differently, got {self.texts}")
        if not 0 <= self.start < len(self.texts):
            raise ValueError(
                f"start of {self.label!r} must be 0 … {len(self.texts) - 1}, got {self.start}"
            )

    def text(self, value: Any) -> str:
        """Write a value as the reader sees it."""
        return str(value)


@dataclass(frozen=True)
class Slider(Control):
    """A row of values to slide through, shown with `format`."""

    format: str = "{:g}"

    def text(self, value: Any) -> str:
        """Write a value as the reader sees it."""
        return self.format.format(value)


@dataclass(frozen=True)
class Choice(Control):
    """A few options side by side."""
