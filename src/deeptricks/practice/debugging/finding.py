"""What a checkup says: a finding with its evidence and its cure, a note, and a check that ran."""

import math
from dataclasses import dataclass, field
from typing import Any

from deeptricks.practice.debugging.plain import plain

SEVERITIES = ("fatal", "major", "minor")
STATES = ("passed", "failed", "skipped")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, what shows it, and what cures it.

    Attributes
    ----------
    code
        Which fault, such as ``"optimizer.lr_too_high"``; the catalog stands in `codes`.
    severity
        ``"fatal"`` (it cannot learn like this), ``"major"`` (it learns much less than it could)
        or ``"minor"``.
    confidence
        Between 0 and 1: how far the measurement lies from what a healthy network gives.
    evidence
        A sentence with the numbers measured and what was expected.
    measured, expected
        The same numbers by name.
    cure, cure_code
        A sentence, and a line of code.
    where
        Names of modules or parameters, the index of a batch or of a column.
    because_of
        The code of the finding that explains this one, or None.
    read
        The chapter of the book, such as ``"optimization/schedules"``.
    curves
        What a figure of this finding shows: numbers by name, along steps or layers. A curve whose
        name begins with "expected" is drawn as the gray line that the others are held against.
    curve_axis
        What the curves run along: ``"step"``, ``"layer"``, …; a figure's axis says it.
    """

    code: str
    severity: str
    confidence: float
    evidence: str
    measured: dict[str, Any]
    expected: dict[str, Any]
    cure: str
    cure_code: str
    where: tuple[str, ...] = ()
    because_of: str | None = None
    read: str = "practice/debugging"
    curves: dict[str, list[float]] = field(default_factory=dict)
    curve_axis: str = "step"

    def __post_init__(self) -> None:
        """Check what a reader of the report relies on."""
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity must be one of {SEVERITIES}, got {self.severity!r}")
        if not 0 <= self.confidence <= 1 or math.isnan(self.confidence):
            raise ValueError(f"confidence must be between 0 and 1, got {self.confidence!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as a dictionary of plain values."""
        return plain(self)


@dataclass(frozen=True)
class Note:
    """Something unusual that is no fault: a frozen backbone, tied weights, label noise."""

    about: str
    text: str
    measured: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the note as a dictionary of plain values."""
        return plain(self)


@dataclass(frozen=True)
class Check:
    """A check that ran or was left out: its state, why, its numbers, its seconds."""

    name: str
    state: str
    reason: str = ""
    numbers: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Check the state."""
        if self.state not in STATES:
            raise ValueError(f"state must be one of {STATES}, got {self.state!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return the check as a dictionary of plain values."""
        return plain(self)
