"""What each student has of an assignment: points from the gradebook, reasons from the records."""

from dataclasses import dataclass, field

from nbgrader.api import Gradebook

from ...assignment import Assignment
from ...course import Course
from ...evening import records

NOT_TRIED = ("NotImplementedError", "NameError")


@dataclass(frozen=True)
class Answer:
    """One student's answer to one question; `points` is None while it waits for a person."""

    question: str
    points: float | None
    most: float
    entry: dict = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    @property
    def blank(self) -> bool:
        """Whether nothing was written, here or in another cell."""
        gave_nothing = all((c["reason"] or "").startswith(NOT_TRIED) for c in self.entry["checks"])
        return bool(self.entry.get("untouched")) and gave_nothing

    @property
    def tried(self) -> bool:
        """Whether it is an honest attempt."""
        return bool(self.entry) and not self.blank

    @property
    def failed(self) -> list[dict]:
        """The checks that did not hold."""
        return [check for check in self.entry.get("checks", []) if check["reason"]]

    @property
    def fooled(self) -> bool:
        """Whether the visible tests passed and a hidden check did not."""
        return bool(self.entry.get("visible")) and bool(self.failed)

    @property
    def wrong(self) -> tuple[tuple[str, str], ...]:
        """The marks of its wrong values, by check: equal ones are the same wrong answer."""
        return tuple((c["name"], c["value"]) for c in self.failed if c.get("value"))


@dataclass(frozen=True)
class Work:
    """All that one student handed in of an assignment."""

    student: str
    answers: dict[str, Answer]
    unread: str | None = None

    def total(self, counted) -> float:
        """The points of the questions `counted`."""
        return sum(self.answers[name].points or 0 for name in counted)

    @property
    def blank(self) -> bool:
        """Whether no question is answered."""
        return all(answer.blank for answer in self.answers.values())


@dataclass(frozen=True)
class Class:
    """An assignment's submissions; those that could not be read; students of whom there is none."""

    name: str
    titles: dict[str, str]
    most: dict[str, float]
    works: list[Work]
    unread: list[Work]
    missing: list[str]

    @property
    def counted(self) -> list[str]:
        """The questions of which every answer has its points."""
        return [name for name in self.titles
                if all(work.answers[name].points is not None for work in self.works)]  # fmt: skip

    def manual(self, name: str) -> bool:
        """Whether a person grades the question."""
        return any(work.answers[name].entry.get("manual") for work in self.works)

    @property
    def of(self) -> float:
        """The most that the questions counted are worth."""
        return sum(self.most[name] for name in self.counted)

    def shares(self) -> dict[str, float]:
        """Student → share of the points that are counted, from 0 to 1."""
        return {w.student: w.total(self.counted) / self.of for w in self.works} if self.of else {}


def read(assignment: Assignment, book: Gradebook, found: dict[tuple[str, str], dict]) -> Class:
    """The class's works of an assignment; `found` are the records (`by_student`)."""
    name = assignment.name
    titles = {q.name: q.title for q in assignment.questions}
    most = {q.name: float(q.points) for q in assignment.questions}
    works = [
        _work(submission, found.get((submission.student.id, name)) or {}, most)
        for submission in book.assignment_submissions(name)
    ]
    works.sort(key=lambda work: work.student)
    there = {work.student for work in works}
    missing = [student.id for student in book.students if student.id not in there]
    unread = [work for work in works if work.unread]
    return Class(name, titles, most, [w for w in works if not w.unread], unread, sorted(missing))


def by_student(course: Course) -> dict[tuple[str, str], dict]:
    """(student, assignment) → record."""
    return {(r["student"], r["assignment"]): r for r in records.all_records(course)}


def _work(submission, record, most):
    grades = {
        grade.name.removesuffix("_tests"): grade
        for notebook in submission.notebooks
        for grade in notebook.grades
    }
    answers = {
        name: Answer(
            name,
            _points(grades.get(name)),
            points,
            record.get("questions", {}).get(name, {}),
            tuple(f["reason"] for f in record.get("flags", []) if f["question"] == name),
        )
        for name, points in most.items()
    }
    return Work(submission.student.id, answers, _unread(record))


def _unread(record):
    """Why nothing is known of a submission; None where it was run."""
    if record.get("unreadable"):
        return record["unreadable"]
    if not record or record.get("failed"):
        return record["flags"][0]["reason"] if record.get("flags") else "there is no record of it"
    return None


def _points(grade):
    if grade is None:
        return 0.0
    if grade.manual_score is None and grade.auto_score is None:
        return None
    return float(grade.score)
