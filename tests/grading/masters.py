"""The toy assignment, whole or doctored, for the tests of the kit."""

import shutil
from pathlib import Path

import nbformat

from deeptricks.grading import Assignment

TOY = Path(__file__).parent / "toy"


def copy_of_toy(folder: Path) -> Path:
    """The folder of a copy of the toy assignment, below `folder`."""
    return Path(shutil.copytree(TOY, folder / "toy", ignore=shutil.ignore_patterns("__pycache__")))


def doctored(folder: Path, change=None, **texts) -> Assignment:
    """A copy of the toy; `change(cells)` gets cells by id, `checks=(old, new)` a file's text."""
    toy = copy_of_toy(folder)
    if change:
        notebook = nbformat.read(toy / "toy.ipynb", as_version=4)
        cells = {cell.id: cell for cell in notebook.cells}
        change(cells)
        notebook.cells = [cell for cell in cells.values() if cell is not None]
        (toy / "toy.ipynb").write_text(nbformat.writes(notebook), "utf-8")
    for name, (old, new) in texts.items():
        path = toy / f"{name}.py"
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}.py"
        path.write_text(text.replace(old, new), "utf-8")
    return Assignment(toy, 0)


def put(name, old, new):
    """A change that replaces a text in one cell."""

    def change(cells):
        source = cells[name].source
        assert old in source, f"{old!r} is not in cell {name}"
        cells[name].source = source.replace(old, new)

    return change
