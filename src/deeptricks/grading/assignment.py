"""An assignment, read from its folder for one term: a seed changes its constants and shapes."""

import importlib
import math
import re
import sys
import threading
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import ModuleType, SimpleNamespace

import nbformat
import numpy as np

from .answers import Alternative, Mistake
from .questions import Question

IN_CODE = re.compile(r"\bterm\.(\w+)\b")
IN_TEXT = re.compile(r"\{\{\s*([^\W\d]\w*)\s*\}\}")
_LOADING = threading.Lock()


class Assignment:
    """The assignment in `folder`, with the constants of the term whose seed is `seed`.

    Parameters
    ----------
    folder
        Holds `<name>.ipynb`, the master, and `checks.py`, with two functions: `parameters(rng)`
        draws a dictionary of constants from a `numpy.random.Generator`; `questions(term)` gives
        the questions for these constants, which are `term`'s attributes. `mistakes.py` has a list
        MISTAKES, `alternatives.py` a list ALTERNATIVES; both may be missing.
    seed
        Of the term: a whole number, 0 or more.

    Raises
    ------
    ValueError
        Where the seed or the folder is not such a thing.
    """

    def __init__(self, folder: str | Path, seed: int = 0):
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ValueError(f"seed must be a whole number, 0 or more; got {seed!r}")
        self.folder = Path(folder).resolve()
        self.name, self.seed = self.folder.name, seed
        for file in (self.folder / f"{self.name}.ipynb", self.folder / "checks.py"):
            if not file.is_file():
                raise ValueError(f"folder {str(folder)!r} is no assignment: {file.name} is missing")

    @cached_property
    def _checks(self) -> ModuleType:
        return _module(self.folder / "checks.py")

    @cached_property
    def term(self) -> SimpleNamespace:
        """The constants of this term; ValueError where one is no plain value of Python."""
        drawn = self._checks.parameters(np.random.default_rng(self.seed))
        for name, value in drawn.items():
            if not _is_plain(value):
                raise ValueError(
                    f"{self.name}: the parameter {name!r} is {value!r}; allowed are True, False, "
                    f"int, finite float, str, and lists and tuples of these, not numpy's own"
                )
        return SimpleNamespace(**drawn)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The questions, in the order of the notebook; ValueError if two have the same name."""
        found = tuple(map(self._of_term, self._checks.questions(self.term)))
        names = [question.name for question in found]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"{self.name}: each question needs a name of its own; got {names}")
        return found

    def _of_term(self, question: Question) -> Question:
        """The question, with the constants of the term in what its checks run."""
        checks = (replace(c, run=self.filled_in(c.run, code=True)) for c in question.checks)
        return replace(question, checks=tuple(checks))

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """What students get wrong in this term."""
        found = self._optional("mistakes.py", "MISTAKES")
        return [mistake for mistake in found if mistake.when is None or mistake.when(self.term)]

    @cached_property
    def alternatives(self) -> list[Alternative]:
        """Other right answers."""
        return self._optional("alternatives.py", "ALTERNATIVES")

    def _optional(self, file, name):
        path = self.folder / file
        return list(getattr(_module(path), name)) if path.is_file() else []

    def question(self, name: str) -> Question:
        """The question called `name`; ValueError if there is none."""
        for question in self.questions:
            if question.name == name:
                return question
        raise ValueError(f"no question {name!r} in {self.name}: {[q.name for q in self.questions]}")

    def only(self, name: str) -> "Assignment":
        """The same assignment, of which only the question `name` is asked: quick to grade."""
        part = copy(self)
        part.__dict__["questions"] = (self.question(name),)
        return part

    def master(self) -> nbformat.NotebookNode:
        """The master as it is written, with its placeholders."""
        return nbformat.read(self.folder / f"{self.name}.ipynb", as_version=4)

    def notebook(self, answers: dict[str, str] | None = None) -> nbformat.NotebookNode:
        """The master with solutions for this term; `answers` puts other solutions in their place.

        The cell tagged `term` is gone, `{{name}}` in text and `term.name` in code are values.
        """
        notebook = self.master()
        cells = [c for c in notebook.cells if "term" not in c.metadata.get("tags", [])]
        for cell in cells:
            cell.source = (answers or {}).get(grade_id(cell), cell.source)
            cell.source = self.filled_in(cell.source, code=cell.cell_type == "code")
        notebook.cells = cells
        return notebook

    def filled_in(self, text: str, code: bool) -> str:
        """`text` with the constants of the term; ValueError where it names one that is unknown.

        In code a constant is a literal, but for those called `code_…`, which are code themselves.
        """

        def value(match):
            name = match.group(1)
            if not hasattr(self.term, name):
                raise ValueError(f"{self.name}: checks.py draws no parameter {name!r}")
            constant = getattr(self.term, name)
            if not code or name.startswith("code_"):
                return str(constant)
            return _literal(constant, match)

        return (IN_CODE if code else IN_TEXT).sub(value, text)

    def solution(self, name: str) -> str:
        """The source of the solution cell of question `name`, with placeholders."""
        for cell in self.master().cells:
            if grade_id(cell) == name:
                return cell.source
        raise ValueError(f"{self.name}.ipynb has no cell with grade_id {name!r}")


def grade_id(cell) -> str | None:
    """What nbgrader calls a cell; None where it has no name, or a student has bent it."""
    notes = cell.metadata.get("nbgrader")
    name = notes.get("grade_id") if isinstance(notes, dict) else None
    return name if isinstance(name, str) else None


def open_term(folder: str | Path = ".", seed: int = 0) -> SimpleNamespace:
    """The constants of a term, for the cell tagged `term` in a master, which no student sees."""
    return Assignment(folder, seed).term


def _literal(constant, match) -> str:
    """A constant as code that means the same where it stands: (-1)**2, and [-1, 1]."""
    negative = isinstance(constant, int | float) and constant < 0
    binds = match.string[match.end() :].lstrip(" ").startswith(("**", ".", "["))
    return f"({constant!r})" if negative and binds else repr(constant)


def _is_plain(value) -> bool:
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    return type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value))


def _module(path: Path) -> ModuleType:
    """The module in a file of an assignment, which may import its neighbors (`from . import …`).

    The folder is a package while this lasts; afterwards `sys.modules` knows nothing of it, so that
    another copy of the assignment can be loaded beside this one.
    """
    name = f"_assignment_{path.parent.name}"
    package = ModuleType(name)
    package.__path__ = [str(path.parent)]
    with _LOADING:
        importlib.invalidate_caches()
        sys.modules[name] = package
        try:
            return importlib.import_module(f"{name}.{path.stem}")
        finally:
            for known in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
                del sys.modules[known]
