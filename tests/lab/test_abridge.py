"""Source with its idea first: lines are left out, never rewritten."""

import ast
import inspect
import pkgutil
import textwrap
from importlib import import_module

import pytest

import deeptricks.lab
from deeptricks.lab.abridge import MARK, abridged, formulas, without_docstrings

WRITTEN = '''\
@decorated
class A:  # a comment stays
    """A docstring goes,
    all of it."""

    x = 1   # so does layout

    def f(self):
        """Gone."""
        text = """not a docstring"""
        return "nor this", text

    def only(self):
        r"""Nothing else here."""

    async def g(self):
        "Single quotes too."
        return 1
'''
SHOWN = '''\
@decorated
class A:  # a comment stays
    x = 1   # so does layout

    def f(self):
        text = """not a docstring"""
        return "nor this", text

    def only(self):
        ...

    async def g(self):
        return 1
'''
CHECKED = '''\
class Scale(Base):
    """y = γ x.

    Drop-in for nothing.

    The gradient is:

        ∂L/∂x = γ ∂L/∂y

    Parameters
    ----------
    gain
        The factor γ = 1 to begin with.
    """

    def forward(self, x):
        """Scale `x`."""
        check_types(x, self.gain)
        self._check_shape(x)
        if x.dim() < 2:
            raise ValueError(f"x must have 2 dimensions, got {x.dim()}")
        for value in x:
            if value is None:
                raise ValueError("None")
        gain = self.gain
        if gain is None:  # not a check: it does something
            return x
        if x.isnan().any():
            raise ValueError("NaN")
        else:
            x = check_array(x)
        return gain * x

    @staticmethod
    def _check_shape(x):
        """Refuse a vector."""
        assert x.dim() > 1

    def reset(self):
        check_types(self.gain)

    def last(self):
        return 1
'''
FOLDED = f'''\
class Scale(Base):
    """y = γ x.

    The gradient is:

        ∂L/∂x = γ ∂L/∂y
    """

    def forward(self, x):
        {MARK}
        gain = self.gain
        if gain is None:  # not a check: it does something
            return x
        if x.isnan().any():
            raise ValueError("NaN")
        else:
            x = check_array(x)
        return gain * x

    {MARK}

    def reset(self):
        ...  {MARK}

    def last(self):
        return 1
'''


def test_docstrings_go_and_everything_else_stays():
    assert without_docstrings(WRITTEN) == SHOWN
    assert abridged(WRITTEN) == SHOWN  # none has a formula
    assert abridged(WRITTEN, docstring=True) == WRITTEN


def test_formulas_stay_and_checks_are_folded():
    assert abridged(CHECKED) == FOLDED
    assert abridged(CHECKED, docstring=True, checks=True) == CHECKED


def test_a_check_that_is_itself_to_be_shown_is_shown():
    code = "def check_types(x):\n    if x is None:\n        raise TypeError\n"
    assert abridged(code) == code


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('"""Multiply.', ""),
        ('"""y = x²', '"""y = x²'),
        ('"""Take a step.\n\n    w ← w − η g\n    ', '"""Take a step.\n\n    w ← w − η g'),
        ('"""Add.\n\n    Words.\n\n    .. math:: a\n', '"""Add.\n\n    .. math:: a'),
        ('"""Add `eps=1e-5`.\n\n    Returns\n    -------\n    y = 1\n', ""),
        (
            '"""Add.\n\n    So:\n\n    y = 1\n\n    Or:\n\n    no.',
            '"""Add.\n\n    So:\n\n    y = 1',
        ),
    ],
)
def test_of_a_docstring_the_formula(text, kept):
    assert formulas(text) == kept


def every_object():
    """Classes and functions of the package, the grader apart."""
    for module in pkgutil.walk_packages(deeptricks.__path__, "deeptricks."):
        if ".grading" in module.name or module.name.endswith("__main__"):
            continue
        for obj in vars(import_module(module.name)).values():
            if getattr(obj, "__module__", None) == module.name and (
                inspect.isclass(obj) or inspect.isfunction(obj)
            ):
                yield obj


@pytest.mark.parametrize("docstring", [True, False, "formula"])
def test_what_is_shown_of_the_package_is_python_and_lines_of_it(docstring):
    for obj in every_object():
        code = textwrap.dedent(inspect.getsource(obj))
        shown = abridged(code, docstring=docstring)
        ast.parse(shown)
        lines = iter(code.splitlines())
        for line in shown.splitlines():
            added = line.strip() in ("...", MARK, f"...  {MARK}", '"""')
            assert added or any(line.removesuffix('"""') in theirs for theirs in lines), line
