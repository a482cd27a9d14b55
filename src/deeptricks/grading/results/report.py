"""What came out, for a spreadsheet and for the terminal."""

import statistics
from pathlib import Path

from nbgrader.api import Gradebook

from ..course import Course
from ..evening import records
from ..evening.wording import on_one_line
from ..settings import Settings
from . import gradebook, missing, tables

COLUMNS = ["student", "name", "assignment", "score", "penalty", "final", "max", "automatic",
           "manual", "needs review", "reason", "late"]  # fmt: skip
BY_HAND = "to be graded by hand"
CHANGED = "changed after it was graded by hand"
NO_TIME = "no time known"


def write_csv(
    course: Course, refused: list[dict] = (), settings: Settings | None = None, left_out=()
) -> Path:
    """Write `grades.csv`: a row for each student and assignment, a column for each question.

    Beside it, in `import/`, a table of each assignment for the learning platform. `left_out` are
    submissions to assignments that could not be graded: their rows say that, and have no points
    but those from before.
    """
    roster = (settings or Settings.read(course.folder, course.names())).roster
    with gradebook.opened(course) as book:
        rows = list(_rows(book, course))
    missing.say_why(rows, left_out)
    for row in rows:
        row["name"] = (roster and roster.name(row["student"])) or row.get("name", "")
    tables.for_import(course, rows, roster)
    rows += [
        {"student": r["student"], "assignment": r["assignment"], "needs review": "yes",
         "reason": r["flags"][0]["reason"]}
        for r in refused
    ]  # fmt: skip
    questions = list(dict.fromkeys(key for row in rows for key in row if key not in COLUMNS))
    return tables.write(course.folder / "grades.csv", COLUMNS + questions, rows)


def harmless(value):
    """A cell that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    value = on_one_line(value)
    return f"'{value}" if value[:1] in {"=", "+", "-", "@"} else value


def _rows(book: Gradebook, course):
    found = {(r["student"], r["assignment"]): r for r in records.all_records(course)}
    for assignment in sorted(book.assignments, key=lambda a: a.name):
        there = {s.student.id: s for s in book.assignment_submissions(assignment.name)}
        for student in sorted(book.students, key=lambda s: s.id):
            row = {"student": student.id, "assignment": assignment.name}
            if student.id in there:
                record = found.get((student.id, assignment.name))
                yield row | _graded(there[student.id], record)
            else:
                yield row | {"max": assignment.max_score, "reason": "no submission"}


def _graded(submission, record):
    """The columns of a submission, as the gradebook has them now."""
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    reasons = [f"{question}: {reason}" for question, reason in _reasons(submission, record)]
    late = submission.total_seconds_late
    penalty = submission.late_submission_penalty or 0.0
    hours = f"{late / 3600:.1f} h" if late > 0 else "no" if submission.timestamp else ""
    unknown = NO_TIME if submission.assignment.duedate and not submission.timestamp else ""
    row = {
        "name": (record or {}).get("name", ""),
        "score": submission.score,
        "penalty": penalty,
        "final": max(0.0, submission.score - penalty),
        "max": submission.max_score,
        "automatic": sum(g.auto_score or 0 for g in grades),
        "manual": sum(g.manual_score or 0 for g in grades),
        "needs review": "yes" if reasons else "no",
        "reason": "; ".join(dict.fromkeys(reasons)),
        "late": hours or (missing.SAYS_PLATFORM if (record or {}).get("late") else unknown),
    }
    name = submission.assignment.name
    return row | {f"{name}: {g.name.removesuffix('_tests')}": g.score for g in grades}


def _reasons(submission, record):
    """(question, why a person should look at it), as the gradebook has it now."""
    flags: dict[str, str] = {}
    for flag in (record or {}).get("flags", []):
        before = flags.get(flag["question"])
        flags[flag["question"]] = f"{before}; {flag['reason']}" if before else flag["reason"]
    for grade in (grade for notebook in submission.notebooks for grade in notebook.grades):
        question = grade.name.removesuffix("_tests")
        if grade.needs_manual_grade and question in flags:
            yield question, flags[question]
        elif grade.needs_manual_grade:
            yield question, BY_HAND if grade.manual_score is None else CHANGED


def reviewed(course: Course, found: list[dict]) -> list[dict]:
    """The records with the flags that `grades.csv` shows: what a person has settled is gone, and
    what changed after it was graded by hand is there."""
    with gradebook.opened(course) as book:
        there = {
            (one.student.id, assignment.name): one
            for assignment in book.assignments
            for one in book.assignment_submissions(assignment.name)
        }
        return [
            record | {"flags": [
                {"question": question, "reason": reason}
                for question, reason in _reasons(there[key], record) if reason != BY_HAND
            ]} if (key := (record["student"], record["assignment"])) in there else record
            for record in found
        ]  # fmt: skip


def summary(found: list[dict]) -> str:
    """The table at the end: a line for each assignment, then what a person should look at."""
    lines = [
        f"{'assignment':16}{'submissions':>12}{'now':>6}{'before':>8}{'flagged':>9}"
        f"{'mean':>8}{'median':>8}{'of':>5}{'s each':>8}"
    ]
    for name in sorted({record["assignment"] for record in found}):
        these = [r for r in found if r["assignment"] == name]
        scores = [automatic(r) for r in these if r["questions"]]
        now = [r for r in these if r["now"]]
        lines.append(
            f"{name or '?':16}{len(these):12}{len(now):6}{len(these) - len(now):8}"
            f"{sum(bool(r['flags']) for r in these):9}"
            f"{_number(statistics.mean, scores)}{_number(statistics.median, scores)}"
            f"{max((most(r) for r in these), default=0):5}"
            f"{_number(statistics.mean, [r['seconds'] for r in now])}"
        )
    flagged = [record for record in found if record["flags"]]
    if flagged:
        lines += ["", f"{len(flagged)} for review (automatic points; the rest is graded by hand):"]
    for record in flagged:
        by_reason: dict[str, list[str]] = {}
        for flag in record["flags"]:
            by_reason.setdefault(flag["reason"], []).append(flag["question"] or "all")
        for reason, questions in by_reason.items():
            lines.append(f"  {record['student']}: {', '.join(questions)}: {on_one_line(reason)}")
    return "\n".join(lines)


def automatic(record: dict) -> int:
    """The automatic points of a record."""
    return sum(entry["points"] or 0 for entry in record["questions"].values())


def most(record: dict) -> int:
    """The automatic points that a record could have: of questions that have checks."""
    return sum(e["most"] for e in record["questions"].values() if not e["manual"])


def _number(of, values):
    return f"{of(values):8.2f}" if values else f"{'–':>8}"
