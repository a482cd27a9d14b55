"""`claim`: a sentence, the measurement that it rests on, and whether the one holds the other.

A claim never raises because it fails. It shows what happened and records it; the test suite fails
on a record that does not hold, and the ledger page gathers all records.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from deeptricks.lab.conditions import Bound, condition, numbers, rounded, short
from deeptricks.lab.display import publish
from deeptricks.lab.wording import amount, as_html, as_text, span

CLAIM_MIME = "application/vnd.deeptricks.claim+json"
KINDS = ("identity", "measurement", "replication")
VERDICTS = ("replicated", "direction only", "not replicated", "not comparable")


def claim(
    sentence: str,
    measured: ArrayLike | Mapping[str, float],
    *,
    at_least: Bound = None,
    at_most: Bound = None,
    equals: Bound = None,
    between: tuple[float, float] | None = None,
    tolerance: float = 0.0,
    against: ArrayLike | None = None,
    holds_in: int | None = None,
    over: str | None = None,
    infinite: bool = False,
    unit: str = "",
    digits: int | None = None,
    kind: str | None = None,
    source: str | None = None,
    cite: str | None = None,
    published: str | None = None,
    verdict: str | None = None,
) -> None:
    """State a sentence, check it against a measurement, show and record the result.

    Parameters
    ----------
    sentence
        What the reader is to believe, with the conditions under which it was found.
    measured
        A number, a 1-D array with one value per seed, or a dict with one value for each named part
        ({"output": 2e-16, "gradient": 0.0}), which the reader can unfold. NaN never holds.
    at_least, at_most, equals, between
        The condition, exactly one; its bounds belong to it. `between` is a pair (low, high).
    tolerance
        How far from `equals` a value may lie.
    against
        The null: the value, or values, that one would see if nothing were there (a ratio of 1, a
        difference of 0, chance). A claim whose condition a null satisfies fails: it proves nothing.
    holds_in
        How many of the values must satisfy the condition (default: all).
    over
        What the values run over: "widths", "starts", "methods", "splits". Default: "seeds", or
        "comparisons" for the parts of a dict.
    infinite
        With `at_least`: +∞ (never arrived, diverged) holds too. Otherwise no infinite value does.
    unit
        Follows the number as it stands, e.g. ``" %"`` or ``"×"``.
    digits
        Significant digits of the mean that are the same on every machine. Given, the plain text
        (which tests compare) shows it; otherwise the plain text shows the condition alone.
    kind
        "identity" (holds exactly, in mathematics: shown as one line that unfolds), "measurement"
        (the default without a source) or "replication" (the default with one).
    source, cite, published
        Where the sentence comes from, for people ("LeCun et al. 1998, §4.3"); its key in the
        references; the source's own number.
    verdict
        What became of the source's claim, for a replication: "replicated" (the default), "direction
        only", "not replicated", or "not comparable"; the sentence says what differs.

    Raises
    ------
    TypeError
        Unless there is exactly one condition.
    ValueError
        For values out of range, or a verdict on what is not a replication.
    """
    asked = condition(
        at_least=at_least,
        at_most=at_most,
        equals=equals,
        between=between,
        tolerance=tolerance,
        unit=unit,
        infinite=infinite,
    )
    parts = [str(name) for name in measured] if isinstance(measured, Mapping) else None
    values, several = numbers(measured, "measured")
    n = len(values) if several else None
    over = over or ("comparisons" if parts else "seeds")
    needed = _needed(holds_in, n, over)
    if parts and digits is not None:
        raise ValueError("digits are of a mean, which the parts of a dict do not have")
    kind, verdict = _kind(kind, source, cite, published, verdict)
    nulls = _nulls(against)
    excluded = not any(map(asked.holds, nulls)) if nulls else None
    count = sum(map(asked.holds, values))
    mean, sd = _moments(values)
    record = {
        "sentence": sentence,
        "kind": kind,
        "condition": asked.text,
        "against": nulls,
        "null": _as_words(nulls) + unit if nulls else None,
        "null_excluded": excluded,
        "measured": [v if math.isfinite(v) else None for v in values],
        "parts": parts,
        "over": over,
        "n": n,
        "mean": mean if math.isfinite(mean) else None,
        "sd": sd,
        "unit": unit,
        "count": count,
        "needed": needed,
        "held": count >= needed and excluded is not False,
        "value": span(values, unit) if parts else amount(mean, sd, unit),
        "source": source,
        "cite": cite,
        "published": published,
        "verdict": verdict,
    }
    stable = None if digits is None else f"{short(mean, f'.{digits}g')}{unit}"
    publish(
        {
            "text/plain": as_text(record, stable),
            "text/html": as_html(record),
            CLAIM_MIME: record,
        }
    )


def _needed(holds_in: int | None, n: int | None, over: str) -> int:
    if holds_in is None:
        return n or 1
    if n is None or not 1 <= holds_in <= n:
        raise ValueError(f"holds_in must be 1 … number of {over} ({n}), got {holds_in}")
    return int(holds_in)


def _kind(
    kind: str | None,
    source: str | None,
    cite: str | None,
    published: str | None,
    verdict: str | None,
) -> tuple[str, str | None]:
    """Settle the kind, and the verdict, which only a replication has."""
    if source is None and (cite, published, verdict) != (None, None, None):
        raise ValueError("cite, published and verdict need a source")
    kind = kind or ("replication" if source else "measurement")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    if kind != "replication":
        if verdict is not None:
            raise ValueError(f"a verdict is for a replication, got {verdict!r} for kind {kind!r}")
        return kind, None
    if source is None:
        raise ValueError("a replication needs a source")
    verdict = verdict or "replicated"
    if verdict not in VERDICTS:
        raise ValueError(f"verdict must be one of {', '.join(VERDICTS)}, got {verdict!r}")
    return kind, verdict


def _as_words(nulls: list[float]) -> str:
    """Write nulls to three digits, each once; of more than three, the least and the largest."""
    digits = dict.fromkeys(rounded(null) for null in sorted(nulls))
    few = len(digits) <= 3
    return " or ".join(digits) if few else f"{next(iter(digits))} … {[*digits][-1]}"


def _nulls(against: Any) -> list[float] | None:
    if against is None:
        return None
    values, _ = numbers(against, "against")
    if not np.all(np.isfinite(values)):
        raise ValueError(f"against must be finite, got {against}")
    return values


def _moments(values: list[float]) -> tuple[float, float | None]:
    """Return mean and standard deviation (n − 1); None for the latter where there is none."""
    mean = sum(values) / len(values)
    known = len(values) > 1 and math.isfinite(mean)
    return mean, float(np.std(values, ddof=1)) if known else None
