"""Find the submissions in a folder. Names and links in it are a student's: nothing is followed.

<student>/<assignment>/<assignment>.ipynb    as nbgrader's collect leaves them
<student>.ipynb                              with `assignment`
<student>/<anything>.ipynb                   with `assignment`
"""

import os
import re
import stat
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

NAME = re.compile(r"\w[\w.@-]{0,99}")


@dataclass(frozen=True)
class Submission:
    """One student's file for one assignment; or `refused`, why there is none that can be read."""

    student: str
    assignment: str
    path: Path | None = None
    refused: str | None = None
    timestamp: str | None = None

    @property
    def named(self) -> bool:
        """Whether the student's name may be a path's."""
        return safe(self.student)


def safe(name: str) -> bool:
    """Whether `name` can be a folder and a cell of a spreadsheet: letters, digits, ``._-@``."""
    return bool(NAME.fullmatch(name)) and unicodedata.normalize("NFC", name) == name


def find(
    folder: str | Path, known: list[str], assignment: str | None = None, until: str | None = None
) -> list[Submission]:
    """All submissions in `folder`, in the order of their students' names.

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
    found = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            try:
                found += _of_student(entry, known, assignment)
            except OSError as error:
                reason = f"the folder cannot be read: {error.strerror}"
                found.append(_refused(entry.name, assignment, reason))
        elif entry.name.endswith(".ipynb"):
            if assignment is None:
                raise ValueError(
                    f"{entry.name!r} lies in the folder itself: --assignment must say what it is of"
                )
            stem = entry.name.removesuffix(".ipynb")
            student = stem.split(until, 1)[0] if until else stem
            found.append(_of_file(student, assignment, Path(entry.path)))
        elif entry.is_symlink():
            found.append(_refused(entry.name, assignment, "it is a link, not a file or folder"))
    return _without_doubles([_with_safe_name(one) for one in found])


def _of_student(entry, known, assignment):
    """What lies in the folder of one student."""
    inside = {one.name: one for one in os.scandir(entry.path)}
    folders = {n: one for n, one in inside.items() if n in ([assignment] if assignment else known)}
    if not folders and assignment:
        notebooks = any(name.endswith(".ipynb") for name in inside)
        if not notebooks and set(inside) & set(known):
            return []  # handed in something else of this course
        return [_of_folder(entry.name, assignment, Path(entry.path))]
    if not folders:
        reason = f"the folder holds none of the assignments {', '.join(known)}"
        return [_refused(entry.name, None, reason)]
    return [
        _of_folder(entry.name, name, Path(one.path))
        if one.is_dir(follow_symlinks=False)
        else _refused(entry.name, name, f"{name!r} is a link or a file where a folder is asked")
        for name, one in sorted(folders.items())
    ]


def _of_folder(student, assignment, folder):
    """The one notebook of a folder."""
    names = sorted(e.name for e in os.scandir(folder) if e.name.endswith(".ipynb"))
    right = f"{assignment}.ipynb"
    if right not in names and len(names) != 1:
        reason = f"{len(names)} notebooks are called otherwise" if names else "no notebook is there"
        return _refused(student, assignment, f"there is no {right} in the folder: {reason}")
    found = _of_file(student, assignment, folder / (right if right in names else names[0]))
    return replace(found, timestamp=_timestamp(folder / "timestamp.txt"))


def _of_file(student, assignment, path):
    mode = path.lstat().st_mode
    if not stat.S_ISREG(mode):
        kind = "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "no file"
        return _refused(student, assignment, f"what is called a notebook is {kind}")
    return Submission(student, assignment, path)


def _refused(student, assignment, reason):
    return Submission(student, assignment or "", refused=reason)


def _with_safe_name(found):
    """A name that cannot be a path is told as a text in quotes, and its file is left alone."""
    if found.named:
        return found
    reason = "a name may have letters, digits and ._-@, and must begin with a letter or digit"
    return replace(found, student=ascii(found.student)[:80], path=None, refused=reason)


def _without_doubles(found):
    """Where two submissions would be the same student's, neither is graded: which one counts?"""
    same = {}
    for one in found:
        same.setdefault((one.student.casefold(), one.assignment), []).append(one)
    return [
        one
        if len(same[one.student.casefold(), one.assignment]) == 1
        else replace(one, path=None, refused="there is more than one submission of this name")
        for one in found
    ]


def opened(path: Path) -> int:
    """A file descriptor of an ordinary file; OSError for a link, a pipe or anything else."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path.name} is no ordinary file")
    return descriptor


def _timestamp(path):
    """When it was handed in, in UTC, as nbgrader's collect has noted; None where it has not."""
    try:
        with open(opened(path), "rb") as file:
            moment: datetime = parse_utc(file.read(100).decode().strip())
            return moment.isoformat()
    except (OSError, ValueError, OverflowError, AttributeError, TypeError):
        return None
