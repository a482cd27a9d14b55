"""The first cell of every chapter: it installs the package on Colab and does nothing elsewhere.

    python -m book.colab     puts it into the chapters that lack it or have an old one

A notebook on Colab has no repository around it, so the address must stand in the cell; it is
written there from pyproject.toml, the one place where the address is kept.
"""

import tomllib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from book.execution import ROOT, chapters, write

TAG = "remove-cell"  # hidden on the page
CELL_ID = "colab-setup"


def colab_setup_source(root: Path = ROOT) -> str:
    """The source of the set-up cell, with the address that `root`/pyproject.toml gives."""
    urls = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    return (
        "import sys\n\n"
        'if "google.colab" in sys.modules:\n'
        '    %pip install --quiet "deeptricks[chapters] @ '
        f'git+{urls["Repository"].rstrip("/")}"'
    )


def with_colab_setup(notebook: NotebookNode, root: Path = ROOT) -> NotebookNode:
    """The same notebook with a current set-up cell as its first code cell (changed in place)."""
    source = colab_setup_source(root)
    for cell in notebook.cells:
        if cell.get("id") == CELL_ID:
            cell.source = source
            return notebook
    cell = nbformat.v4.new_code_cell(source, id=CELL_ID, metadata={"tags": [TAG]})
    kinds = [c.cell_type for c in notebook.cells]
    first_code = kinds.index("code") if "code" in kinds else len(kinds)
    notebook.cells.insert(first_code, cell)
    return notebook


def colab_problems(notebook: NotebookNode, root: Path = ROOT) -> list[str]:
    """What is wrong with the set-up cell of a chapter; nothing if all is well."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not code or code[0].get("id") != CELL_ID:
        return [f"the first code cell is not the set-up for Colab (id {CELL_ID!r})"]
    problems = []
    if code[0].source != colab_setup_source(root):
        problems.append("the set-up cell for Colab does not give the address in pyproject.toml")
    if TAG not in code[0].metadata.get("tags", []):
        problems.append(f"the set-up cell for Colab is not tagged {TAG!r}")
    return problems


def main(root: Path = ROOT) -> None:
    for path in chapters(root):
        notebook = nbformat.read(path, as_version=4)
        if colab_problems(notebook, root):
            write(with_colab_setup(notebook, root), path)
            print(f"{path.relative_to(root)}  set-up cell written")


if __name__ == "__main__":
    main()
