"""Does a wrong answer have the values of a known mistake? Then its hint explains more than a check.

The values of each mistake come from the master with the mistake in it, run in the same sandbox,
once a term; they are kept beside the records.
"""

from collections.abc import Callable

from ..assignment import Assignment
from ..compare import difference
from ..course import Course
from ..sandbox.execute import Outcome, points
from ..sandbox.wire import packed, unpacked
from .records import stored, stored_json

Values = dict[str, dict[str, object]]  # name of the mistake → name of the check → value


def mistakes(
    course: Course, assignment: Assignment, fingerprint: str, run: Callable[[object], Outcome]
) -> dict[int, dict[str, object]]:
    """For each mistake, by its place in the list, the wrong values of its question's checks."""
    path = course.folder / "records" / ".mistakes" / f"{assignment.name}.json"
    kept = stored_json(path) or {}
    if kept.get("fingerprint") != fingerprint:
        kept = {"fingerprint": fingerprint, "values": _computed(assignment, run)}
        stored(path, kept)
    return {
        int(place): {name: unpacked(value) for name, value in values.items()}
        for place, values in kept["values"].items()
    }


def _computed(assignment, run):
    computed = {}
    for place, mistake in enumerate(assignment.mistakes):
        changed = mistake.changed(assignment.solution(mistake.question))
        outcome = run(assignment.notebook({mistake.question: changed}))
        earned = points(assignment, outcome)
        computed[place] = {
            check.name: packed(outcome.values[mistake.question, check.name])
            for check in assignment.question(mistake.question).checks
            if earned[mistake.question, check.name][1]
            and (mistake.question, check.name) in outcome.values
        }
    return computed


def hint(assignment: Assignment, name: str, entry: dict, outcome: Outcome, known) -> str | None:
    """The hint of the first mistake that explains a question: its wrong values are the answer's.

    A check that the mistake passes may fail as well, where it gave no value to compare.
    """
    failed = {check["name"] for check in entry["checks"] if check["reason"]}
    tolerance = {check.name: check.tolerance for check in assignment.question(name).checks}
    theirs = {
        check: value for (question, check), value in outcome.values.items() if question == name
    }
    for place, mistake in enumerate(assignment.mistakes):
        wrong = known.get(place, {})
        if mistake.question != name or not wrong or not set(wrong) <= failed:
            continue
        if failed & set(theirs) == set(wrong) and all(
            difference(theirs[check], wrong[check], tolerance[check]) is None for check in wrong
        ):
            return mistake.hint
    return None
