"""Feedback pages, one for each student and assignment, by nbgrader's own exporter and template.

A page needs no network and runs no script: what nbgrader's template would load from elsewhere
(MathJax) is left out, formulas become MathML, and the page forbids the rest.
"""

import re
import secrets
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from ..course import Course
from ..evening.records import written
from ..evening.submissions import opened
from .formulas import with_mathml

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = "<style>th, td { padding-right: 1em !important; }</style>"  # tables have none otherwise
SCRIPT = re.compile(r"<!-- Load mathjax -->|<script\b.*?</script\s*>", re.DOTALL | re.IGNORECASE)
CHARSET = re.compile(r'<meta charset="utf-8" ?/>')


class Printer:
    """nbgrader's exporter of feedback for one course, made once: it is slow to set up."""

    def __init__(self, course: Course):
        self.course = course
        config = course.config()
        converter = GenerateFeedback(CourseDirectory(config=config), config=config)
        self.exporter = HTMLExporter(parent=converter, config=converter.config)
        for preprocessor in converter.preprocessors:
            self.exporter.register_preprocessor(preprocessor)

    def page(self, student: str, assignment: str) -> str:
        """The page, with the scores and comments that the gradebook has now.

        Raises
        ------
        ValueError
            Where the submission has not been graded.
        """
        path = graded_notebook(self.course, student, assignment)
        if not path.is_file():
            raise ValueError(
                f"{assignment!r} of {student!r} has not been graded: {path} is missing"
            )
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = [c for c in notebook.cells if c.metadata.get("deeptricks") != "rubric"]
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and _ours(cell):
                cell.source = with_mathml(cell.source)
        told = {"student": student, "assignment": assignment, "notebook": assignment,
                "db_url": self.course.gradebook}  # fmt: skip
        resources = {"nbgrader": told, "unique_key": assignment, "metadata": {"name": assignment}}
        body, _ = self.exporter.from_notebook_node(notebook, resources)
        return alone(body)

    def write(self, student: str, assignment: str) -> Path:
        """Write the page, and tell where."""
        path = self.course.folder / "feedback" / student / assignment / f"{assignment}.html"
        written(path, self.page(student, assignment).encode("utf-8", "replace"))
        for name, text in _for_the_exchange(self.course, student, assignment):
            written(path.with_name(name), text)
        return path


def _ours(cell):
    """Whether a cell is of the release and not of the student."""
    graded = cell.metadata.get("nbgrader", {})
    return bool(graded.get("locked")) and not graded.get("solution")


def graded_notebook(course: Course, student: str, assignment: str) -> Path:
    """Where formgrader and the feedback look for what was graded."""
    return course.folder / "autograded" / student / assignment / f"{assignment}.ipynb"


def _for_the_exchange(course, student, assignment):
    """Two files by which nbgrader's release_feedback knows whose page it is.

    Without them it stops, and no other student gets a page either. A submission that did not come
    through the exchange gets a secret that nobody has, and its page reaches nobody.
    """
    handed_in = course.folder / "submitted" / student / assignment
    unknown = {"timestamp.txt": b"", "submission_secret.txt": secrets.token_hex(32).encode()}
    for name, text in unknown.items():
        try:
            with open(opened(handed_in / name), "rb") as file:
                text = file.read(1000)
        except OSError:
            pass
        yield name, text


def alone(body: str) -> str:
    """A page without scripts, and with a policy that lets it load nothing.

    Raises
    ------
    ValueError
        Where the page has no place for the policy: another version of nbgrader's template.
    """
    body = SCRIPT.sub("", body)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"/>'
    body, places = CHARSET.subn(lambda charset: f"{charset[0]}\n{policy}\n{STYLE}", body, count=1)
    if not places:
        raise ValueError("nbgrader's feedback page has another head: which version is installed?")
    return body.replace("<html>", '<html lang="en">', 1)
