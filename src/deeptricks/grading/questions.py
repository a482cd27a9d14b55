"""What an assignment is made of: questions, and the checks that decide their points.

An assignment lies in one folder: the master notebook with solutions, `checks.py` (the constants of
a term, the questions, what is expected of an answer), `mistakes.py` (what students get wrong, as
changes of the reference) and `alternatives.py` (other right answers). Only `checks.py` decides.
"""

import ast
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any

ROOMS = {"numpy": ("numpy", "matplotlib"), "torch": ("numpy", "matplotlib", "torch")}  # to import
PART = r"[\w '’,.-]{1,60}"  # how a check may call a value


@dataclass(frozen=True)
class Check:
    """One thing that an answer must do: it is run in the sandbox, and judged outside of it.

    Parameters
    ----------
    name
        Unique within its question; a student never sees it.
    points
        What the check is worth; all or nothing.
    run
        The body of a function that is executed among the student's names, with `inputs` as local
        variables, and returns what is to be judged, as in ``"return standardize(x, 0.1), x"``.
        ``term.name`` is a constant of the term, as in the master notebook. The sandbox sees this
        text and the inputs, so nothing in them may tell what is expected.
    inputs
        Name → array, number, text, or lists, tuples and dictionaries of these.
    expected
        The right value, in the shape that `run` returns. Compared by `deeptricks.grading.compare`.
    judge
        Instead of `expected`, where many values are right (random numbers): takes the returned
        value and says what is wrong with it, or None.
    says
        The sentence in the student's feedback when the check fails. It explains what the
        check is about; it gives away neither inputs nor the expected value.
    tolerance
        Largest difference allowed, relative to the largest number of the expected array.
    parts
        What the values are that `run` returns, where it returns several, as ``("the mean",
        "argument x")``: feedback says which of them differs, and that an argument was changed.
    """

    name: str
    points: int
    run: str
    says: str
    inputs: dict[str, Any] = field(default_factory=dict)
    expected: Any = None
    judge: Callable[[Any], str | None] | None = None
    tolerance: float = 1e-6
    parts: tuple[str, ...] = ()

    def __post_init__(self):
        here = f"check {self.name!r}"
        text_needed(here, name=self.name, run=self.run, says=self.says)
        points_needed(here, self.points)
        if (self.expected is None) == (self.judge is None):
            raise ValueError(f"{here}: give one of expected and judge")
        if not 0 <= self.tolerance < 1:
            raise ValueError(f"{here}: tolerance is {self.tolerance}, from 0 to below 1 is allowed")
        if self.parts and self.judge is None and len(self.parts) != _length(self.expected):
            raise ValueError(f"{here}: {len(self.parts)} parts, {_length(self.expected)} expected")
        if strange := [part for part in self.parts if not re.fullmatch(PART, part)]:
            raise ValueError(f"{here}: parts has {strange[0]!r}; words of letters are allowed")
        for name in self.inputs:
            if not (isinstance(name, str) and name.isidentifier()) or keyword.iskeyword(name):
                raise ValueError(f"{here}: inputs has {name!r}, which is no variable's name")
        try:
            ast.parse(f"def check({', '.join(self.inputs)}):\n{indent(self.run, '    ')}")
        except SyntaxError as error:
            raise ValueError(f"{here}: run is no body of a function ({error.msg})") from None


@dataclass(frozen=True)
class Question:
    """One question of an assignment.

    Parameters
    ----------
    name
        The `grade_id` of the cell in which the student answers. A question that is graded by
        checks has a second cell, `<name>_tests`, with the visible tests and the points.
    title
        How feedback and tables call it.
    checks
        What decides the points. Empty for a question that a person grades.
    rubric
        For a person: (points, what earns them) for each line. Empty where checks decide.
    room
        What the student's code may import while it is graded: "numpy" (numpy and matplotlib,
        so that no framework can be called), or "torch" (the same and torch).
    """

    name: str
    title: str
    checks: tuple[Check, ...] = ()
    rubric: tuple[tuple[int, str], ...] = ()
    room: str = "numpy"

    def __post_init__(self):
        here = f"question {self.name!r}"
        text_needed(here, name=self.name, title=self.title)
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.name):
            raise ValueError(f"{here}: name may have letters, digits, _ and - (it is a grade_id)")
        if self.room not in ROOMS:
            raise ValueError(f"{here}: room is {self.room!r}, one of {tuple(ROOMS)} is allowed")
        for kind, given in (("checks", self.checks), ("rubric", self.rubric)):
            if not isinstance(given, tuple):
                raise ValueError(f"{here}: {kind} is a {type(given).__name__}, a tuple is needed")
        if bool(self.checks) == bool(self.rubric):
            raise ValueError(f"{here}: give either checks or a rubric")
        names = [check.name for check in self.checks]
        if len(set(names)) < len(names):
            raise ValueError(f"{here}: two checks have the same name: {names}")
        for points, line in self.rubric:
            points_needed(here, points)
            text_needed(here, rubric=line)

    @property
    def points(self) -> int:
        """The most that the question is worth."""
        return sum(c.points for c in self.checks) + sum(points for points, _ in self.rubric)

    @property
    def manual(self) -> bool:
        """Whether a person grades it."""
        return bool(self.rubric)


def text_needed(here: str, **texts: str) -> None:
    """ValueError where one of the texts is empty or no text."""
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{here}: {name} is {text!r}, a text is needed")


def _length(expected):
    return len(expected) if isinstance(expected, list | tuple) else 1


def points_needed(here: str, points: int, name: str = "points") -> None:
    """ValueError where a number of points is none."""
    if isinstance(points, bool) or not isinstance(points, int) or points < 1:
        raise ValueError(f"{here}: {name} is {points!r}, a whole number, 1 or more, is needed")
