"""What the outputs of a notebook depend on, as one hash.

A comment or a docstring in the package changes no output but the text that `show_source` puts on
a page. So a file counts with its words only for the notebooks that show it; for all others it is
its syntax tree without docstrings.
"""

import ast
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import tomllib
from collections.abc import Container
from pathlib import Path

from nbformat import NotebookNode

EXECUTOR = Path(__file__).with_name("kernel.py")
KERNEL_PACKAGES = ("ipykernel", "ipython")
SHOWN = re.compile(r"(deeptricks/\S+\.py): ")  # how the plain text of `show_source` begins


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def threads() -> str:
    """Threads a kernel may use: one, unless the caller's environment asks for more."""
    return os.environ.get("OMP_NUM_THREADS") or "1"


def shown_files(notebook: NotebookNode) -> list[str]:
    """The package's files whose text stands in the outputs, as `deeptricks/<part>/<file>.py`."""
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    texts = [str(output.get("data", {}).get("text/plain", "")) for output in outputs]
    return sorted({found[1] for text in texts if (found := SHOWN.match(text))})


def fingerprint(notebook: NotebookNode, root: Path, shown: Container[str] | None = None) -> str:
    """Hash of all that an execution of `notebook` in the project at `root` depends on.

    `shown` are the files that count with comments and docstrings; None stands for all of them.
    """
    return hashlib.sha256(
        json.dumps(ingredients(notebook, root, shown), sort_keys=True).encode()
    ).hexdigest()


def ingredients(notebook: NotebookNode, root: Path, shown: Container[str] | None = None) -> dict:
    """What goes into the fingerprint, by name, for whoever asks why a notebook ran again."""
    cells = [[cell.source, sorted(cell.metadata.get("tags", []))] for cell in code_cells(notebook)]
    words = set(re.findall(r"\w+", "\n".join(source for source, _ in cells)))
    files = {p.relative_to(root / "src").as_posix(): p for p in source_files(words, root)}
    return {
        "cells": cells,
        "executor": _hash(EXECUTOR),
        "source": {
            name: _hash(path) if shown is None or name in shown else _hash_of_code(path)
            for name, path in files.items()
        },
        "versions": _versions(root),
        "threads": threads(),
        "seed_offset": os.environ.get("DEEPTRICKS_SEED_OFFSET", "0"),
    }


def source_files(words: set[str], root: Path) -> list[Path]:
    """The package's files that code with these words could reach.

    A part counts as soon as its name occurs anywhere in the code: too many runs, never too few.
    """
    package = root / "src" / "deeptricks"
    found = [path for path in package.glob("*") if path.is_file()]
    for part in package.glob("*/"):
        if part.name == "lab" or part.name in words:
            found += [path for path in part.rglob("*") if path.is_file()]
    return sorted(path for path in found if path.suffix != ".pyc")


def _versions(root: Path) -> dict[str, str]:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[\w.-]+", line)[0] for line in project.get("dependencies", [])]
    return {
        "python": platform.python_version(),
        **{name: _version(name) for name in (*names, *KERNEL_PACKAGES)},
    }


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _hash_of_code(path: Path) -> str:
    tree = wordless(path)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest() if tree else _hash(path)


def wordless(path: Path) -> ast.Module | None:
    """The same for two texts that differ in comments, docstrings and layout; None for no Python."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return None
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return tree
