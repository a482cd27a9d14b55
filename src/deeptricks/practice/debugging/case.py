"""A case under examination: the set-up, its data once read, its start, the time that is left."""

import math
import time
from dataclasses import dataclass, field
from typing import Any

import torch

from deeptricks.practice.debugging.finding import Check, Finding, Note
from deeptricks.practice.debugging.setup import Setup
from deeptricks.practice.debugging.snapshot import Snapshot
from deeptricks.practice.debugging.tensors import first_tensor

SURE = 0.9  # from this confidence on a finding is taken for a fact


class Clock:
    """Counts down the seconds given."""

    def __init__(self, seconds: float) -> None:
        self.start, self.seconds = time.perf_counter(), seconds

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.start

    @property
    def left(self) -> float:
        """Seconds that are left, not below zero."""
        return max(0.0, self.seconds - self.spent)


@dataclass
class Case:
    """What every probe gets to see.

    Attributes
    ----------
    data
        Batches of the first epoch, as many as were read.
    axis, y_axis
        Axis of the samples in x, in y and in the output.
    kind
        What the targets are: "classes" (whole numbers, an output per class), "binary" (0/1 for
        each output), "values" (real numbers), "other".
    output
        What the model puts out for the first batch, before any training.
    chance, floor
        The loss of the best constant output, and of the best outputs whatever.
    numbers
        Whatever probes measured, by name, for later probes.
    """

    setup: Setup
    snapshot: Snapshot
    clock: Clock
    seed: int = 0
    data: list[tuple[Any, Any]] = field(default_factory=list)
    val: list[tuple[Any, Any]] = field(default_factory=list)
    axis: int = 0
    y_axis: int = 0
    kind: str = "other"
    output: Any = None
    chance: float = math.nan
    floor: float = math.nan
    numbers: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def found(self, *codes: str) -> bool:
        """Whether one of `codes` was found, or anything for sure if none is named."""
        if not codes:
            return any(f.confidence >= SURE and f.severity != "minor" for f in self.findings)
        return any(finding.code in codes for finding in self.findings)

    def note(self, about: str, text: str, **measured: Any) -> None:
        """Write down what is unusual but no fault."""
        self.notes.append(Note(about, text, measured))

    @property
    def x(self) -> Any:
        """Inputs of the first batch, on the model's device."""
        return self.setup.moved(self.data[0][0])

    @property
    def y(self) -> Any:
        """Targets of the first batch, on the model's device."""
        return self.setup.moved(self.data[0][1])

    def pooled_targets(self) -> torch.Tensor | None:
        """Targets of all batches read, in the author's order; None where they are tuples."""
        parts = [y for _, y in self.data if isinstance(y, torch.Tensor)]
        if len(parts) != len(self.data) or not parts:
            return None
        if parts[0].ndim == 0:
            return torch.stack(parts)
        shapes = {tuple(p.movedim(self.y_axis, 0).shape[1:]) for p in parts}
        return torch.cat(parts, self.y_axis) if len(shapes) == 1 else None

    def batch_size(self) -> int:
        """Return the number of samples in the first batch."""
        first = first_tensor(self.data[0][1])
        return int(first.shape[self.y_axis]) if first is not None and first.ndim else 1
