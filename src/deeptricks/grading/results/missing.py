"""What is missing, for terminal and table: people, files, times, and what was not graded."""

from collections import Counter

from ..course import Course
from ..evening import records
from ..evening.wording import on_one_line
from . import gradebook

NOT_GRADED = "handed in and not graded"
SAYS_PLATFORM = "says the platform"


def say_why(rows, left_out):
    """Into the rows of `left_out`, and of those without a row: not graded, and why."""
    known = {(row["student"], row["assignment"]): row for row in rows}
    for one in left_out:
        row = known.get((one.student, one.assignment))
        if row is None:
            row = {"student": one.student, "name": one.name, "assignment": one.assignment}
            rows.append(row)
        row |= {"needs review": "yes", "reason": f"{NOT_GRADED}: {one.refused}"}


def absent(found: list[dict], roster, others: list[tuple[str, str]], most: int = 20) -> str:
    """Who handed in nothing, whom the roster does not know, which files were not graded."""
    lines = []
    for name in sorted({r["assignment"] for r in found if r["assignment"]}) if roster else ():
        here = {r["student"] for r in found if r["assignment"] == name}
        for who, told in (
            (
                [s for s in roster.rows if s not in here],
                f"{name}: of the roster, handed in nothing",
            ),
            (sorted(here - set(roster.rows)), f"{name}: not on the roster"),
        ):
            if who:
                lines.append(f"{told} ({len(who)}): {', '.join(who)}")
    if others:
        lines.append(f"{len(others)} files were not graded (all of them in files.csv):")
        lines += [f"  {on_one_line(place)}: {on_one_line(why)}" for place, why in others[:most]]
    return "\n".join(["", *lines]) if lines else ""


def untimed(course: Course, names) -> str:
    """Of which submissions no time is known, where there is a due date: nobody can say who is late.

    Whom the platform calls late is told as well.
    """
    lines, found = [], {(r["student"], r["assignment"]): r for r in records.all_records(course)}
    with gradebook.opened(course) as book:
        for assignment in book.assignments:
            if assignment.name not in names or not assignment.duedate:
                continue
            there = book.assignment_submissions(assignment.name)
            who = [
                f"{name} (late, {SAYS_PLATFORM})"
                if found.get((name, assignment.name), {}).get("late")
                else name
                for name in sorted(one.student.id for one in there if not one.timestamp)
            ]
            if who:
                told = f"{assignment.name}: it has a due date, and no time is known of"
                lines.append(f"{told} {len(who)}; nothing is taken off: {', '.join(who)}")
    return "\n".join(lines)


def trouble(found: list[dict], left_out) -> str:
    """The assignments and submissions that could not be graded, by a fault that is not theirs."""
    many = Counter((one.assignment, one.refused) for one in left_out)
    lines = [
        f"NOT GRADED, {name} ({count} submissions): {on_one_line(why)}"
        for (name, why), count in sorted(many.items())
    ]
    failed = Counter(r["assignment"] for r in found if r.get("failed"))
    lines += [
        f"NOT GRADED, {name}: the grader itself failed on {count} submissions, see their flags"
        for name, count in sorted(failed.items())
    ]
    return "".join(f"{line}\n" for line in lines)
