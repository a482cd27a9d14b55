"""Due dates and what a late day costs, from the settings into nbgrader's gradebook.

nbgrader keeps the penalty beside the score, shows it in its pages and takes it off at the end. A
score that a person gives stays what it is: the penalty is taken off the sum.
"""

from nbgrader.api import Gradebook, SubmittedAssignment

from ..settings import Settings


def applied(book: Gradebook, settings: Settings) -> set[tuple[str, str]]:
    """Write due dates, extensions and penalties of all; (student, assignment) of those changed.

    Where there are no settings for an assignment, its due date in the gradebook stays.
    """
    for assignment in book.assignments:
        assignment.duedate = settings.due.get(assignment.name, assignment.duedate)
    book.db.flush()
    every = [one for assignment in book.assignments for one in assignment.submissions]
    changed = {(one.student.id, one.assignment.name) for one in every if _changed(one, settings)}
    book.db.commit()
    return changed


def applied_to(book: Gradebook, settings: Settings, student: str, assignment: str) -> None:
    """Write the extension and the penalty of one submission."""
    _changed(book.find_submission(assignment, student), settings)
    book.db.commit()


def _changed(submission: SubmittedAssignment, settings: Settings) -> bool:
    """Whether another penalty than before is taken off now."""
    assignment = submission.assignment
    extended = settings.extensions.get((assignment.name, submission.student.id))
    if extended and assignment.duedate:
        submission.extension = extended - assignment.duedate
    penalty = settings.penalty(submission.total_seconds_late, assignment.max_score)
    before = [notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks]
    after = [min(penalty, notebook.score) for notebook in submission.notebooks]
    for notebook, taken in zip(submission.notebooks, after, strict=True):
        notebook.late_submission_penalty = taken
    return before != after
