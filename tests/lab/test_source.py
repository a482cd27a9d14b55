"""`show_source`: what is shown is what runs, and the whole of it is at hand."""

import numpy as np
import pytest

import deeptricks.normalization
from deeptricks.lab import claims, show_source
from deeptricks.lab.claims import claim
from deeptricks.lab.controls import Control, Slider


def test_bundle(shown):
    show_source(Control)
    assert shown[0]["text/plain"] == "deeptricks/lab/controls.py: Control"
    text = shown[0]["text/markdown"]
    assert text.startswith("```python\n@dataclass(frozen=True)\nclass Control:\n    label: str\n")
    assert "src/deeptricks/lab/controls.py" in text
    assert "A setting that the reader may choose" not in text.split("<details")[0]


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


def test_checks_are_folded_and_the_whole_file_lies_below(shown):
    show_source(Control)
    code, fold = shown[0]["text/markdown"].split("<details")
    assert "raise" not in code
    assert "# … checks" in code
    assert "raise ValueError" in fold
    assert fold.count("class ") == 3  # all of the file
    assert fold.index("```\n\n</details>") < fold.index("[`src/")


def test_nothing_is_folded_where_nothing_was_left_out(shown):
    show_source(Control.text)
    show_source(Control, checks=True)
    show_source(Control, rest=False)
    assert not any("<details" in bundle["text/markdown"] for bundle in shown)
    show_source(Control.text, rest=True)
    assert "<details" in shown[-1]["text/markdown"]


def test_the_formula_of_a_docstring_is_shown(shown):
    show_source(deeptricks.normalization.RMSNorm)
    code = shown[0]["text/markdown"].split("<details")[0]
    assert "= γ ⊙ x" in code
    assert "Zhang" not in code


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
