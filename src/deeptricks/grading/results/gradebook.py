"""nbgrader's gradebook, written through its API: automatic scores in, manual ones left alone."""

import warnings

from nbgrader.api import Comment, Grade, Gradebook, MissingEntry

from ..assignment import Assignment
from ..course import Course
from ..evening.roster import Roster
from ..handout.staging import alembic_in_process

# How nbgrader adds a submission makes SQLAlchemy warn; nothing is lost by it.
warnings.filterwarnings("ignore", message="Object of type", module=r"nbgrader\.api")


def opened(course: Course) -> Gradebook:
    """The gradebook of a course, to be used in a `with` statement."""
    with alembic_in_process():
        return Gradebook(course.gradebook, course.config().CourseDirectory.course_id)


def checked(book: Gradebook, assignment: Assignment) -> None:
    """ValueError where the gradebook does not know the assignment, or with other points."""
    try:
        notebook = book.find_notebook(assignment.name, assignment.name)
    except MissingEntry:
        raise ValueError(
            f"the gradebook has no assignment {assignment.name!r}: release it"
        ) from None
    most = {cell.name: cell.max_score for cell in notebook.grade_cells}
    for question in assignment.questions:
        if most.get(cell_of(question)) != question.points:
            raise ValueError(
                f"{assignment.name}: question {question.name!r} is worth {question.points} points, "
                f"in the gradebook {most.get(cell_of(question))}: release the assignment again"
            )


def cell_of(question) -> str:
    """The grade cell of a question: the answer itself where a person grades it."""
    return question.name if question.manual else f"{question.name}_tests"


def known(book: Gradebook, assignment: str) -> set[str]:
    """The students of whom there is a submission."""
    return {submission.student.id for submission in book.assignment_submissions(assignment)}


def enrolled(book: Gradebook, roster: Roster | None) -> None:
    """Put the students of a roster into the gradebook, those who handed in nothing among them."""
    if roster is None:
        return
    there = {student.id: student for student in book.students}
    for student in roster.rows:
        first, last = roster.parts(student)
        known = there.get(student)
        if known is None or (known.first_name, known.last_name) != (first, last):
            book.update_or_create_student(student, first_name=first, last_name=last)


def write(book: Gradebook, assignment: Assignment, record: dict) -> None:
    """Put the automatic points of a record into the gradebook, in one step.

    A manual score and a manual comment stay; where the answer has changed since (`record["fresh"]`
    lists the questions), the score is kept visible and the grade asks for a look again.
    """
    student = record["student"]
    book.update_or_create_student(student)
    book.update_or_create_submission(assignment.name, student, timestamp=record["timestamp"])
    notebook = book.find_submission_notebook(assignment.name, assignment.name, student)
    grades = {grade.cell.name: grade for grade in notebook.grades}
    comments = {comment.cell.name: comment for comment in notebook.comments}
    flagged = {flag["question"] for flag in record["flags"]}
    for cell in notebook.notebook.grade_cells:
        if cell.name not in grades:  # released again since, with more questions
            grades[cell.name] = Grade(cell_id=cell.id, notebook=notebook)
    for cell in notebook.notebook.solution_cells:
        if cell.name not in comments:
            comments[cell.name] = Comment(cell_id=cell.id, notebook=notebook)
    for question in assignment.questions:
        grade, score = grades[cell_of(question)], record["questions"][question.name]["points"]
        new = grade.auto_score is None and grade.manual_score is None
        if new or question.name in record["fresh"]:
            unsettled = score is None or grade.manual_score is not None
            grade.needs_manual_grade = unsettled or question.name in flagged
        grade.auto_score = score
        if question.manual and question.name in comments:
            comments[question.name].auto_comment = "No response." if score == 0 else None
    book.db.commit()


def fresh(record: dict, before: dict | None) -> list[str]:
    """The questions that a person should see anew, given the record from before."""
    if before is None:
        return sorted(record["questions"])
    changed = record["submission"] != before["submission"]
    pending = [] if before.get("written") else before.get("fresh", [])

    def told(one, name):
        entry = one["questions"].get(name, {})
        flags = [f["reason"] for f in one["flags"] if f["question"] == name]
        return entry.get("points"), entry.get("most"), flags

    return sorted(
        name
        for name in record["questions"]
        if changed or name in pending or told(record, name) != told(before, name)
    )
