"""Find the submissions in a folder, and account for every file that is none.

<student>/<assignment>/<assignment>.ipynb    as nbgrader's collect leaves them
<student>.ipynb                              with `assignment`, and as platforms name them (`names`)
<student>/<anything>.ipynb                   with `assignment`
"""

import os
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path

from .attempts import counted
from .entries import Found
from .handed_in import Submission, opened
from .names import safe
from .roster import Roster

__all__ = ["Submission", "Survey", "find", "opened", "safe", "survey"]


@dataclass
class Survey:
    """What lies in a folder: submissions, and (path, why not) for every other file."""

    submissions: list[Submission] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)


def find(
    folder: str | Path, known: list[str], assignment: str | None = None, until: str | None = None
) -> list[Submission]:
    """All submissions in `folder`, in the order of their students' names: those of `survey`."""
    return survey(folder, known, assignment, until).submissions


def survey(
    folder: str | Path,
    known: list[str],
    assignment: str | None = None,
    until: str | None = None,
    roster: Roster | None = None,
    zone: tzinfo = UTC,
) -> Survey:
    """All that lies in `folder`: each file is a submission, or one of the others.

    Parameters
    ----------
    folder
        In one of the three layouts above.
    known
        The names of the course's assignments.
    assignment
        The one to look for; needed where the layout does not tell.
    until
        Of flat files: the student's name ends where this text first stands in the file's name.
    roster
        Tells whose a name is.
    zone
        Of times that do not tell it.

    Raises
    ------
    ValueError
        Where the folder or the assignment does not exist, or flat files come without `assignment`.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"folder {str(folder)!r} is no folder")
    if assignment is not None and assignment not in known:
        raise ValueError(f"assignment is {assignment!r}; the course has {', '.join(known)}")
    found = Found(folder, known, assignment, until)
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        found.take(entry)
    submissions, others = counted(found.candidates, roster, zone)
    return Survey(submissions, sorted(found.others + others))
