"""What a worker is told: the cells to run, and the checks of the questions of one room."""

from ..assignment import Assignment, grade_id
from .ipython import as_python
from .wire import packed

VISIBLE = "<visible tests>"  # no check is called like this


def job(assignment: Assignment, notebook, room: str) -> dict:
    """The cells of a notebook and the checks of a room, as the worker reads them."""
    master = {grade_id(c): c for c in assignment.master().cells if grade_id(c)}
    cells = []
    for index, cell in enumerate(notebook.cells):
        known = master.get(grade_id(cell))
        tests = known is not None and known.cell_type == "code" and known.metadata.nbgrader.grade
        skipped = "experiment" in (cell if known is None else known).metadata.get("tags", [])
        if cell.cell_type == "code" and not tests and not skipped:
            number = cell.metadata.get("student", {}).get("number", index + 1)
            source = str(cell.source)
            read = {"source": source, "python": as_python(source)}
            cells.append({"index": index, "name": f"cell {number}", **read})
    checks = [
        {
            "id": [question.name, check.name],
            "run": check.run,
            "inputs": {name: packed(value) for name, value in check.inputs.items()},
        }
        for question in assignment.questions
        for check in question.checks
        if question.room == room
    ]
    return {"cells": cells, "checks": checks}


def visible_tests(assignment: Assignment, notebook, room: str) -> list[dict]:
    """The visible tests of a room's questions, each as a check that returns True.

    As the body of a function they leave the names of the student's cells alone.
    """
    names = {f"{q.name}_tests": q.name for q in assignment.questions if q.room == room and q.checks}
    return [
        {"id": [names[grade_id(c)], VISIBLE], "run": f"{c.source}\nreturn True", "inputs": {}}
        for c in notebook.cells
        if grade_id(c) in names and c.cell_type == "code"
    ]
