"""`claim`: a sentence, the measurement that it rests on, and whether the one holds the other.

A claim never raises because it fails. It shows what happened and records it; the test suite fails
on a record that does not hold, and the ledger page gathers all records.
"""

import html
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deeptricks.lab.page import publish

CLAIM_MIME = "application/vnd.deeptricks.claim+json"
VERDICTS = ("replicated", "direction only", "not replicated")


def claim(
    sentence,
    measured,
    *,
    at_least=None,
    at_most=None,
    equals=None,
    between=None,
    tolerance=0.0,
    unit="",
    digits=None,
    holds_in=None,
    source=None,
    cite=None,
    published=None,
    verdict=None,
):
    """State a sentence, check it against a measurement, show and record the result.

    ``measured``: a number, or a 1-D array with one value per seed. NaN never holds.
    ``at_least``, ``at_most``, ``equals`` (to within ``tolerance``), ``between=(low, high)``: the
    condition, exactly one; its bounds belong to it.
    ``holds_in``: how many of the seeds must satisfy it (default: all).
    ``unit``: follows the number as it stands, e.g. ``" %"`` or ``"×"``.
    ``digits``: significant digits of the measured value that are the same on every machine. Given,
    the plain text (which tests compare) shows the value; otherwise it shows the condition alone.
    ``source``: where the sentence comes from, for people ("LeCun et al. 1998, §4.3"); ``cite``: its
    key in the references; ``published``: the source's own number; ``verdict``: "replicated" (the
    default where there is a source), "direction only" or "not replicated".

    Raises TypeError unless there is exactly one condition, ValueError for values out of range.
    """
    condition = _condition(at_least, at_most, equals, between, tolerance, unit)
    values = _values(measured)
    seeds = len(values) if np.ndim(measured) else None
    needed = _needed(holds_in, seeds)
    count = sum(condition.holds(v) for v in values)
    if source is None and (cite, published, verdict) != (None, None, None):
        raise ValueError("cite, published and verdict need a source")
    mean, sd = _moments(values)
    verdict = verdict or ("replicated" if source else None)
    if verdict not in (None, *VERDICTS):
        raise ValueError(f"verdict must be one of {', '.join(VERDICTS)}, got {verdict!r}")
    record = {
        "sentence": sentence,
        "condition": condition.text,
        "measured": [v if math.isfinite(v) else None for v in values],
        "n": seeds,
        "mean": mean if math.isfinite(mean) else None,
        "sd": sd,
        "unit": unit,
        "count": count,
        "needed": needed,
        "held": bool(count >= needed),
        "value": amount(mean, sd, unit),
        "source": source,
        "cite": cite,
        "published": published,
        "verdict": verdict,
    }
    stable = None if digits is None else f"{_short(mean, f'.{digits}g')}{unit}"
    publish(
        {
            "text/plain": as_text(record, stable),
            "text/html": as_html(record),
            CLAIM_MIME: record,
        }
    )


@dataclass(frozen=True)
class Condition:
    text: str
    holds: Callable[[float], bool]


def _condition(at_least, at_most, equals, between, tolerance, unit):
    given = {"at_least": at_least, "at_most": at_most, "equals": equals, "between": between}
    given = {name: bound for name, bound in given.items() if bound is not None}
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
    if name == "at_least":
        return Condition(f"at least {_short(bound)}{unit}", lambda v: v >= bound)
    if name == "at_most":
        return Condition(f"at most {_short(bound)}{unit}", lambda v: v <= bound)
    if name == "equals":
        within = f" to within {_short(tolerance)}{unit}" if tolerance else ""
        return Condition(f"{_short(bound)}{unit}{within}", lambda v: abs(v - bound) <= tolerance)
    low, high = bound
    if low > high:
        raise ValueError(f"between must be (low, high), got {bound}")
    text = f"between {_short(low)} and {_short(high)}{unit}"
    return Condition(text, lambda v: low <= v <= high)


def _values(measured):
    values = np.asarray(measured, dtype=float)
    if values.ndim > 1 or values.size == 0:
        raise ValueError(f"measured must be a number or a 1-D array, got shape {values.shape}")
    return [float(v) for v in np.atleast_1d(values)]


def _needed(holds_in, seeds):
    if holds_in is None:
        return seeds or 1
    if seeds is None or not 1 <= holds_in <= seeds:
        raise ValueError(f"holds_in must be 1 … number of seeds ({seeds}), got {holds_in}")
    return int(holds_in)


def _moments(values):
    """Mean and standard deviation (n − 1); None for the latter where there is none."""
    mean = sum(values) / len(values)
    known = len(values) > 1 and math.isfinite(mean)
    return mean, float(np.std(values, ddof=1)) if known else None


def amount(mean, sd, unit) -> str:
    """For a reader: the mean ± the standard deviation to its leading digit."""
    if not sd:
        return f"{_short(mean, '.3g')}{unit}"
    decimals = max(-math.floor(math.log10(sd)), 0)
    digits = (".3g", ".1g") if decimals > 4 else (f".{decimals}f",) * 2
    return f"{_short(mean, digits[0])} ± {_short(sd, digits[1])}{unit}"


def _short(value, digits="g") -> str:
    """With a true minus sign, and none before a zero."""
    return f"{value:z{digits}}".replace("-", "−")


def as_text(record, stable=None) -> str:
    """One line; of what was measured, only what is the same on every machine."""
    asked = record["condition"] + _seeds(record)
    if record["held"]:
        shown = f"{stable}; " if stable else ""
        return f"✓ {record['sentence']} [{shown}asked: {asked}]"
    where = f", holds in {record['count']}" if record["n"] else ""
    return f"✗ DOES NOT HOLD: {record['sentence']} [expected {asked}, got {record['value']}{where}]"


def as_html(record) -> str:
    """The sentence with its mark, and in smaller type what it rests on."""
    held = record["held"]
    word = "verified" if held else "measured"
    where = f", holds in {record['count']} of {record['n']} seeds" if record["n"] else ""
    asked = f"asked: {record['condition']}{_seeds(record)}"
    lines = [f"{word}: {record['value']}{where} · {asked}"]
    if record["source"]:
        number = f": {record['published']}" if record["published"] else ""
        lines.append(f"{record['source']}{number} · {record['verdict']}")
    mark = "✓" if held else "✗ Does not hold:"
    small = "".join(f'<div class="dt-claim-facts">{html.escape(line)}</div>' for line in lines)
    return (
        f'<div class="dt-claim dt-claim-{"held" if held else "failed"}" role="note"'
        ' style="border-left:3px solid var(--dt-claim,currentColor);padding:.2em .9em">'
        f'<div class="dt-claim-sentence"><span class="dt-claim-mark">{mark}</span> '
        f"{html.escape(record['sentence'])}</div>{small}</div>"
    )


def _seeds(record) -> str:
    if not record["n"]:
        return ""
    if record["needed"] == record["n"]:
        return f" in all {record['n']} seeds" if record["n"] > 1 else " in 1 seed"
    return f" in at least {record['needed']} of {record['n']} seeds"
