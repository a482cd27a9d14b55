"""Put a submission back into the shape of the release: locked cells, order, and what was deleted.

A cell of the release is found in the submission by its grade_id, else by its cell id, else by an
equal source, else by its place: editors that strip metadata (Colab, VS Code) change no grade.
"""

import re
from copy import deepcopy
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from ..assignment import grade_id

MISSING = {
    "code": "# This cell was missing from the submission.",
    "markdown": "*This cell was missing from the submission.*",
}


@dataclass
class Restored:
    """The notebook that is run and shown, and what a verdict must know of it.

    Attributes
    ----------
    notebook, notes
        With all cells of the release, in order; what was put back.
    missing, untouched
        The questions whose answer cell was not there, or as it was handed out.
    elsewhere, own_code
        Where there is work outside of the cells for answers, in words: texts and changes of locked
        cells; code in cells of the student's own, which is run.
    """

    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    own_code: list[str] = field(default_factory=list)


def restored(release: NotebookNode, submission: NotebookNode) -> Restored:
    """The submission in the order of the release, each extra cell after the one it followed."""
    matches = _matches(release.cells, submission.cells)
    result = Restored(new_notebook(metadata=deepcopy(release.metadata)))
    followers = _followers(submission.cells, matches)
    cells = result.notebook.cells
    cells += map(_extra, followers.get(None, []))
    for position, cell in enumerate(release.cells):
        theirs = matches.get(position)
        cells.append(_put_back(cell, theirs, result))
        if theirs is not None and not _open(cell) and not _same(cell, theirs):
            cells.append(_kept(cell, theirs))
        cells += map(_extra, followers.get(position, []))
    _look_elsewhere(release.cells, result)
    if list(matches) != sorted(matches, key=lambda p: matches[p].metadata.student.number):
        result.notes.append("Cells had been moved: they were put in order.")
    return result


def _matches(release, submitted):
    """Position in the release → cell of the submission."""
    found: dict[int, NotebookNode] = {}
    free = {id(cell): cell for cell in submitted}
    names = {grade_id(cell) for cell in release if grade_id(cell)}

    def take(position, candidates):
        candidates = [cell for cell in candidates if id(cell) in free]
        if candidates:
            changed = [cell for cell in candidates if not _same(cell, release[position])]
            found[position] = (
                (changed or candidates)[0] if _open(release[position]) else candidates[0]
            )
            del free[id(found[position])]

    for position, cell in enumerate(release):
        if name := grade_id(cell):
            take(position, [c for c in submitted if c.metadata.student.get("grade_id") == name])
    nameless = [c for c in submitted if c.metadata.student.get("grade_id") not in names]
    for position, cell in enumerate(release):
        if position not in found and cell.get("id"):
            take(position, [c for c in nameless if c.metadata.student.id == cell.id])
    for position, cell in enumerate(release):
        if position not in found:
            take(position, [c for c in nameless if _same(c, cell)])
    for position, cell in enumerate(release):
        if position not in found and _open(cell):
            take(position, _between(position, cell, found, submitted, free))
    return dict(sorted(found.items()))


def _between(position, cell, found, submitted, free):
    """Free cells of the same type between the neighbors; first those that define its names."""
    number = {p: c.metadata.student.number for p, c in found.items()}
    first = max((n for p, n in number.items() if p < position), default=0)
    last = min((n for p, n in number.items() if p > position and n > first), default=10**9)
    here = [
        c
        for c in submitted
        if id(c) in free
        and c.cell_type == cell.cell_type
        and first < c.metadata.student.number < last
    ]
    names = _defined(cell.source)
    return [c for c in here if names & _defined(c.source)] or here


def _defined(source):
    return set(re.findall(r"^(?:def|class)\s+(\w+)|^(\w+)\s*=", source, re.MULTILINE))


def _followers(submitted, matches):
    """Position in the release (None: before all) → the student's own cells that follow it."""
    positions = {id(cell): position for position, cell in matches.items()}
    followers: dict[int | None, list] = {}
    last = None
    for cell in submitted:
        last = positions.get(id(cell), last)
        if id(cell) not in positions:
            followers.setdefault(last, []).append(cell)
    return followers


def _put_back(cell, theirs, result):
    """A cell of the release, with the student's answer where one is asked."""
    made, name = deepcopy(cell), grade_id(cell)
    if theirs is not None and theirs.cell_type == "code" == made.cell_type:
        made.outputs = theirs.outputs
    made.metadata.student = theirs.metadata.student if theirs is not None else {}
    if _open(cell):
        if theirs is None:
            made.source = MISSING[made.cell_type]
            result.missing.append(name)
            result.notes.append(f"The answer cell {name!r} was missing.")
        else:
            made.source = theirs.source
            if theirs.get("attachments") and made.cell_type == "markdown":
                made.attachments = theirs.attachments
            if _same(cell, theirs):
                result.untouched.append(name)
    elif name and theirs is None:
        result.notes.append(f"The cell {name!r} was missing: it was put back.")
    elif theirs is not None and not _same(cell, theirs):
        which = f"the locked cell {name!r}" if name else f"cell {theirs.metadata.student.number}"
        result.elsewhere.append(f"{which} was changed")
        result.notes.append(
            f"{which[0].upper()}{which[1:]} had been changed: it was put back, what stood there "
            "follows it."
        )
    return made


def _kept(cell, theirs):
    """What a student made of a locked cell, as a cell of their own: it may hold the answer.

    It is run like any other, but where the release's cell is an experiment, which is not.
    """
    made = _extra(theirs)
    made.metadata.kept = True
    if "experiment" in cell.metadata.get("tags", []):
        made.metadata.tags = ["experiment"]
    return made


def _look_elsewhere(release, result):
    """Note the student's own cells that are neither empty nor a copy of a cell of the release."""
    for cell in result.notebook.cells:
        student = cell.metadata.get("student")
        if set(cell.metadata) != {"student"} or not student or not cell.source.strip():
            continue
        if any(cell.cell_type == c.cell_type and _same(cell, c) for c in release):
            continue
        kind = result.own_code if cell.cell_type == "code" else result.elsewhere
        kind.append(f"{'code' if cell.cell_type == 'code' else 'text'} in cell {student.number}")


def _extra(cell):
    """A cell of the student's own: whatever it says about itself, it is no cell of the release."""
    made = deepcopy(cell)
    made.metadata = NotebookNode(student=cell.metadata.student)
    return made


def _open(cell):
    """Whether a student answers in this cell of the release."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _same(one, other):
    lines = [[line.rstrip() for line in c.source.strip().split("\n")] for c in (one, other)]
    return lines[0] == lines[1]
