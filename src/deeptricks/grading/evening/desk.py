"""All that is needed to grade one assignment of a term, prepared once for every submission."""

import json
import time
from dataclasses import dataclass

import nbformat

from ..assignment import Assignment, grade_id
from ..course import Course
from ..sandbox.execute import Outcome, run
from . import diagnosis, reading, records, seen
from .restore import Restored, restored
from .submissions import Submission
from .verdict import flag, unanswered, verdict

FAILED = "the grader itself failed on this submission (please report it): {}"
DIED = "the grader died of this submission, and went on with the next ({}): --again tries it again"


@dataclass(frozen=True)
class Desk:
    """One assignment: its release, a fingerprint of what decides points, values of mistakes.

    A `MemoryError` goes through: a limit that was met is no failure, and `Bounded` sees to it.
    """

    course: Course
    assignment: Assignment
    release: nbformat.NotebookNode
    fingerprint: str
    sandboxed: bool = True

    @classmethod
    def prepared(cls, course: Course, name: str, sandboxed: bool = True) -> "Desk":
        """The desk for `name`; ValueError if it was not released, or its material is broken."""
        path = course.folder / "release" / name / f"{name}.ipynb"
        if not path.is_file():
            raise ValueError(
                f"{name!r} has not been released in this course: `release` makes {path}"
            )
        assignment = course.sound(name)
        fingerprint = records.grader(assignment, path.read_bytes(), sandboxed)
        try:
            release = nbformat.read(path, as_version=4)
        except Exception as error:
            raise ValueError(f"{path} is no notebook: release {name} again") from error
        missing = {q.name for q in assignment.questions} - {grade_id(c) for c in release.cells}
        if missing:
            raise ValueError(
                f"{path} has no cell for {', '.join(sorted(missing))}: release {name} again"
            )
        return cls(course, assignment, release, fingerprint, sandboxed)

    def run(self, notebook, slot: int = 0) -> Outcome:
        """The values of a notebook, from the sandbox."""
        return run(self.assignment, notebook, sandboxed=self.sandboxed, slot=slot, visible=True)

    def mistakes(self, slot: int = 0):
        """The values of the known mistakes; computed where they are not on record."""

        def of(part, notebook, limits):
            return run(part, notebook, limits=limits, sandboxed=self.sandboxed, slot=slot)

        return diagnosis.known(self.course, self.assignment, self.fingerprint, of)

    def restored(self, submission: Submission) -> tuple[str, Restored | None, str | None]:
        """(fingerprint of the file, notebook or None, why it cannot be read or None)."""
        mark, data, why = content(submission)
        try:
            return mark, None if why else self._put_back(data), why
        except reading.UnreadableError as error:
            return mark, None, str(error)

    def _put_back(self, data):
        try:
            return restored(self.release, reading.notebook(data))
        except (reading.UnreadableError, MemoryError):
            raise
        except (Exception, RecursionError) as error:
            raise reading.UnreadableError(FAILED.format(type(error).__name__)) from error

    def graded(self, submission: Submission, read: tuple, slot: int, known) -> dict:
        """The record of a submission; `read` is what `restored` gave."""
        start = time.perf_counter()
        fingerprint, found, unreadable = read
        record = self._record(submission, fingerprint, unreadable)
        record |= self._verdict(found, slot, known) if found else self._unread(unreadable)
        record["seconds"] = round(time.perf_counter() - start, 3)
        return record

    def given_up(self, submission: Submission, fingerprint: str, how: str) -> dict:
        """The record of a submission of which a clerk died: it is not tried again by itself."""
        unread = self._unread(DIED.format(how), "the grader could not be done with it")
        return self._record(submission, fingerprint, DIED.format(how)) | unread | {"seconds": 0.0}

    def _record(self, submission, fingerprint, unreadable):
        return {
            "student": submission.student,
            "assignment": submission.assignment,
            "submission": fingerprint,
            "timestamp": submission.timestamp,
            "name": submission.name,
            "late": submission.late,
            "grader": self.fingerprint,
            "unreadable": unreadable,
            "failed": False,
            "written": False,
        }

    def _verdict(self, found, slot, known):
        try:
            outcome = self.run(found.notebook, slot)
            result = verdict(self.assignment, found, outcome)
            seen.noted(result["questions"], found, outcome)
            result["questions"] = {
                name: diagnosis.explain(self.assignment, name, entry, outcome, known)
                for name, entry in result["questions"].items()
            }
            json.dumps(result)
            return result
        except MemoryError:
            raise
        except Exception as error:  # nothing that one submission does may stop the others
            told = f"{type(error).__name__}: {error}"
            unread = self._unread(FAILED.format(told), FAILED.format(type(error).__name__))
            return unread | {"failed": True}

    def _unread(self, reason, told=None):
        """No points and a flag on every question."""
        questions = {q.name: unanswered(q) for q in self.assignment.questions}
        flags = [flag(name, reason, told) for name in questions]
        return {"questions": questions, "flags": flags, "notes": []}


def content(submission: Submission) -> tuple[str, bytes | None, str | None]:
    """(fingerprint, the bytes of the file, None), or (fingerprint, None, why there are none)."""
    why = submission.refused
    try:
        if submission.path is not None and not why:
            data = reading.content(submission.path)
            return reading.fingerprint(data), data, None
    except reading.UnreadableError as error:
        why = str(error)
    why = why or "there is no file"
    return reading.fingerprint(why.encode()), None, why


def left_out(submission: Submission) -> dict:
    """What is told of a submission that cannot be anyone's: it has no place in the course."""
    told = {"question": None, "reason": submission.refused, "told": submission.refused}
    return {
        "student": submission.student,
        "assignment": submission.assignment,
        "questions": {},
        "flags": [told],
        "notes": [],
        "seconds": 0.0,
    }
