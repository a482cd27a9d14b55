"""Run a chapter as Colab does: its own set-up cell installs the package, nothing else is around.

    python .ci/colab.py chapters/inputs/scaling.ipynb

In a Python that has notebooks and torch but not this package. DEEPTRICKS_SOURCE names what pip
installs instead of the public address (a checkout), for changes that are not published yet.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

PRETEND = "import sys, types; sys.modules.setdefault('google.colab', types.ModuleType('colab'))\n"


def prepared(path: Path, source: str | None) -> nbformat.NotebookNode:
    """The notebook with its set-up cell switched on, installing from `source` if one is given."""
    notebook = nbformat.read(path, as_version=4)
    setup = next(cell for cell in notebook.cells if cell.cell_type == "code")
    if "%pip install" not in setup.source:
        raise ValueError(f"{path}: the first code cell does not set up Colab:\n{setup.source}")
    if source:
        asked = r'"deeptricks(\[\w+\]) @ git\+https://[^"]+"'
        setup.source = re.sub(asked, lambda extra: f'"{source}{extra[1]}"', setup.source)
    setup.source = PRETEND + setup.source
    return notebook


def main(path: Path) -> None:
    """Execute in an empty folder; a cell that fails ends it with its traceback."""
    notebook = prepared(path, os.environ.get("DEEPTRICKS_SOURCE"))
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
    failed = [c for c in notebook.cells for o in c.get("outputs", []) if "DOES NOT HOLD" in str(o)]
    if failed:
        sys.exit("\n\n".join([f"{path}: claims do not hold", *(c.source for c in failed)]))
    print(f"{path}: runs in a plain environment, every claim holds")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
