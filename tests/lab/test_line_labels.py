"""Names at the ends of lines stand where they belong and do not overlap."""

import itertools

import numpy as np
import pytest

from deeptricks.lab import plots
from deeptricks.lab.line_labels import apart


def test_line_labels_stand_at_their_ends_without_overlap():
    fig, ax = plots.figure()
    ends = {"first": 1.0, "second": 1.01, "third": 1.02, "far": 5.0}
    for name, end in ends.items():
        ax.plot([0, 1, 2], [3, end, np.nan], label=name)
    ax.axhline(2)  # has no label, gets none
    plots.label_lines(ax)
    fig.draw_without_rendering()
    assert [t.get_text() for t in ax.texts] == list(ends)
    assert [t.get_color() for t in ax.texts] == [line.get_color() for line in ax.lines[:4]]
    boxes = [t.get_window_extent() for t in ax.texts]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    far = ax.transAxes.inverted().transform(ax.transData.transform((1, 5.0)))
    np.testing.assert_allclose(ax.texts[3].xy, far, atol=0.02)


def test_a_line_without_a_finite_point_cannot_be_labeled():
    _, ax = plots.figure()
    ax.plot([0, 1], [np.nan, np.nan], label="diverged")
    with pytest.raises(ValueError, match="diverged"):
        plots.label_lines(ax)


@pytest.mark.parametrize(
    "positions", [[], [0.5], [0.9, 0.9, 0.9], [0.0, 0.01, 1.0], [1, 0, 1, 0.5]]
)
def test_apart(positions):
    moved = apart(positions, 0.1)
    order = np.argsort(positions, kind="stable")
    assert len(moved) == len(positions)
    assert np.all(np.diff(moved[order]) >= 0.1 - 1e-12)
    assert np.all(moved <= 1 + 1e-12)
    if len(positions) == 1:
        assert list(moved) == positions
