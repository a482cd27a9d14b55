"""Due dates and what a late day costs, from the settings into nbgrader's gradebook.

nbgrader keeps the penalty beside the score, shows it in its pages and takes it off at the end. A
score that a person gives stays what it is: the penalty is taken off the sum.
"""

from nbgrader.api import Gradebook

from ..settings import Settings


def applied(
    book: Gradebook, settings: Settings, only: tuple[str, str] | None = None
) -> set[tuple[str, str]]:
    """Write due dates, extensions and penalties; (student, assignment) of those that changed.

    Parameters
    ----------
    book, settings
        Where there are no settings for an assignment, its due date in the gradebook stays.
    only
        A student and an assignment; None: all.
    """
    changed = set()
    for assignment in book.assignments:
        if only and only[1] != assignment.name:
            continue
        if due := settings.due.get(assignment.name):
            assignment.duedate = due
        book.db.flush()
        for submission in assignment.submissions:
            student = submission.student.id
            if only and only[0] != student:
                continue
            extended = settings.extensions.get((assignment.name, student))
            if extended and assignment.duedate:
                submission.extension = extended - assignment.duedate
            most = assignment.max_score
            penalty = settings.penalty(submission.total_seconds_late, most)
            for notebook in submission.notebooks:
                taken = min(penalty, notebook.score)
                if (notebook.late_submission_penalty or 0.0) != taken:
                    notebook.late_submission_penalty = taken
                    changed.add((student, assignment.name))
    book.db.commit()
    return changed
