"""An evening of grading: every submission once, several at a time, and whole files at every moment.

Nothing here holds a notebook of a student: clerks do, in processes with limits, who may die of it.
What was graded stays on record; a run that was interrupted, by Ctrl-C or worse, goes on from there.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, replace

from filelock import FileLock, Timeout
from tqdm import tqdm

from ..course import Course
from ..pool import each
from ..results import gradebook, lateness
from ..results.feedback import graded_notebook
from ..settings import Settings
from . import records
from .bounded import Died
from .clerk import Clerk
from .desk import Desk, content, left_out
from .submissions import Submission
from .verdict import flag

NO_PAGE = "the notebook cannot be shown: what follows is the empty assignment"
NOT_SHOWN = "the notebook cannot be shown ({})"


def evening(
    course: Course,
    submissions: Iterable[Submission],
    workers: int = 2,
    again: bool = False,
    sandboxed: bool = True,
    settings: Settings | None = None,
) -> tuple[list[dict], dict[str, str]]:
    """Grade what has not been graded, or has changed.

    Returns
    -------
    The records, in the order of the submissions, and the assignments that cannot be graded, each
    with the reason: of their submissions there are no records, and the others lose nothing by it.
    A record from before has `"now": False`. One that no file may be named after (an unsafe name)
    is returned and not written.

    Raises
    ------
    ValueError
        Where another run is grading this course.
    """
    submissions = list(submissions)
    folder = course.folder / "records"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        with lock:
            records.sweep(course)
            names = sorted({s.assignment for s in submissions if s.assignment})
            settings = settings or Settings.read(course.folder, course.names())
            night = _Evening(course, again, sandboxed, settings)
            return night.of(names, submissions, workers), night.sick
    except Timeout:
        raise ValueError(f"another run is grading the course in {course.folder}") from None


class _Evening:
    def __init__(self, course, again, sandboxed, settings):
        self.course, self.again, self.sandboxed = course, again, sandboxed
        self.settings, self.desks, self.sick = settings, {}, {}

    def of(self, names, submissions, workers):
        """The clerks of the workers read, run and show; one more prints, here, what was written."""
        self.clerks = [
            Clerk.hired(self.course, self.sandboxed, slot) for slot in range(workers + 1)
        ]
        try:
            return self._of(names, submissions, workers)
        finally:
            for clerk in self.clerks:
                clerk.close()

    def _of(self, names, submissions, workers):
        with gradebook.opened(self.course) as self.book:
            self._prepare(names, workers)
            submissions = [one for one in submissions if one.assignment not in self.sick]
            self.there = {name: gradebook.known(self.book, name) for name in self.desks}
            gradebook.enrolled(self.book, self.settings.roster)
            self.other_penalty = lateness.applied(self.book, self.settings)
            done = {}
            graded = each(self._grade, submissions, workers)
            with tqdm(total=len(submissions), unit="", disable=None) as bar:
                for submission, (record, now) in graded:
                    self._write(submission, record)
                    done[id(submission)] = record | {"now": now}
                    bar.update()
        return [done[id(submission)] for submission in submissions]

    def _prepare(self, names, workers):
        """A desk for each assignment; what is wrong with an assignment itself makes it sick."""
        for name in names:
            try:
                desk = Desk.prepared(self.course, name, self.sandboxed)
                gradebook.checked(self.book, desk.assignment)
                self.desks[name] = desk
            except ValueError as error:
                self.sick[name] = str(error)
        for name, why in each(self._mistakes, list(self.desks), workers):
            if why:
                self.sick[name] = why
                del self.desks[name]

    def _mistakes(self, name, slot):
        """Why reference and known mistakes cannot be graded; None where they can."""
        try:
            self.clerks[slot].ask(do="mistakes", assignment=name)
        except Died as death:
            return f"{name}: its reference and known mistakes cannot be graded: {death}"

    def _grade(self, submission, slot):
        """In a thread of the pool: (record, whether it was graded now)."""
        desk = self.desks.get(submission.assignment)
        if desk is None or not submission.named:
            return left_out(submission), True
        path = records.path_of(self.course, submission.student, submission.assignment)
        record, mark = records.stored_json(path), content(submission)[0]
        now = (
            self.again
            or not record
            or record.get("failed")
            or (record["grader"], record["submission"]) != (desk.fingerprint, mark)
            or record["timestamp"] != submission.timestamp
        )
        if now:
            before = record
            try:
                record = self.clerks[slot].ask(do="grade", submission=told(submission))
            except Died as death:
                record = desk.given_up(submission, mark, str(death))
            record["fresh"] = gradebook.fresh(record, before)
            records.stored(path, record)
        if not self._is_published(record):
            self._show(self.clerks[slot], submission, record)
        return record, now

    def _is_published(self, record):
        name, student = record["assignment"], record["student"]
        path = graded_notebook(self.course, student, name)
        there = student in self.there[name] and (student, name) not in self.other_penalty
        return record["written"] and there and path.is_file()

    def _show(self, clerk, submission, record):
        """Let the notebook be written; where a clerk dies of it, one without answers."""
        for empty in (bool(record["unreadable"]), True):
            try:
                clerk.ask(do="show", submission=told(submission), record=record, empty=empty)
                return
            except Died as death:
                _not_shown(record, death)

    def _write(self, submission, record):
        """In the main thread, one after the other: gradebook, feedback."""
        if "grader" not in record or self._is_published(record):
            return
        desk, clerk = self.desks[record["assignment"]], self.clerks[-1]
        self._enter(desk, record)
        try:
            clerk.ask(do="print", student=record["student"], assignment=record["assignment"])
        except Died as death:
            _not_shown(record, death)
            self._show(clerk, replace(submission, path=None, refused=NO_PAGE), record)
            self._enter(desk, record)
            with suppress(Died):  # then there is no page, and the record says so
                clerk.ask(do="print", student=record["student"], assignment=record["assignment"])
        record["written"] = True
        path = records.path_of(self.course, record["student"], record["assignment"])
        records.stored(path, record)

    def _enter(self, desk, record):
        """Points and penalty into the gradebook."""
        gradebook.write(self.book, desk.assignment, record)
        lateness.applied_to(self.book, self.settings, record["student"], record["assignment"])


def _not_shown(record, death):
    """A notebook that cannot be shown stops nobody; its points stay, and a person should look."""
    if NOT_SHOWN.format(death) not in record["notes"]:
        reason = NOT_SHOWN.format(death)
        record["flags"] += [flag(name, reason, NO_PAGE) for name in record["questions"]]
        record["notes"].append(NO_PAGE)


def told(submission: Submission) -> dict:
    return asdict(submission) | {"path": str(submission.path) if submission.path else None}
