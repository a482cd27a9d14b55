"""The numbers of a check: what a probe has measured, healthy or not."""

import math
from typing import Any

from deeptricks.practice.debugging.case import Case

MOST = 12  # numbers of one name that a report still lists


def measured(case: Case, name: str, known: set[str]) -> dict[str, Any]:
    """Return what a case knows now and did not know before, as far as it is plain numbers.

    Of the landmarks, also the loss at chance and the best one; of the planned run, where it began
    and how far it came.
    """
    new = {key: value for key, value in case.numbers.items() if key not in known}
    told = {key: value for key, value in new.items() if _listable(value)}
    if name in ("landmarks", "planned"):
        told |= {"loss at chance": case.chance, "best loss": case.floor}
    if name == "planned" and "start" in case.numbers:
        losses = case.numbers["planned"].losses if "planned" in case.numbers else []
        told |= {"loss at start": told.pop("start", math.nan), "steps": len(losses)}
    return told


def _listable(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return 0 < len(value) <= MOST and all(map(_listable, value))
    if isinstance(value, dict):
        return 0 < len(value) <= MOST and all(map(_listable, value.values()))
    return isinstance(value, (bool, int, float, str))
