"""How long it takes to read a chapter: its words, its formulas and the code that is in sight."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode

WORDS_PER_MINUTE = 220
MINUTES_PER_FORMULA = 15 / 60  # one that is set apart
MINUTES_PER_LINE_OF_CODE = 3 / 60
FOLDED = re.compile(r"(`{3,}|:{3,})\{(dropdown|solution)\}")
FORMULA = re.compile(r"\$\$.*?\$\$", re.DOTALL)
SOURCE = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
FOLDED_CELL = {"hide-cell", "remove-cell"}
FOLDED_CODE = FOLDED_CELL | {"hide-input", "remove-input"}


def reading_minutes(notebook: NotebookNode) -> int:
    """Minutes for what is in sight: what folds away (solutions, *Going deeper*) is left out."""
    minutes = 0.0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            minutes += of_text("\n".join(in_sight(cell.source)))
        else:
            minutes += MINUTES_PER_LINE_OF_CODE * lines_of_code(cell)
    return max(1, round(minutes))


def lines_of_code(cell: NotebookNode) -> int:
    """Of the cell, and of the package's source that it shows."""
    tags = set(cell.metadata.get("tags", []))
    lines = 0 if tags & FOLDED_CODE else len(cell.source.splitlines())
    if not tags & FOLDED_CELL:
        shown = (o.get("data", {}).get("text/markdown", "") for o in cell.outputs)
        blocks = (m for text in shown for m in SOURCE.findall(text.split("<details")[0]))
        lines += sum(len(block.splitlines()) for block in blocks)
    return lines


def of_text(text: str) -> float:
    words = re.findall(r"\w+", FORMULA.sub("", text))
    return len(words) / WORDS_PER_MINUTE + len(FORMULA.findall(text)) * MINUTES_PER_FORMULA


def in_sight(text: str) -> Iterator[str]:
    """The lines outside directives that fold."""
    fence = None
    for line in text.splitlines():
        if fence:
            fence = None if line.strip() == fence else fence
        elif opening := FOLDED.match(line):
            fence = opening[1]
        else:
            yield line
