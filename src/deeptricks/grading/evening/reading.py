"""Read a student's file as a notebook, whatever it holds: its cells are built anew.

Nothing of the file is trusted: of each cell only its type, its source, its ids, texts and small
pictures come through. A file that is no notebook is answered with a reason in plain words.
"""

import hashlib
import json
import math
import os
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from ..results.pictures import attachments, outputs, within_measure
from ..sandbox.parsing import TooManyValues, parsed
from .submissions import opened

LARGEST = 20 * 2**20
MOST_CELLS, LONGEST_SOURCE = 1000, 10**6
NEW = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


class UnreadableError(ValueError):
    """Why a file cannot be graded, for the student and for the one who looks at it."""


def content(path: Path) -> bytes:
    """The bytes of an ordinary file of at most 20 MB; UnreadableError for any other."""
    try:
        with open(opened(path), "rb") as file:
            if os.fstat(file.fileno()).st_size > LARGEST:
                raise UnreadableError(
                    "the file is larger than 20 MB (are there large outputs in it?)"
                )
            return file.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableError(f"the file cannot be opened: {error.strerror or error}") from None


def fingerprint(data: bytes) -> str:
    """What tells this file from a changed one."""
    return hashlib.sha256(data).hexdigest()


def notebook(data: bytes) -> NotebookNode:
    """The notebook in the bytes of a file; UnreadableError where there is none in them."""
    found = _parsed(data)
    if not isinstance(found, dict):
        raise UnreadableError("the file is no notebook")
    sheets, cells = found.get("worksheets"), found.get("cells")
    if isinstance(sheets, list) and not isinstance(cells, list):  # nbformat 3 and older
        cells = [c for s in sheets if isinstance(s, dict) for c in _listed(s.get("cells"))]
    if not isinstance(cells, list):
        raise UnreadableError("the file is no notebook: it has no cells")
    if len(cells) > MOST_CELLS:
        raise UnreadableError(f"the notebook has {len(cells)} cells, {MOST_CELLS} are read")
    made = [_cell(cell, number) for number, cell in enumerate(cells, start=1)]
    result = new_notebook(cells=[cell for cell in made if cell is not None])
    within_measure(result.cells)
    nbformat.validate(result)
    return result


def _parsed(data):
    if not data.strip():
        raise UnreadableError("the file is empty")
    try:
        return parsed(data, parse_int=_integer, parse_float=_float, parse_constant=_nothing)
    except UnicodeDecodeError:
        raise UnreadableError("the file is no text (UTF-8): was it damaged on its way?") from None
    except TooManyValues as error:
        raise UnreadableError(f"the file is no ordinary notebook: {error}") from None
    except RecursionError:
        raise UnreadableError("the file is nested too deep to be a notebook") from None
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableError(f"the file is no notebook: its JSON is broken{where}") from None


def _cell(cell, number):
    """A new cell with what can be used of an old one; None where there is nothing."""
    if not isinstance(cell, dict):
        return None
    kind, source = cell.get("cell_type"), text(cell.get("source", cell.get("input")))
    if kind == "heading":  # nbformat 3
        kind, source = "markdown", f"# {source}"
    if not isinstance(kind, str) or kind not in NEW:
        return None
    if len(source) > LONGEST_SOURCE:
        raise UnreadableError(
            f"cell {number} has {len(source)} characters, {LONGEST_SOURCE} are read"
        )
    made = NEW[kind](source=source, id=f"student-{number}")
    made.metadata.student = {"number": number, "id": text(cell.get("id"))[:64]}
    metadata = cell.get("metadata")
    graded = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(graded, dict):
        made.metadata.student.grade_id = text(graded.get("grade_id"))[:200]
    if kind == "code":
        made.outputs = outputs(cell.get("outputs"))
    elif kind == "markdown" and (pictures := attachments(cell.get("attachments"))):
        made.attachments = pictures
    return made


def text(value) -> str:
    """A text, or the lines of one; "" for anything else. What no file can hold is replaced."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    if not isinstance(value, str):
        return ""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", value)


def _listed(value):
    return value if isinstance(value, list) else []


def _integer(digits):
    return int(digits) if len(digits) < 20 else 0


def _float(digits):
    return value if math.isfinite(value := float(digits)) else 0.0


def _nothing(_):
    return None
