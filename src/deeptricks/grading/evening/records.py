"""A record for each submission that was graded, whole or not there: what a resume reads."""

import hashlib
import json
import os
import platform
import tempfile
from pathlib import Path

import numpy as np

from ..assignment import Assignment
from ..course import Course

KIT = Path(__file__).parents[1]
DECIDES = ("questions.py", "answers.py", "assignment.py", "compare.py", "sandbox/*.py",
           "evening/*.py")  # fmt: skip


def path_of(course: Course, student: str, assignment: str) -> Path:
    """Where a record lies; the student's name must be a safe one."""
    return course.folder / "records" / student / f"{assignment}.json"


def stored(path: Path, value) -> None:
    """Write `value` as JSON, so that a reader sees the old file or the new one, whole."""
    written(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())


def written(path: Path, data: bytes) -> None:
    """Write a file, so that a reader sees the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def stored_json(path: Path):
    """What was stored there; None where nothing is, or nothing whole."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def all_records(course: Course) -> list[dict]:
    """Every record of the course, in the order of students and assignments."""
    found = sorted((course.folder / "records").glob("*/*.json"))
    records = [stored_json(path) for path in found if path.parent.name[0] != "."]
    return [record for record in records if record]


def sweep(course: Course) -> None:
    """Take away what an interrupted run left half written."""
    for ours in ("records", "autograded", "feedback"):
        for part in (course.folder / ours).glob("**/.*.part"):
            part.unlink(missing_ok=True)


def grader(assignment: Assignment, release: bytes, sandboxed: bool) -> str:
    """A fingerprint of all that decides points: checks, term, release, kit, Python and numpy.

    Where one of them has changed, everything is graded again.
    """
    digest = hashlib.sha256(release)
    kit = sorted(path for pattern in DECIDES for path in KIT.glob(pattern))
    for path in kit + sorted(p for p in assignment.folder.iterdir() if p.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)} ".encode() + content)
    told = (assignment.seed, sandboxed, platform.python_version(), np.__version__)
    digest.update(repr(told).encode())
    return digest.hexdigest()
