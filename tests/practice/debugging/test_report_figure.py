"""The figure of a finding."""

import math
import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from deeptricks.practice.debugging.report_figure import describe, drawable, svg


def test_matplotlib_is_left_as_it_was():
    before, figures, state = dict(mpl.rcParams), plt.get_fignums(), torch.get_rng_state()
    numbers = np.random.get_state()[1].copy()
    svg({"loss": [1.0, 2.0]})
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == figures
    assert torch.equal(torch.get_rng_state(), state)
    assert (np.random.get_state()[1] == numbers).all()


def test_its_ink_is_the_pages_and_its_text_is_text():
    picture = svg({"loss": [1.0, 2.0], "expected": [1.0, 1.0]}, "layer")
    assert "currentColor" in picture
    assert not re.search(r"#1b1b1b|#000000|: ?black|#ffffff", picture)
    assert "var(--dt-blue,#0069d9)" in picture
    assert "var(--dt-gray,#6b6b6b)" in picture
    for word in ("loss", "expected", "layer"):
        assert re.search(f"<text[^>]*>{word}</text>", picture)
    texts = re.findall("<text[^>]*>", picture)
    assert texts
    assert all("fill:" in text for text in texts)


@pytest.mark.parametrize("curves", [{}, {"loss": []}, {"loss": [math.nan, math.inf]}])
def test_nothing_to_draw_is_no_figure(curves):
    assert svg(curves) == ""


def test_curves_of_any_kind():
    curves = {"tensor": torch.tensor([1.0, 2.0]), "nan": [1.0, math.nan, 3.0], "one": [2],
              "negative": [-1, 1], "long": np.linspace(1, 1e6, 5000)}  # fmt: skip
    assert svg(curves).count("<svg") == 1
    assert len(svg(curves)) < 40_000


def test_words():
    said = describe({"loss_of_batch": [2.0, math.nan, 0.5]}, "step")
    assert said == "Along the steps: loss of batch from 2 to 0.5 (1 of 3 not finite)."


def test_so_many_that_none_could_be_told_apart():
    assert len(drawable({str(i): [1.0] for i in range(30)})) == 12
