"""`show_source`: what is shown is what runs, without its docstrings."""

import ast

import numpy as np
import pytest

from deeptricks.lab import claims, show_source
from deeptricks.lab.claims import claim
from deeptricks.lab.conditions import Condition
from deeptricks.lab.controls import Control, Slider
from deeptricks.lab.source import source, without_docstrings

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


def test_docstrings_go_and_everything_else_stays():
    assert without_docstrings(WRITTEN) == SHOWN


def test_the_package_s_own_classes_still_parse_without_their_docstrings():
    for obj in (claim, Condition, Control, Slider):
        bare = source(obj)
        ast.parse(bare)
        assert '"""' not in bare
        assert source(obj, docstring=True).count('"""') % 2 == 0


def test_bundle(shown):
    show_source(Control)
    assert shown[0]["text/plain"] == "deeptricks/lab/controls.py: Control"
    text = shown[0]["text/markdown"]
    assert text.startswith("```python\n@dataclass(frozen=True)\nclass Control:\n    label: str\n")
    assert "src/deeptricks/lab/controls.py" in text
    assert "A setting that the reader may choose" not in text


def test_docstrings_on_demand(shown):
    show_source(Control, docstring=True)
    assert "A setting that the reader may choose" in shown[0]["text/markdown"]


def test_methods_and_several_objects_of_one_file(shown):
    show_source(Control.text, Slider)
    assert shown[0]["text/plain"] == "deeptricks/lab/controls.py: Control.text, Slider"
    assert shown[0]["text/markdown"].startswith(
        "```python\ndef text(self, value: Any) -> str:\n    return"
    )
    assert "\n\n\n@dataclass(frozen=True)\nclass Slider(Control):" in shown[0]["text/markdown"]


def test_objects_of_two_files_are_refused(shown):
    with pytest.raises(ValueError, match="one file"):
        show_source(Control, claim)


@pytest.mark.parametrize("obj", [np.linalg.norm, pytest.raises, 3, claims, len])
def test_only_the_package_s_own_source(shown, obj):
    with pytest.raises(TypeError, match="show_source"):
        show_source(obj)


def test_nothing_to_show(shown):
    with pytest.raises(TypeError, match="at least one"):
        show_source()
