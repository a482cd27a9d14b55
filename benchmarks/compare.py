"""Two ways to do the same thing, timed in turn within one run, so that only the ratio is reported.

Absolute times move with the machine and its mood; the ratio of two calls a few milliseconds apart
hardly does. Each round times both, in random order, and gives one ratio.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from time import perf_counter

import numpy as np

SHORTEST = 0.01  # seconds that one timing should last; shorter calls are repeated within it


@dataclass(frozen=True)
class Pair:
    """Ours and a counterpart, as calls without arguments that return the same numbers."""

    name: str
    ours: Callable[[], object]
    theirs: Callable[[], object]
    counterpart: str
    tolerance: float = 1e-8


class Tensors:
    """Tensors that become one array only when they are looked at, outside of the timing."""

    def __init__(self, *tensors):
        self.tensors = tensors

    def __array__(self, dtype=None, copy=None):
        flat = [tensor.detach().flatten().cpu().numpy() for tensor in self.tensors]
        return np.concatenate(flat).astype(dtype)


@dataclass(frozen=True)
class Timing:
    """Seconds a call in each round, both of shape (rounds,)."""

    ours: np.ndarray
    theirs: np.ndarray

    @property
    def ratios(self) -> np.ndarray:
        """Our time over theirs, one a round: below 1 we are faster."""
        return self.ours / self.theirs


def check_equal(pair: Pair) -> None:
    """Raise ValueError where the two do not return the same numbers: no race between strangers."""
    ours, theirs = (np.asarray(call(), dtype=float) for call in (pair.ours, pair.theirs))
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=0, atol=pair.tolerance):
        raise ValueError(f"{pair.name}: ours and {pair.counterpart} differ, nothing to compare")


def measure(pair: Pair, rounds: int = 30, seed: int = 0) -> Timing:
    """Time both in each of `rounds` rounds, in random order, after one round to warm up."""
    if rounds < 2:
        raise ValueError(f"rounds must be at least 2, got {rounds!r}")
    order = random.Random(seed)
    calls = [pair.ours, pair.theirs]
    repeats = [_repeats(call) for call in calls]
    seconds = np.empty((2, rounds))
    for column in range(rounds):
        for row in order.sample((0, 1), 2):
            seconds[row, column] = _seconds(calls[row], repeats[row])
    return Timing(*seconds)


@dataclass(frozen=True)
class Row:
    """One line of a table, in the words that are printed."""

    name: str
    ours: str
    theirs: str
    ratio: str
    spread: str
    counterpart: str


HEADER = Row("what", "ours", "theirs", "ours/theirs", "middle 80 %", "beside")


def race(pairs: Iterable[Pair], rounds: int) -> Iterator[Row]:
    """Check and measure each pair; its row as soon as it is known."""
    for pair in pairs:
        check_equal(pair)
        timing = measure(pair, rounds)
        low, middle, high = np.quantile(timing.ratios, [0.1, 0.5, 0.9])
        ours, theirs = (f"{np.median(t) * 1e3:.2f} ms" for t in (timing.ours, timing.theirs))
        spread = f"{low:.2f} to {high:.2f}"
        yield Row(pair.name, ours, theirs, f"{middle:.2f}", spread, pair.counterpart)


def as_text(row: Row) -> str:
    """One line for a terminal."""
    return "{:46}{:>10}{:>10}{:>14}{:>16}   {}".format(*astuple(row))


def as_markdown(rows: Iterable[Row]) -> str:
    """A table for the book."""
    lines = [astuple(HEADER), ("---", *["--:"] * 4, "---"), *map(astuple, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _repeats(call) -> int:
    return max(1, round(SHORTEST / max(_seconds(call, 1), 1e-7)))


def _seconds(call, repeats: int) -> float:
    start = perf_counter()
    for _ in range(repeats):
        call()
    return (perf_counter() - start) / repeats
