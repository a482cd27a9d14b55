"""Writes what the executions printed back into the committed notebooks.

    python -m book.refresh [notebook ...]     --check: changes nothing, fails where it would

Committed are text outputs and sequential execution counts; images, HTML and widget state are
made anew at every build. Code that the page folds away is folded in JupyterLab and VS Code too.
"""

import argparse
import copy
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from book.execution import RECORD, ROOT, chapters, executed, write
from book.fingerprint import code_cells
from book.guards import claims_hold, quiet
from book.kernel import ExecutionFailedError

KEPT = ("text/plain", "text/latex")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
EDITOR_MARKS = ("collapsed", "execution", "ExecuteTime", "scrolled", "jupyter")
FOLDED = {"hide-cell", "hide-input", "remove-cell", "remove-input"}  # tags


def slim(notebook: NotebookNode) -> NotebookNode:
    """A copy as it is committed: the outputs that are compared, counted in order."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata.pop("widgets", None)
    notebook.metadata.update(kernelspec=KERNEL, language_info={"name": "python"})
    _drop(notebook.metadata.get("deeptricks", {}), RECORD)
    if not notebook.metadata.get("deeptricks", True):
        del notebook.metadata["deeptricks"]
    for cell in notebook.cells:
        _drop(cell.metadata, EDITOR_MARKS)
        if cell.cell_type == "code" and FOLDED & set(cell.metadata.get("tags", [])):
            cell.metadata["jupyter"] = {"source_hidden": True}
    for number, cell in enumerate(code_cells(notebook), start=1):
        cell.execution_count = number
        cell.outputs = slim_outputs(cell)
    return notebook


def slim_outputs(cell: NotebookNode) -> list[NotebookNode]:
    """The outputs of a code cell that are stored and compared: its texts."""
    kept = []
    for output in copy.deepcopy(cell.outputs):
        if "data" in output:
            output.data = {mime: text for mime, text in output.data.items() if mime in KEPT}
            output.metadata = {}
            if not output.data:
                continue
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count
        kept.append(nbformat.from_dict(output))
    return kept


def _drop(mapping: dict, names: tuple[str, ...]) -> None:
    for name in names:
        mapping.pop(name, None)


def refresh(path: Path, root: Path = ROOT, check: bool = False) -> str:
    """Brings the committed notebook up to date; returns what became of it, in a word.

    Raises:
        ValueError: a claim does not hold or something was written to standard error. Such outputs
            are never stored as what is expected.
        ExecutionFailedError: it did not run through.
    """
    execution = executed(path, root)
    if faults := [*claims_hold(execution), *quiet(execution)]:
        raise ValueError("\n".join(faults))
    fresh = slim(execution)
    if nbformat.writes(fresh).strip() == path.read_text(encoding="utf-8").strip():
        return "unchanged"
    if not check:
        write(fresh, path)
    return "out of date" if check else "refreshed"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m book.refresh", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all chapters")
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(arguments)
    root, good = options.root.resolve(), True
    for path in map(Path.resolve, options.notebooks or chapters(root)):
        try:
            outcome = refresh(path, root, options.check)
        except (ExecutionFailedError, ValueError) as error:
            outcome = f"NOT REFRESHED\n{error}"
        print(f"{path.relative_to(root)}  {outcome}", flush=True)
        good &= outcome in ("unchanged", "refreshed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
