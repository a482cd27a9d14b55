"""What the results of a class need of a run and no grade does: visible tests, equal wrong values.

Of a wrong value only a mark is kept: equal marks, equal values. It says whether the value tells:
that two students wrote 0 means nothing, that they have the same nine digits means something.
"""

import hashlib
import math
import re

import numpy as np

from ..sandbox.execute import Outcome
from ..sandbox.wire import Other
from .restore import Restored

DIGITS = 5  # of a number: fewer than the checks ask for, more than coincide
MOST = 1000  # numbers and texts of a value that are looked at
TELLING = "t"  # a mark that begins with it is of a value that nobody has by chance
BROKEN = re.compile(r"-?\d+\.\d+(e[+-]\d+)?")  # no integer
ENOUGH = 3  # different numbers with a zero at their end at most, that make a value telling


def noted(questions: dict[str, dict], found: Restored, outcome: Outcome) -> None:
    """Write to a record's questions what was left as it was, visible tests, marks of values."""
    for name, entry in questions.items():
        entry["untouched"] = name in found.untouched or name in found.missing
        entry["visible"] = outcome.visible.get(name)
        for check in entry["checks"]:
            wrong = check["reason"] and (name, check["name"]) in outcome.values
            check["value"] = mark(outcome.values[name, check["name"]]) if wrong else None


def mark(value) -> str:
    """A short text that is the same for values that agree in their leading digits."""
    leaves: list = []
    _gather(value, leaves)
    digest = hashlib.sha256("|".join(leaves).encode("utf-8", "replace")).hexdigest()[:16]
    long = {leaf for leaf in leaves if BROKEN.fullmatch(leaf) and _digits(leaf) >= DIGITS - 1}
    return (TELLING if len(long) >= ENOUGH else "p") + digest


def _gather(value, leaves):
    """The shape of a value, and its numbers and texts as texts, in their order."""
    if len(leaves) >= MOST:
        return
    if isinstance(value, np.ndarray):
        leaves.append(str(value.shape))
        leaves += [_number(number) for number in value.flat[:MOST].tolist()]
    elif isinstance(value, list | tuple):
        leaves.append(f"[{len(value)}")
        for one in value[:MOST]:
            _gather(one, leaves)
    elif isinstance(value, dict):
        for key, one in list(value.items())[:MOST]:
            leaves.append(f"{str(key)[:60]}:")
            _gather(one, leaves)
    elif isinstance(value, str | Other):
        leaves.append(repr(str(value))[:60])
    else:
        leaves.append(_number(value))


def _digits(number):
    return len(re.sub(r"e.*|\D", "", number).strip("0"))


def _number(number):
    """Two numbers that differ by rounding have the same text, but for the few beside an edge."""
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        return str(number)
    return f"{number:.{DIGITS}g}" if abs(number) > 1e-12 else "0"
