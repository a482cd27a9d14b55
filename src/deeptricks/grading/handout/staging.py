"""A student's version, made by nbgrader in a place of its own, and moved only when it is right."""

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

from ..assignment import Assignment
from ..course import Course, address

FOR_NOTEBOOK = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class Stage:
    """A folder beside `source/` and `release/` in which one assignment is made; gone in the end."""

    def __init__(self, course: Course, assignment: Assignment, folder: Path):
        self.course, self.assignment, self.folder = course, assignment, folder

    @classmethod
    @contextmanager
    def open(cls, course: Course, assignment: Assignment) -> Iterator["Stage"]:
        """A new stage, with the source of the term and a copy of the gradebook in it."""
        with tempfile.TemporaryDirectory(prefix=".release-", dir=course.folder) as folder:
            stage = cls(course, assignment, Path(folder))
            source = stage.place("source")
            source.parent.mkdir(parents=True)
            source.write_text(nbformat.writes(for_the_term(assignment)), "utf-8")
            _copy_gradebook(course.folder / "gradebook.db", stage.folder / "gradebook.db")
            yield stage

    def place(self, step: str, folder: Path | None = None) -> Path:
        """The notebook of one step, here or in another folder."""
        name = self.assignment.name
        return (folder or self.folder) / step / name / f"{name}.ipynb"

    def generate(self, gradebook: str | None = None) -> nbformat.NotebookNode:
        """Let nbgrader make the student's version; its cells go to `gradebook`, or to the copy.

        Raises
        ------
        ValueError
            In nbgrader's words, where it cannot.
        """
        from nbgrader.converters import GenerateAssignment
        from nbgrader.coursedir import CourseDirectory
        from nbgrader.utils import capture_log

        config = self.course.config()
        config.CourseDirectory.root = str(self.folder)
        config.CourseDirectory.db_url = gradebook or address(self.folder / "gradebook.db")
        config.CourseDirectory.assignment_id = self.assignment.name
        with alembic_in_process():
            directory = CourseDirectory(config=config)
            made = capture_log(GenerateAssignment(coursedir=directory, config=config, force=True))
        if not made["success"]:
            raise ValueError(_in_short(made))
        return nbformat.read(self.place("release"), as_version=4)

    def move(self) -> Path:
        """Put both versions where they belong, over older ones; gives the student's path."""
        for step in ("source", "release"):
            new, old = self.place(step).parent, self.place(step, self.course.folder).parent
            old.parent.mkdir(parents=True, exist_ok=True)
            if old.exists():
                os.replace(old, self.folder / f"old-{step}")
            os.replace(new, old)
        return self.place("release", self.course.folder)


def for_the_term(assignment: Assignment) -> nbformat.NotebookNode:
    """The master with this term's constants, without outputs and metadata that nobody needs."""
    notebook = assignment.notebook()
    notebook.metadata = nbformat.from_dict(FOR_NOTEBOOK)
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    for cell in notebook.cells:
        tags = [tag for tag in cell.metadata.get("tags", []) if tag == "experiment"]
        kept = {"nbgrader": cell.metadata.get("nbgrader"), "tags": tags}
        cell.metadata = nbformat.from_dict({k: v for k, v in kept.items() if v})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


@contextmanager
def alembic_in_process() -> Iterator[None]:
    """Make new gradebooks without the command `alembic`, which need not be on PATH.

    nbgrader starts it only to ask for the newest version of its own tables; the library knows it
    too, and in no time.
    """
    import nbgrader.api
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    asked = nbgrader.api.get_alembic_version
    nbgrader.api.get_alembic_version = ScriptDirectory(ALEMBIC_DIR).get_current_head
    try:
        yield
    finally:
        nbgrader.api.get_alembic_version = asked


def submissions(course: Course, name: str) -> int:
    """How many submissions of an assignment the gradebook has."""
    from nbgrader.api import Gradebook, MissingEntry

    if not (course.folder / "gradebook.db").exists():
        return 0
    with alembic_in_process(), Gradebook(course.gradebook, "deeptricks") as gradebook:
        try:
            return len(gradebook.find_assignment(name).submissions)
        except MissingEntry:
            return 0


def _copy_gradebook(old: Path, new: Path):
    """As SQLite copies a database, so also one that is in use."""
    if old.exists():
        with sqlite3.connect(old) as one, sqlite3.connect(new) as other:
            one.backup(other)
        one.close()
        other.close()


def _in_short(made):
    """What went wrong, of all that nbgrader logged."""
    text = f"{made.get('log', '')}\n{made.get('error', '')}"
    if "Cannot add or remove cells" in text:
        return (
            "the gradebook has submissions of it, and nbgrader adds or removes no cells then: keep "
            "the questions and texts that there were, or take a new folder for the course"
        )
    errors = re.findall(r"^\s*[\w.]*(?:Error|Exception|Exit): .*", text, re.MULTILINE)
    return f"nbgrader cannot make it: {(errors or [text[-300:]])[0].strip()}"


def remove_leftovers(course: Course):
    """Stages of a run that was killed."""
    for folder in course.folder.glob(".release-*"):
        shutil.rmtree(folder, ignore_errors=True)
