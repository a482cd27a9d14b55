"""In the folder of a course nbgrader must run no student's code: its commands refuse, and say why.

nbgrader's own autograding executes a submission in an ordinary kernel, with the rights of whoever
grades, beside the tests that decide. Its settings for the course (`nbgrader_config.py`, written
here) name the classes below in places that it comes to before it changes a file or starts a kernel.
"""

from pathlib import Path

from jupyter_client import AsyncKernelManager
from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import NbGraderException

GRADE = (  # in short lines, for formgrader's narrow box
    "nbgrader's autograde is switched off in this course:\n"
    "it would run the student's code on this machine without any protection.\n"
    "To grade: make grade SUBMISSIONS=folder\n"
    "(python -m deeptricks.grading grade SUBMISSIONS --course COURSE)"
)
RELEASE = (
    "nbgrader's generate_assignment is switched off in this course:\n"
    "it does not look for leaks. To make the students' versions: make assignments\n"
    "(python -m deeptricks.grading release --course COURSE)"
)
FEEDBACK = (
    "nbgrader's generate_feedback is switched off in this course:\n"
    "its pages would show the rubric. To renew the pages after grading by hand:\n"
    "python -m deeptricks.grading grade --feedback-only --course COURSE"
)
OWN = "# Settings of your own may follow below; they stay when the lines above are written anew.\n"
SETTINGS = """# Settings of nbgrader, written by `python -m deeptricks.grading release`.

import os

c = get_config()  # noqa: F821
c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__))
c.CourseDirectory.course_id = "deeptricks"
c.CsvExportPlugin.to = "nbgrader_export.csv"  # grades.csv is the kit's
c.OverwriteCells.add_missing_cells = True
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    "nbgrader.preprocessors.ClearHiddenTests",
]
# These refuse, and say which command to use: no student's code runs from here.
c.Autograde.exporter_class = "deeptricks.grading.handout.refusal.NoAutograde"
c.GenerateAssignment.exporter_class = "deeptricks.grading.handout.refusal.NoGenerateAssignment"
c.GenerateFeedback.exporter_class = "deeptricks.grading.handout.refusal.NoGenerateFeedback"
c.Execute.kernel_manager_class = "deeptricks.grading.handout.refusal.NoKernel"
"""


class _Refusing(NotebookExporter):
    sentence = ""

    def __init__(self, *args, parent=None, **kwargs):
        if parent is not None:
            parent.log.error(self.sentence)  # what the command line and formgrader show
        raise NbGraderException(self.sentence)


class NoAutograde(_Refusing):
    """Stands where Autograde makes its exporter: before it removes or writes anything."""

    sentence = GRADE


class NoGenerateAssignment(_Refusing):
    """Stands where GenerateAssignment makes its exporter: before it removes or writes anything."""

    sentence = RELEASE


class NoGenerateFeedback(_Refusing):
    """Stands where GenerateFeedback makes its exporter: before it removes or writes anything."""

    sentence = FEEDBACK


class NoKernel(AsyncKernelManager):
    """Stands where a notebook would get a kernel, in `nbgrader validate` too."""

    def __init__(self, *args, **kwargs):
        raise NbGraderException(GRADE)


def write_settings(folder: Path) -> Path:
    """Write `nbgrader_config.py` into a course; what stands below its last line of ours is kept."""
    path = folder / "nbgrader_config.py"
    before = path.read_text("utf-8") if path.exists() else ""
    own = before.partition(OWN)[2] if OWN in before else before
    path.write_text(SETTINGS + OWN + own, "utf-8")
    return path
