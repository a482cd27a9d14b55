"""What the outputs of a notebook depend on, as one hash."""

import hashlib
import importlib.metadata
import json
import os
import platform
import re
import tomllib
from pathlib import Path

from nbformat import NotebookNode

EXECUTOR = Path(__file__).with_name("kernel.py")
KERNEL_PACKAGES = ("ipykernel", "ipython")


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def threads() -> str:
    """Threads a kernel may use: one, unless the caller's environment asks for more."""
    return os.environ.get("OMP_NUM_THREADS") or "1"


def fingerprint(notebook: NotebookNode, root: Path) -> str:
    """Hash of all that an execution of `notebook` in the project at `root` depends on."""
    return hashlib.sha256(
        json.dumps(ingredients(notebook, root), sort_keys=True).encode()
    ).hexdigest()


def ingredients(notebook: NotebookNode, root: Path) -> dict:
    """What goes into the fingerprint, by name, for whoever asks why a notebook ran again."""
    cells = [[cell.source, sorted(cell.metadata.get("tags", []))] for cell in code_cells(notebook)]
    words = set(re.findall(r"\w+", "\n".join(source for source, _ in cells)))
    return {
        "cells": cells,
        "executor": _hash(EXECUTOR),
        "source": {str(p.relative_to(root)): _hash(p) for p in source_files(words, root)},
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
