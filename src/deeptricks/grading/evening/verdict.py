"""What a run was worth: the points of each question, and what a person should look at.

A flag never changes a grade: it says that the points may not be what the student deserves.
"""

import re

from ..assignment import Assignment
from ..questions import ROOMS
from ..sandbox.execute import Outcome, points
from .restore import Restored
from .wording import PLACE, of_comparison, of_error, on_one_line

AN_EXCEPTION = re.compile(r"\w+(: |, without a readable message)")  # Python's; else it was silent


def verdict(assignment: Assignment, found: Restored, outcome: Outcome) -> dict:
    """Questions (points, checks with reasons) and flags, as what a record holds."""
    earned = points(assignment, outcome)
    names, lines = _names(assignment), _lines(found)
    questions, flags = {}, []
    for question in assignment.questions:
        entry = unanswered(question)
        if question.manual:
            empty = question.name in found.untouched and not _places(question.name, found)
            entry["points"] = 0 if empty else None
        for check in question.checks:
            got, reason = earned[question.name, check.name]
            told = None
            if reason:
                told = _told(question.name, check, reason, outcome, names, lines)
            entry["checks"].append(
                {"name": check.name, "points": got, "most": check.points,
                 "says": check.says if reason else None, "told": told,
                 "reason": on_one_line(reason or "") or None}
            )  # fmt: skip
        if question.checks:
            entry["points"] = sum(check["points"] for check in entry["checks"])
        questions[question.name] = entry
        seen = list(_flags(question, entry, found, outcome, names))
        flags += seen or _elsewhere(question, entry, found)
    flags += _at_limits(assignment, outcome, {one["question"] for one in flags})
    return {"questions": questions, "flags": flags, "notes": found.notes}


def unanswered(question) -> dict:
    """What a record holds of a question before anything is known: 0, or None for a person."""
    manual = question.manual
    return {"points": None if manual else 0, "most": question.points, "manual": manual,
            "checks": [], "hint": None, "mistakes": [], "cost": None}  # fmt: skip


def flag(question: str | None, reason: str, told: str | None = None) -> dict:
    """Why a person should look: `reason` for the instructor, `told` for the student."""
    return {
        "question": question,
        "reason": on_one_line(reason),
        "told": told or on_one_line(reason),
    }


def _told(question, check, reason, outcome, names, lines):
    if (question, check.name) not in outcome.values:
        return of_error(reason, names, lines) or of_comparison(reason)
    told = of_comparison(reason, check.parts)
    own = check.judge and "it returns" not in reason  # a judge's words, and nothing of the value
    return on_one_line(reason) if own and not told else told


def _lines(found):
    """How many lines each of the student's cells has, by the number that it has there."""
    return {
        cell.metadata.get("student", {}).get("number", index + 1): cell.source.count("\n") + 1
        for index, cell in enumerate(found.notebook.cells)
        if cell.cell_type == "code"
    }


def _flags(question, entry, found, outcome, names):
    """Reasons to look at one question that did not earn everything."""
    name = question.name
    if question.manual:
        if name in found.missing:
            yield flag(name, "the answer cell was missing: is the answer in another cell?")
        return
    if entry["points"] == entry["most"] or _empty(name, found, entry):
        return  # nothing happened; `_elsewhere` may have something to say
    if ended := [note for note in outcome.notes if note.startswith(f"room {question.room},")]:
        told = "the run was ended before all checks were done"
        yield flag(name, f"the run was ended early: {'; '.join(ended)}", told)
    elif silent := [c for c in entry["checks"] if c["reason"] and _silent(name, c, outcome)]:
        told = f"{len(silent)} of {len(entry['checks'])} checks gave no answer"
        yield flag(name, f"{told}: {silent[0]['reason']}", told)
    elif name in found.missing:
        yield flag(name, "the answer cell was missing: is the answer in another cell?")
    elif any(_unknown_name(c) for c in entry["checks"]):
        yield from _stopped(name, question.room, found, outcome, names)


def _empty(name, found, entry):
    """Nothing was answered, and nothing elsewhere either (`_places`): the zero is an honest one."""
    kinds = ("NotImplementedError", "NameError")
    reasons = [check["reason"] or "" for check in entry["checks"]]
    return name in found.untouched and all(reason.startswith(kinds) for reason in reasons)


def _places(name, found):
    """Where there is work that a question's answer cell does not have. Code in cells of the
    student's own was run: it tells something only where the answer cell holds nothing."""
    empty = name in found.untouched or name in found.missing
    return found.elsewhere + (found.own_code if empty else [])


def _elsewhere(question, entry, found):
    """A question that lost points, while there is work in other cells than the one for answers."""
    lost = question.name in found.untouched if question.manual else entry["points"] < entry["most"]
    if lost and (places := _places(question.name, found)):
        yield flag(question.name, f"is the answer in another cell? {'; '.join(places)}",
                   "there is work outside of the cells for answers")  # fmt: skip


def _at_limits(assignment, outcome, flagged):
    """Runs that met a limit and cost no point: what happened there is for a person to see."""
    for room in sorted({q.room for q in assignment.questions if q.checks}):
        names = [q.name for q in assignment.questions if q.checks and q.room == room]
        ended = [note for note in outcome.notes if note.startswith(f"room {room},")]
        reasons = ended + outcome.met.get(room, [])
        if reasons and not flagged & set(names):
            yield flag(names[0], f"a limit was met: {'; '.join(reasons)}",
                       "the run met a limit of time, memory or output")  # fmt: skip


def _silent(question, check, outcome):
    """Whether a limit spoke and not the answer: of time, or of memory, whichever came first."""
    reason = check["reason"]
    if (question, check["name"]) in outcome.values:  # only whoever compared can have met one
        return "MemoryError)" in reason
    return reason.startswith("MemoryError") or not AN_EXCEPTION.match(reason)


def _unknown_name(check):
    return (check["reason"] or "").startswith("NameError")


def _stopped(name, room, found, outcome, names):
    """The first cell of the student's own that failed, where it left names undefined."""
    for index, error in sorted(outcome.cells.items()):
        cell = found.notebook.cells[index]
        graded = cell.metadata.get("nbgrader", {})
        locked = graded and not graded.get("solution")
        if locked or error.startswith("NotImplementedError"):
            continue
        number = cell.metadata.get("student", {}).get("number", index + 1)
        *most, last = ROOMS[room]
        there = f"; in grading there are {', '.join(most)} and {last} only"
        only = there if "No module named" in error else ""
        told, error = of_error(error, names) or "it stops with an error", PLACE.sub("", error)
        yield flag(name, f"cell {number} stopped: {error}{only}",
                   f"cell {number} stopped: {told}{only}")  # fmt: skip
        return


def _names(assignment):
    """The names that the reference defines: a student may read that one of them is missing."""
    found = set()
    for cell in assignment.master().cells:
        if cell.cell_type == "code":
            found |= set(re.findall(r"\b([A-Za-z_]\w{0,40})\b", cell.source))
    return found
