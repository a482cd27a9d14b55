"""Tables for other programs: every file that was handed in, and one table for each platform."""

import csv
import io
from pathlib import Path

from ..course import Course
from ..evening import records
from ..evening.roster import Roster


def write(path: Path, columns: list[str], rows: list[dict]) -> Path:
    """A CSV file, whole or not there, in which no cell is a formula."""
    from .report import harmless

    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: harmless(value) for key, value in row.items()})
    records.written(path, text.getvalue().encode("utf-8", "replace"))
    return path


def for_import(course: Course, rows: list[dict], roster: Roster | None) -> list[Path]:
    """A table for each assignment, for the learning platform: a row for each student.

    The columns of the roster come first, as they are, then the final score under the assignment's
    name, then the questions. Without a roster: student and name.
    """
    paths = []
    for name in sorted({row["assignment"] for row in rows if "max" in row}):
        these = {row["student"]: row for row in rows if row["assignment"] == name}
        own = roster.columns if roster else ["student", "name"]
        known = roster.rows if roster else {}
        questions = [c for row in these.values() for c in row if c.startswith(f"{name}: ")]
        columns = list(dict.fromkeys([*own, name, "max", "penalty", "late", *questions]))
        column = roster.column if roster else "student"
        order = [*(s for s in known if s in these), *(s for s in these if s not in known)]
        made = [
            {column: s} | these[s] | known.get(s, {}) | {name: these[s].get("final", "")}
            for s in order
        ]
        paths.append(write(course.folder / "import" / f"{name}.csv", columns, made))
    return paths


def files(course: Course, submissions, others: list[tuple[str, str]]) -> Path:
    """`files.csv`: what became of every file that lay in the folder of the submissions."""
    rows = [
        {"file": one.place, "student": one.student, "name": one.name,
         "assignment": one.assignment, "became": one.refused or "read"}
        for one in submissions
    ]  # fmt: skip
    rows += [{"file": place, "became": f"not graded: {reason}"} for place, reason in others]
    columns = ["file", "student", "name", "assignment", "became"]
    return write(course.folder / "files.csv", columns, sorted(rows, key=lambda r: r["file"]))
