"""A toy chapter as executed and as committed, and a toy project to execute notebooks in."""

from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from toys import CLAIM, CLAIM_MIME, FIGURE, FIGURE_MIME, notebook

from book.fingerprint import code_cells
from book.refresh import slim


def shown(data: dict) -> nbformat.NotebookNode:
    return v4.new_output("display_data", data=data)


@pytest.fixture
def execution() -> nbformat.NotebookNode:
    """What `executed` would return for the toy chapter, made by hand."""
    made = notebook()
    first, *claims, figure = code_cells(made)
    first.outputs = [v4.new_output("execute_result", data={"text/plain": "1"})]
    for cell in claims:
        cell.outputs = [shown({"text/plain": "holds", CLAIM_MIME: dict(CLAIM)})]
    html = "<svg role='img'></svg>"
    figure.outputs = [shown({"text/html": html, "text/plain": "Figure", FIGURE_MIME: dict(FIGURE)})]
    for count, cell in enumerate(code_cells(made), start=1):
        cell.execution_count = count
    made.metadata.deeptricks = nbformat.from_dict(
        {"key": "k", "cpu_seconds": 5.0, "cells": [1.0] * 5, "threads": "1", "slowdown": 1.0}
    )
    return made


@pytest.fixture
def committed(execution: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return slim(execution)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the parts lab, inputs and signal, and nothing to read yet."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "toy"\ndependencies = []\n')
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["book.nbval_replay"]\n')
    for number, part in enumerate((".", "lab", "inputs", "signal")):
        source = tmp_path / "src" / "deeptricks" / part / "__init__.py"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(f"VALUE = {number}\n")
    (tmp_path / "chapters").mkdir()
    monkeypatch.setenv("TALLY", str(tmp_path / "tally"))
    monkeypatch.delenv("DEEPTRICKS_SEED_OFFSET", raising=False)
    return tmp_path
