"""An evening of grading: every submission once, several at a time, and whole files at every moment.

What was graded stays on record; a run that was interrupted, by Ctrl-C or worse, goes on from there.
"""

from collections.abc import Iterable

from filelock import FileLock, Timeout
from tqdm import tqdm

from ..course import Course
from ..pool import each
from ..results import gradebook
from ..results.feedback import Printer, graded_notebook
from ..results.shown import shown
from . import records
from .desk import Desk
from .submissions import Submission
from .verdict import flag

NOT_SHOWN = "the notebook cannot be shown ({}): what follows is the empty assignment"


def evening(
    course: Course,
    submissions: Iterable[Submission],
    workers: int = 2,
    again: bool = False,
    sandboxed: bool = True,
) -> list[dict]:
    """Grade what has not been graded, or has changed; the records of all, in the same order.

    A record from before has `"now": False`. One that no file may be named after (an unsafe name)
    is returned and not written.

    Raises
    ------
    ValueError
        Where another run is grading this course, or an assignment has not been released.
    """
    submissions = list(submissions)
    folder = course.folder / "records"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        with lock:
            records.sweep(course)
            names = sorted({s.assignment for s in submissions if s.assignment})
            desks = {name: Desk.prepared(course, name, sandboxed) for name in names}
            return _Evening(course, desks, again).of(submissions, workers)
    except Timeout:
        raise ValueError(f"another run is grading the course in {course.folder}") from None


class _Evening:
    def __init__(self, course, desks, again):
        self.course, self.desks, self.again = course, desks, again
        self.known = {}

    def of(self, submissions, workers):
        with gradebook.opened(self.course) as self.book:
            self.there = {}
            for name, desk in self.desks.items():
                gradebook.checked(self.book, desk.assignment)
                self.there[name] = gradebook.known(self.book, name)
            self.printer = Printer(self.course)
            for (name, _), values in each(self._mistakes, self._terms(), workers):
                self.known[name] = values
            done = {}
            graded = each(self._grade, submissions, workers)
            with tqdm(total=len(submissions), unit="", disable=None) as bar:
                for submission, (record, found, now) in graded:
                    self._write(submission, record, found)
                    done[id(submission)] = record | {"now": now}
                    bar.update()
        return [done[id(submission)] for submission in submissions]

    def _terms(self):
        return [(name, None) for name in self.desks]

    def _mistakes(self, term, slot):
        return self.desks[term[0]].mistakes(slot)

    def _grade(self, submission, slot):
        """In a thread of the pool: (record, notebook or None, whether it was graded now)."""
        desk = self.desks.get(submission.assignment)
        if desk is None or not submission.named:
            return _left_out(submission), None, True
        path = records.path_of(self.course, submission.student, submission.assignment)
        before = records.stored_json(path)
        if (
            before
            and not (self.again or before.get("failed"))
            and before["grader"] == desk.fingerprint
        ):
            fingerprint, found, _ = desk.restored(submission)
            if fingerprint == before["submission"]:
                return before, found, False
        record, found = desk.graded(submission, slot, self.known[submission.assignment])
        record["fresh"] = gradebook.fresh(record, before)
        records.stored(path, record)
        return record, found, True

    def _write(self, submission, record, found):
        """In the main thread, one after the other: gradebook, notebook to look at, feedback."""
        name, student = submission.assignment, submission.student
        if "grader" not in record:
            return
        path = graded_notebook(self.course, student, name)
        if record["written"] and student in self.there[name] and path.is_file():
            return
        try:
            self._publish(record, found, path)
        except Exception as error:  # a notebook that cannot be shown stops nobody else
            self.book.db.rollback()
            told = NOT_SHOWN.format(type(error).__name__)
            record["flags"] += [flag(question, told) for question in record["questions"]]
            record["notes"].append(told)
            self._publish(record, None, path)
        record["written"] = True
        records.stored(records.path_of(self.course, student, name), record)

    def _publish(self, record, found, path):
        name, student = record["assignment"], record["student"]
        desk = self.desks[name]
        text = shown(desk.assignment, record, desk.release, found)
        records.written(path, text.encode("utf-8", "replace"))
        if record["timestamp"]:
            records.written(path.with_name("timestamp.txt"), record["timestamp"].encode())
        gradebook.write(self.book, desk.assignment, record)
        self.printer.write(student, name)


def _left_out(submission):
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
