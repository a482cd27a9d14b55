"""A course of the toy assignment and its students, for the tests of grading."""

import json
import shutil
from copy import deepcopy
from pathlib import Path

import nbformat

from deeptricks.grading.__main__ import main
from deeptricks.grading.assignment import grade_id
from deeptricks.grading.course import Course
from deeptricks.grading.evening.records import all_records
from deeptricks.grading.handout.staging import Stage
from deeptricks.grading.results.gradebook import opened
from deeptricks.grading.sandbox.walls import NoSandbox, bubblewrap

TOY = Path(__file__).parent / "toy"


def course_of(folder: Path, masters: Path = TOY.parent, name: str = "toy", seed: int = 0) -> Course:
    """A course with one assignment, released."""
    own = folder / "masters"
    shutil.copytree(masters / name, own / name, ignore=shutil.ignore_patterns("__pycache__"))
    course = Course.create(folder / "course", own, seed)
    released(course, name)
    return course


def released(course: Course, name: str) -> None:
    """The student's version and the gradebook's cells, by nbgrader's own converter."""
    with Stage.open(course, course.assignment(name)) as stage:
        stage.generate()
        stage.generate(course.gradebook)
        stage.move()


def blank(course: Course, name: str = "toy"):
    """What a student begins with."""
    return nbformat.read(course.folder / "release" / name / f"{name}.ipynb", as_version=4)


def answered(course: Course, name: str = "toy", **answers: str):
    """The release with the reference's answers, or those given (by grade_id)."""
    notebook, reference = blank(course, name), course.assignment(name).notebook()
    solutions = {grade_id(cell): without_markers(cell.source) for cell in reference.cells}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answers.get(grade_id(cell), solutions[grade_id(cell)])
    return notebook


def without_markers(source: str) -> str:
    """A solution as a student would write it."""
    return "\n".join(line for line in source.split("\n") if "SOLUTION" not in line)


def mistaken(course: Course, name: str = "toy", place: int = 0):
    """The reference with one of the known mistakes."""
    assignment = course.assignment(name)
    mistake = assignment.mistakes[place]
    changed = mistake.changed(assignment.solution(mistake.question))
    return answered(
        course,
        name,
        **{mistake.question: without_markers(assignment.filled_in(changed, code=True))},
    )


def cell_of(notebook, name):
    """The cell with a grade_id."""
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


def stripped(notebook):
    """As editors leave it that know nothing of nbgrader: no metadata, other ids."""
    notebook = deepcopy(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = nbformat.NotebookNode(), f"other-{number}"
    return notebook


def hand_in(
    folder: Path, student: str, notebook, name: str = "toy", when: str | None = None
) -> Path:
    """Put a notebook (or bytes, or text) where nbgrader's collect would."""
    path = folder / student / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, bytes):
        path.write_bytes(notebook)
    else:
        path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook), "utf-8")
    if when:
        (path.parent / "timestamp.txt").write_text(when)
    return path


def has_sandbox() -> bool:
    """Where there is none, the tests of grading run their own harmless notebooks without it."""
    try:
        return bool(bubblewrap())
    except NoSandbox:
        return False


def grade(course: Course, folder: Path, *words: str) -> int:
    """The command, as an instructor types it."""
    unsafe = [] if has_sandbox() else ["--unsafe-without-sandbox"]
    return main(["grade", str(folder), "--course", str(course.folder), *unsafe, *words])


def outcome(course: Course) -> dict:
    """All that grading decided, without what depends on the clock: records and gradebook."""
    records = {(r["student"], r["assignment"]): r for r in all_records(course)}
    for record in records.values():
        del record["seconds"]
    with opened(course) as book:
        grades = {
            (s.student.id, grade.name): (grade.auto_score, grade.score, grade.needs_manual_grade)
            for assignment in book.assignments
            for s in assignment.submissions
            for notebook in s.notebooks
            for grade in notebook.grades
        }
    return {"records": records, "grades": grades}
