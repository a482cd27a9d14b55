"""The page: <course>/results/<assignment>-alike.html, with pairs of answers side by side."""

from pathlib import Path

import nbformat

from ..assignment import grade_id
from ..course import Course
from ..evening.records import written
from ..results.of_class.pages import FOLDER, environment
from . import known, measure, pairs
from .pairs import Pair, Piece
from .prints import K

MOST = 40  # pairs of a question that are shown


def write(course: Course, name: str) -> tuple[Path, int]:
    """Write the page of an assignment; where, and how many pairs there are."""
    assignment = course.assignment(name)
    notebooks = graded(course, name)
    compared = known.compared(assignment)
    questions = [_question(assignment, question, notebooks) for question in compared]
    many = sum(question["many"] for question in questions)
    short = [q.title for q in assignment.questions if q not in compared]
    told = {"name": name, "questions": questions, "short": short, "many": many, "k": K,
            "students": len(notebooks), "limits": pairs, "long": known.LONG,
            "measured": measure.rows([assignment])}  # fmt: skip
    path = course.folder / FOLDER / f"{name}-alike.html"
    html = environment().get_template("alike.html.jinja").render(told)
    written(path, html.encode("utf-8", "replace"))
    return path, many


def _question(assignment, question, notebooks):
    theirs = pieces(notebooks, question.name)
    found = pairs.pairs(theirs, known.fingerprints(assignment, question.name))
    shown = [_shown(pair) for pair in found[:MOST]]
    return {"title": question.title, "pairs": shown, "many": len(found)}


def graded(course: Course, name: str) -> dict[str, nbformat.NotebookNode]:
    """Student → the notebook as it was graded."""
    found = sorted((course.folder / "autograded").glob(f"*/{name}/{name}.ipynb"))
    return {path.parents[1].name: nbformat.read(path, as_version=4) for path in found}


def pieces(notebooks: dict[str, nbformat.NotebookNode], question: str) -> list[Piece]:
    """Each student's answer to a question, with the code cells of their own."""
    found = []
    for student, notebook in notebooks.items():
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        source = "".join(cell.source for cell in code if grade_id(cell) == question)
        own = [known.readable(cell.source) for cell in code if "nbgrader" not in cell.metadata]
        lines = {one: set() for cell in own for one in cell}
        found.append(Piece(student, source, known.readable(source), lines))
    return found


def _shown(pair: Pair) -> dict:
    return {"score": pair.score, "sides": [_side(one, pair) for one in (pair.one, pair.other)]}


def _side(piece, pair):
    """A student's answer by lines, and which of them stand in what both have."""
    marked = set().union(*(piece.answer.get(one, set()) for one in pair.shared))
    lines = [
        {"text": text, "marked": number in marked}
        for number, text in enumerate(piece.source.split("\n"), start=1)
    ]
    elsewhere = sum(one in piece.own and one not in piece.answer for one in pair.shared)
    return {"student": piece.student, "lines": lines, "elsewhere": elsewhere}
