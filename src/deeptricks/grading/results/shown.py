"""The notebook that formgrader and the feedback show: what was graded, with its explanation.

Everything of the student is harmless in it (`harmless`, `pictures`), and nothing of the hidden
tests is: an explanation is made of the sentences of failed checks and of `wording`.
"""

import re
from copy import deepcopy
from textwrap import fill

import nbformat
from nbformat.v4 import new_markdown_cell
from nbgrader.nbgraderformat import MetadataValidator

from ..assignment import Assignment, grade_id
from ..evening.restore import Restored
from .harmless import FRAME, MOST, source
from .pictures import said

WIDTH = 92  # characters of a line of explanation
HANDED_IN = "[As it was handed in; it was not run again:]\n"


def shown(
    assignment: Assignment, record: dict, release: nbformat.NotebookNode, found: Restored | None
) -> str:
    """The text of the notebook to write; of the release where the submission was not readable."""
    notebook = deepcopy(found.notebook if found else release)
    questions = {f"{name}_tests": name for name in record["questions"]}
    cells, left = [_heading(record)], MOST
    for position, cell in enumerate(notebook.cells):
        name, graded = grade_id(cell), cell.metadata.get("nbgrader", {})
        student = not graded or graded.get("solution")
        if student:
            cell.source, left = source(cell, left, not graded), left - len(cell.source)
            cell.pop("attachments", None)
        if not graded and cell.cell_type != "markdown":
            cells.append(new_markdown_cell(f"{FRAME}</div>", id=f"frame-{position}"))
        cell.id = re.sub(r"[^\w-]", "-", f"{name or 'own'}-{position}", flags=re.ASCII)[-60:]
        cell.metadata = _metadata(cell)
        if cell.cell_type == "code":
            cell.execution_count = None
            if not student and cell.outputs:
                cell.outputs = [said(HANDED_IN), *cell.outputs]
        if name in questions:
            cell.outputs = [said(explanation(assignment, questions[name], record))]
        cells.append(cell)
        if name in record["questions"] and assignment.question(name).manual:
            cells.append(_rubric(assignment.question(name)))
    notebook.cells = cells
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    MetadataValidator().validate_nb(notebook)
    return nbformat.writes(notebook)


def explanation(assignment: Assignment, name: str, record: dict) -> str:
    """What a student reads under the tests of a question."""
    entry = record["questions"][name]
    lines = [f"{assignment.question(name).title}: {entry['points']} of {entry['most']} points"]
    failed = [check for check in entry["checks"] if check["reason"]]
    passed = len(entry["checks"]) - len(failed)
    if passed:
        lines.append(f"✓ {passed} of {len(entry['checks'])} hidden checks passed.")
    for check in failed:
        alone = f" (0 of {check['most']})" if entry["cost"] is None else ""
        lines.append(f"✗ {check['says']}{alone}")
        if check["told"]:
            lines.append(f"  What was seen: {check['told']}.")
    if entry["hint"]:
        lines.append(f"→ {slips(entry)}{entry['hint']}")
    for flag in record["flags"]:
        if flag["question"] == name:
            lines.append(f"⚑ For review by a person: {flag['told']}.")
    return "\n".join(fill(line, WIDTH, subsequent_indent="  ") for line in lines) + "\n"


def slips(entry: dict) -> str:
    """What known mistakes cost, where the answer is the reference with nothing else wrong."""
    if entry["cost"] is None:
        return ""
    many = "This one slip costs" if len(entry["mistakes"]) == 1 else "These two slips cost together"
    return f"{many} {entry['cost']} of {entry['most']}: "


def _heading(record):
    """What concerns the whole submission."""
    lines = ["**Graded notebook.** Locked cells are those of the release."]
    if record["unreadable"]:
        told = record["flags"][0]["told"]
        lines = [f"**This submission could not be read**: {told}. A person will look at it; "
                 "what follows is the empty assignment."]  # fmt: skip
    lines += [f"- {note}" for note in record["notes"]]
    return new_markdown_cell("\n".join([lines[0], "", *lines[1:]]), id="graded")


def _rubric(question):
    """The rubric, below the answer; the feedback leaves it out: it tells what is a good answer."""
    lines = [f"- {points}: {earns}" for points, earns in question.rubric]
    told = "\n".join([f"**Rubric** ({question.points} points)", "", *lines])
    name = f"{question.name}_rubric"
    metadata = {"deeptricks": "rubric", "nbgrader": {
        "grade": False, "solution": False, "task": False, "locked": True, "grade_id": name,
        "schema_version": 3, "cell_type": "markdown"}}  # fmt: skip
    return new_markdown_cell(told, id=name[-60:], metadata=metadata)


def _metadata(cell):
    """Only nbgrader's, of the release: tags and the like have a meaning to templates."""
    graded = cell.metadata.get("nbgrader")
    return nbformat.from_dict({"nbgrader": graded} if graded else {})
