"""Is a master fit to be released? Its marks, names, points and placeholders, cell by cell."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from ..assignment import IN_CODE, IN_TEXT, Assignment, grade_id
from ..compare import difference
from ..sandbox.wire import packed, unpacked
from . import markers
from .imports import unknown_imports

TAGS = {"experiment"}
LEFT_OVER = re.compile(r"\{\{[\s\w.'\"\[\]-]*\}\}")  # not the braces of a formula


def faults(assignment: Assignment) -> list[str]:
    """Each thing in the master that is not as it must be: a sentence with its cell and line."""
    master = assignment.master()
    found = [
        f"{_name(cell, i)}: {wrong}" for i, cell in enumerate(master.cells) for wrong in _cell(cell)
    ]
    found += [*_term_cell(master), *_names(master), *_questions(assignment, master)]
    found += _placeholders(assignment, master)
    if not found:
        found += [*_rendered(assignment), *_oracles(assignment)]
    return [f"{assignment.name}: {fault}" for fault in found]


def _name(cell, index):
    return f"cell {grade_id(cell) or cell.get('id') or index + 1}"


def is_term(cell) -> bool:
    """Whether it is the cell that the release takes out."""
    return "term" in cell.metadata.get("tags", [])


def _cell(cell) -> Iterator[str]:
    """What is wrong with one cell for itself."""
    code, grading = cell.cell_type == "code", cell.metadata.get("nbgrader", {})
    solution = grading.get("solution", False)
    for number, wrong in markers.faults(cell.source, code or solution):
        yield f"line {number}: {wrong}"
    marks = [markers.kind(line) for line in cell.source.split("\n")]
    if solution and markers.OPENS not in marks:
        yield f"an answer without {markers.BEGIN!r}: nbgrader would replace the whole cell"
    if not solution and any(marks):
        yield "a solution in a cell in which nothing is answered (solution is not true)"
    inside, _ = markers.split(cell.source, code or solution)
    if solution and any(marks) and not "".join(inside).strip():
        yield "the solution is empty"
    if cell.get("attachments"):
        yield "it has an attachment, in which nobody looks for solutions: link a file instead"
    if cell.get("outputs") or cell.get("execution_count"):
        yield "it has outputs: clear them"
    if is_term(cell):
        if grading or not code:
            yield "the cell tagged `term` must be code without nbgrader's metadata"
        return
    if strange := set(cell.metadata.get("tags", [])) - TAGS:
        yield f"it has the tags {sorted(strange)}; students get `experiment` only"
    yield from _metadata(cell, grading)


def _metadata(cell, grading):
    if not grading:
        yield "no nbgrader metadata: lock it, so that it comes back where a student deletes it"
        return
    if grading.get("schema_version") != 3:
        yield f"nbgrader's schema_version is {grading.get('schema_version')}, 3 is needed"
    if grading.get("cell_type", cell.cell_type) != cell.cell_type:
        yield f"it is {cell.cell_type}, its nbgrader metadata says {grading['cell_type']}"
    if grading.get("task"):
        yield "it is a task, which nothing here grades: make it an answer with a rubric"
    if not grading.get("solution") and not grading.get("locked"):
        yield "neither answered nor locked: a text or given code must be locked"
    if grading.get("solution") and grading.get("locked"):
        yield "an answer that is locked: nobody could answer"
    if cell.get("id") != grade_id(cell):
        yield f"its id is {cell.get('id')!r}, its grade_id {grade_id(cell)!r}: make them equal"
    experiment = "experiment" in cell.metadata.get("tags", [])
    if experiment and (cell.cell_type != "code" or grading.get("grade") or grading.get("solution")):
        yield "an experiment is given code: neither graded nor answered"


def _term_cell(master):
    places = [i for i, cell in enumerate(master.cells) if is_term(cell)]
    if len(places) != 1:
        yield f"{len(places)} cells are tagged `term`, one is needed (`term = open_term()`)"
    elif any(IN_CODE.search(c.source) for c in master.cells[: places[0]] if c.cell_type == "code"):
        yield "the cell tagged `term` comes after code that needs it"


def _names(master):
    for what, names in (
        ("id", [c.get("id") for c in master.cells]),
        ("grade_id", [grade_id(c) for c in master.cells if grade_id(c)]),
    ):
        for name, times in Counter(names).items():
            if times > 1:
                yield f"{times} cells have the {what} {name!r}"


def _questions(assignment, master):
    """Each question has its cells with its points, and no cell is graded that is none."""
    cells = {grade_id(c): c for c in master.cells if grade_id(c)}
    order, expected = list(cells), set()
    for question in assignment.questions:
        graded = question.name if question.manual else f"{question.name}_tests"
        expected |= {question.name, graded}
        if missing := [name for name in (question.name, graded) if name not in cells]:
            yield f"question {question.name!r} has no cell {missing[0]!r}"
            continue
        yield from _question(question, cells[question.name], cells[graded])
        if order.index(graded) < order.index(question.name):
            yield f"cell {graded!r} comes before its answer {question.name!r}"
    for name, cell in cells.items():
        grading = cell.metadata.nbgrader
        if (grading.get("solution") or grading.get("grade")) and name not in expected:
            yield f"cell {name!r} is answered or graded, and checks.py has no question for it"


def _question(question, answer, graded):
    kind, asked = answer.cell_type, "markdown" if question.manual else "code"
    by = "a person" if question.manual else "checks"
    if kind != asked or not answer.metadata.nbgrader.get("solution"):
        yield f"cell {question.name!r}: an answer graded by {by} is {asked} with solution: true"
    if answer is not graded and answer.metadata.nbgrader.get("grade"):
        yield f"cell {question.name!r}: the points belong to {question.name}_tests"
    grading = graded.metadata.nbgrader
    if not grading.get("grade") or grading.get("points") != question.points:
        yield (
            f"cell {grade_id(graded)!r} is worth {grading.get('points')} points, "
            f"checks.py says {question.points}"
        )
    if not question.manual and (not grading.get("locked") or "assert" not in graded.source):
        yield f"cell {grade_id(graded)!r}: the visible tests are locked code with assert in it"


def _placeholders(assignment, master):
    known = set(vars(assignment.term))
    for index, cell in enumerate(master.cells):
        if is_term(cell):
            continue
        code = cell.cell_type == "code"
        right, wrong = (IN_CODE, IN_TEXT) if code else (IN_TEXT, IN_CODE)
        for name in right.findall(cell.source):
            if name not in known:
                yield f"{_name(cell, index)}: checks.py draws no parameter {name!r}"
        for match in wrong.finditer(cell.source):
            if match.group(1) in known or not code:
                way = "term.name" if code else "{{name}}"
                yield f"{_name(cell, index)}: {match.group()!r} stays as it is; write {way} here"


def _rendered(assignment):
    """What shows only when the constants of the term are in their places."""
    rooms = {question.room for question in assignment.questions}
    notebook = assignment.notebook()
    for index, cell in enumerate(notebook.cells):
        here = _name(cell, index)
        if cell.cell_type != "code" and (left := LEFT_OVER.search(cell.source)):
            yield f"{here}: {left.group()!r} is left over; a placeholder is {{{{name}}}}"
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError as error:
            yield f"{here}, line {error.lineno}: with this term's constants: {error.msg}"
            continue
        if any(isinstance(n, ast.Name) and n.id == "term" for n in ast.walk(tree)):
            yield f"{here}: `term` is left over; only term.name becomes a constant"
        experiment = "experiment" in cell.metadata.get("tags", [])
        yield from (f"{here}: {w}" for w in unknown_imports(tree, None if experiment else rooms))


def _oracles(assignment):
    """An expected value must come through the wire and be equal to itself."""
    for question in assignment.questions:
        for check in question.checks:
            here = f"check {check.name!r} of {question.name!r}"
            try:
                for value in check.inputs.values():
                    packed(value)
                if check.judge is None:
                    through = unpacked(packed(check.expected))
                    if wrong := difference(through, check.expected, check.tolerance):
                        yield f"{here}: its expected value is not equal to itself: {wrong}"
            except ValueError as error:
                yield f"{here}: inputs or expected cannot travel: {error}"
