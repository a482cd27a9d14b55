"""What a student's version tells that it should not: the text of it, line by line."""

import ast
import re
from collections.abc import Iterator

import numpy as np

from ..assignment import IN_TEXT, Assignment, grade_id
from . import markers
from .imports import unknown_imports

LINE = 8  # a line of a solution that is shorter, such as `else:`, tells nothing
SENTENCE = 20  # letters of a hidden text
DRIVER = 40  # a short one, `return standardize(x)`, may well stand in given code
DIGITS = 6  # a number with fewer digits may stand anywhere
METADATA = {"nbgrader", "deletable", "editable", "tags"}
OF_NOTEBOOK = {"kernelspec", "language_info"}
GRADING = {
    *("grade", "grade_id", "locked", "schema_version", "solution", "task", "points"),
    *("cell_type", "checksum"),
}
NUMBER = re.compile(r"\d+\.?\d*(?:[eE][-+]?\d+)?")


def leaks(assignment: Assignment, student) -> list[str]:
    """Each way in which the notebook `student` tells a solution or a hidden test, as a sentence."""
    found = []
    if student.nbformat != 4 or student.nbformat_minor < 5:
        found.append(f"its format is {student.nbformat}.{student.nbformat_minor}, not 4.5")
    if strange := set(student.metadata) - OF_NOTEBOOK:
        found.append(f"the notebook's metadata has {sorted(strange)}")
    secrets = [*_hidden(assignment)]
    solutions, numbers = _solution_lines(assignment), _expected_numbers(assignment)
    for index, cell in enumerate(student.cells):
        here = f"cell {grade_id(cell) or index + 1}"
        for wrong in (
            *_lines(cell, solutions),
            *_texts(cell, secrets),
            *_numbers(cell, numbers),
            *_wrapping(cell),
            *_code(cell),
        ):
            found.append(f"{here}{wrong}")
    return [f"{assignment.name}: {fault}" for fault in [*found, *_cells(assignment, student)]]


def _solution_lines(assignment):
    """Lines that stand in a solution only, however its marks are spelled: line → question."""
    inside, outside = {}, set()
    for cell in assignment.notebook().cells:
        within, without = markers.split(cell.source, code=cell.cell_type == "code")
        inside |= {line.strip(): grade_id(cell) for line in within}
        outside |= {line.strip() for line in without}
    return {k: v for k, v in inside.items() if len(k) >= LINE and k not in outside}


def _lines(cell, solutions):
    code = cell.cell_type == "code"
    for number, line in enumerate(cell.source.split("\n"), start=1):
        text = line.strip()
        if text in solutions:
            yield f", line {number}: {text!r} is of the solution of {solutions[text]}"
        if markers.resembles(line, code):
            yield f", line {number}: {text!r} looks like a mark around a solution"


def _hidden(assignment) -> Iterator[tuple[str, str]]:
    """(what it is, text) for what only checks.py and mistakes.py may say."""
    for question in assignment.questions:
        for check in question.checks:
            here = f"check {check.name!r} of {question.name!r}"
            yield f"the sentence of {here}", check.says
            if len(check.run) >= DRIVER:
                yield f"the driver of {here}", check.run
            yield f"the name of {here}", check.name
        for _, line in question.rubric:
            yield f"the rubric of {question.name!r}", line
    for mistake in assignment.mistakes:
        yield f"the hint of mistake {mistake.name!r}", mistake.hint


def _texts(cell, secrets):
    text = _plain(cell.source)
    for what, secret in secrets:
        if len(_plain(secret)) >= SENTENCE and _plain(secret) in text:
            yield f": it says {secret!r}, {what}"


def _plain(text):
    return " ".join(text.split()).casefold()


def _expected_numbers(assignment):
    checks = (check for question in assignment.questions for check in question.checks)
    return np.unique([abs(n) for check in checks for n in _flat(check.expected)])


def _flat(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    elif not isinstance(value, str | bool | None):
        array = np.asarray(value, float).ravel()
        yield from array[np.isfinite(array)]


def _numbers(cell, expected):
    """Numbers with many digits that are an expected value, as far as they are written."""
    for match in NUMBER.finditer(cell.source):
        digits = len(re.sub(r"[eE].*|\D", "", match.group()).strip("0"))
        value = float(match.group())
        if (
            digits >= DIGITS
            and np.isclose(expected, value, rtol=10.0 ** (1 - digits), atol=0).any()
        ):
            yield f": the number {match.group()} is an expected value of a check"


def _wrapping(cell):
    """What surrounds a cell's source: outputs, attachments, metadata."""
    if cell.get("outputs") or cell.get("execution_count"):
        yield ": it has outputs"
    if cell.get("attachments"):
        yield ": it has an attachment"
    if strange := set(cell.metadata) - METADATA:
        yield f": its metadata has {sorted(strange)}"
    if strange := set(cell.metadata.get("tags", [])) - {"experiment"}:
        yield f": it has the tags {sorted(strange)}"
    if strange := set(cell.metadata.get("nbgrader", {})) - GRADING:
        yield f": its nbgrader metadata has {sorted(strange)}"


def _code(cell):
    """Traces of the term, and imports that a student does not have."""
    if cell.cell_type != "code":
        if match := IN_TEXT.search(cell.source):
            yield f": the placeholder {match.group()} is left over"
        return
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        yield f", line {error.lineno}: it does not compile ({error.msg})"
        return
    if any(
        isinstance(node, ast.Name) and node.id in ("term", "open_term") for node in ast.walk(tree)
    ):
        yield ": `term` is left over"
    yield from (f": {wrong}" for wrong in unknown_imports(tree, None))


def _cells(assignment, student):
    """The student's cells are the master's without the term's, in its order; imports come first."""
    names = [grade_id(cell) for cell in student.cells]
    if names != [grade_id(cell) for cell in assignment.notebook().cells]:
        yield "its cells are not those of the master in their order"
    first = next((cell for cell in student.cells if cell.cell_type == "code"), None)
    if first is not None and not _is_imports(first):
        yield f"cell {grade_id(first)}: the first code must be the imports, and nothing else"


def _is_imports(cell):
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return True  # reported above
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body)
