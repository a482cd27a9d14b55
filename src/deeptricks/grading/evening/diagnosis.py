"""Does an answer have the values of known mistakes? Then it is marked as a person would mark it.

A person marks a slip once and follows through: whoever computes exactly what the reference computes
with that slip, check for check, loses what the slip costs, and reads what it was. Where only the
wrong values agree, the hint is still a help, and the checks decide.
"""

import re
from dataclasses import dataclass

from ..assignment import Assignment
from ..compare import difference
from ..course import Course
from ..questions import Question
from ..sandbox.execute import Outcome, points
from ..sandbox.wire import unpacked
from .records import stored, stored_json
from .variants import Places, Run, computed

ERROR = re.compile(r"\w+")  # an exception's type; a limit has spoken in several words
PASSED, VALUE, STOPPED, JUDGED = "passed", "value", "stopped", "judged"


@dataclass(frozen=True)
class Known:
    """The reference with some mistakes, and how its checks ended.

    Each check has passed ({}), given a wrong value ({"value": …, "why": what is wrong}), or stopped
    ({"error": type}).
    """

    places: Places
    checks: dict[str, dict]


def known(course: Course, assignment: Assignment, fingerprint: str, run: Run) -> list[Known]:
    """What each known mistake gives, and each pair of them; computed where it is not on record.

    Before that, the reference is graded: checks that refuse it would refuse everybody.

    Raises
    ------
    ValueError
        Where the reference does not earn all points.
    """
    path = course.folder / "records" / ".mistakes" / f"{assignment.name}.json"
    kept = stored_json(path) or {}
    if kept.get("fingerprint") != fingerprint:
        earned = points(assignment, run(assignment, assignment.notebook(), None))
        if lost := [f"{q}, {check}: {why}" for (q, check), (_, why) in earned.items() if why]:
            raise ValueError(f"the checks refuse the reference itself: {'; '.join(lost[:3])}")
        kept = {"fingerprint": fingerprint, "known": list(computed(assignment, run))}
        stored(path, kept)
    return read(kept["known"])


def read(stories: list[dict]) -> list[Known]:
    """What `computed` tells, with values in place of their packed forms."""
    return [
        Known(tuple(story["places"]), {name: _opened(end) for name, end in story["checks"].items()})
        for story in stories
    ]


def _opened(end):
    return end | {"value": unpacked(end["value"])} if "value" in end else end


def explain(assignment: Assignment, name: str, entry: dict, outcome: Outcome, known) -> dict:
    """`entry` with what is known of its mistakes.

    `hint` is for the student, `mistakes` are their names; `cost` is what they cost where the answer
    is theirs check for check, and then `points` are no fewer than that leaves; else it is None.
    """
    question = assignment.question(name)
    lost = entry["most"] - (entry["points"] or 0)
    if question.manual or not lost:
        return entry
    reasons = {check["name"]: check["reason"] for check in entry["checks"]}
    mine = [one for one in known if assignment.mistakes[one.places[0]].question == name]
    same = [one for one in mine if _is(question, one, reasons, outcome)]
    if same:
        cost, one = min(((_cost(assignment, one, lost), one) for one in same), key=lambda c: c[0])
        return entry | _told(assignment, one) | {"cost": cost, "points": entry["most"] - cost}
    for one in mine:
        if len(one.places) == 1 and _resembles(question, one, reasons, outcome):
            return entry | _told(assignment, one)
    return entry


def _told(assignment, one):
    mistakes = [assignment.mistakes[place] for place in one.places]
    return {"hint": " ".join(m.hint for m in mistakes), "mistakes": [m.name for m in mistakes]}


def _cost(assignment, one, lost):
    """What the mistakes cost together; what the checks cost, where that is less or none is said."""
    costs = [assignment.mistakes[place].cost or lost for place in one.places]
    return min(sum(costs), lost)


def _is(question: Question, one: Known, reasons, outcome) -> bool:
    """Whether every check ended in the same way, and at least one with the very same value."""
    ends = [_same_end(question, check, one.checks[check.name], reasons, outcome)
            for check in question.checks]  # fmt: skip
    return None not in ends and VALUE in ends


def _same_end(question, check, end, reasons, outcome):
    """In what the check ended, where it is the same; else None."""
    key, reason = (question.name, check.name), reasons[check.name]
    if not end or not reason:
        return PASSED if not end and not reason else None
    if "value" not in end:
        kind = outcome.errors.get(key, "").partition(":")[0]
        same = key not in outcome.values and kind == end["error"] and ERROR.fullmatch(kind)
        return STOPPED if same else None
    if key not in outcome.values:
        return None
    if _equal(outcome.values[key], end["value"], check):
        return VALUE
    # Of what a judge looks at, many values are right, and as many have the same thing wrong.
    return JUDGED if check.judge and reason == end["why"] else None


def _resembles(question: Question, one: Known, reasons, outcome) -> bool:
    """Whether its wrong values are the answer's. A check that it passes may have failed as well,
    where it gave no value to compare."""
    wrong = {name: end["value"] for name, end in one.checks.items() if "value" in end}
    given = {n for n, why in reasons.items() if why and (question.name, n) in outcome.values}
    return bool(wrong) and given == set(wrong) and all(
        _equal(outcome.values[question.name, check.name], wrong[check.name], check)
        for check in question.checks
        if check.name in wrong
    )  # fmt: skip


def _equal(value, other, check):
    return difference(value, other, check.tolerance) is None
