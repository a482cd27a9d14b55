"""What a student sends passes through a clerk and nothing else: read, run, compared, printed.

A clerk is a process with limits (`bounded`): the one that keeps the gradebook never has a notebook
of a student in its hands. Each question is about one submission, and what a clerk may die of ends
with it.
"""

from pathlib import Path

from ..course import Course
from ..results.feedback import Printer, graded_notebook
from ..results.shown import shown
from . import records
from .allowance import allow, uncounted
from .bounded import Bounded
from .desk import Desk
from .submissions import Submission

SECONDS = 60  # of a processor, to read, judge, show or print one submission
RUNNING = 1800  # to watch all runs of one submission


class Clerk:
    """Answers what the evening asks, about one course."""

    def __init__(self, folder: str, sandboxed: bool, slot: int):
        self.course, self.sandboxed, self.slot = Course.open(folder), sandboxed, slot
        self.desks: dict[str, Desk] = {}
        self.known: dict[str, object] = {}
        self.printer: Printer | None = None
        self.last = None, None  # what was graded last, and the notebook that was run

    @classmethod
    def hired(cls, course: Course, sandboxed: bool, slot: int) -> Bounded:
        """A clerk in a process of its own."""
        return Bounded(cls, str(course.folder), sandboxed, slot)

    def __call__(self, do: str, **about):
        """The answer to one question: `do` names it."""
        allow(SECONDS)
        return getattr(self, f"_{do}")(**about)

    def _mistakes(self, assignment):
        """Compute the values of the known mistakes, once a term, for all clerks."""
        self._known(assignment)

    def _grade(self, submission):
        """The record of a submission."""
        submission = _submission(submission)
        desk, known = self._desk(submission.assignment), self._known(submission.assignment)
        self.last = None, None
        restored = desk.restored(submission)
        allow(RUNNING)
        record = desk.graded(submission, restored, self.slot, known)
        self.last = submission, restored[1]
        return record

    def _show(self, submission, record, empty):
        """Write the notebook that formgrader and the feedback show; `empty`: without answers."""
        submission = _submission(submission)
        desk, found = self._desk(submission.assignment), None
        if not empty:
            graded, found = self.last
            found = found if graded == submission else desk.restored(submission)[1]
        self.last = None, None
        text = shown(desk.assignment, record, desk.release, found)
        path = graded_notebook(self.course, submission.student, submission.assignment)
        records.written(path, text.encode("utf-8", "replace"))
        if record["timestamp"]:
            records.written(path.with_name("timestamp.txt"), record["timestamp"].encode())

    def _print(self, student, assignment):
        """Write the page for the student, with the scores that the gradebook has now."""
        self.printer = self.printer or Printer(self.course)
        self.printer.write(student, assignment)

    def _desk(self, name):
        if name not in self.desks:
            allow(RUNNING)
            with uncounted():
                self.desks[name] = Desk.prepared(self.course, name, self.sandboxed)
            allow(SECONDS)
        return self.desks[name]

    def _known(self, name):
        if name not in self.known:
            desk = self._desk(name)
            allow(RUNNING)
            with uncounted():
                self.known[name] = desk.mistakes(self.slot)
            allow(SECONDS)
        return self.known[name]


def _submission(told):
    return Submission(**told | {"path": Path(told["path"]) if told["path"] else None})
