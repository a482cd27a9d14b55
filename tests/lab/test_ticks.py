"""Logarithmic axes are labeled where matplotlib labels them, in plain text."""

import math

import matplotlib.pyplot as plt
import pytest

from deeptricks.lab.ticks import plain_powers, power


def labels(low, high, *, ours=True, scale="log", **kw):
    """The label at each tick that has one."""
    fig, ax = plt.subplots(layout="none")
    ax.set_xscale(scale, **kw)
    ax.set_xlim(low, high)
    if ours:
        plain_powers(fig)
    fig.draw_without_rendering()
    ticks = ax.xaxis.get_major_ticks() + ax.xaxis.get_minor_ticks()
    return {t.get_loc(): t.label1.get_text() for t in ticks if t.label1.get_text()}


def test_powers_are_plain_text():
    assert {"10⁻³", "10⁰", "10²"} <= set(labels(1e-3, 1e2).values())


def test_a_short_axis_labels_multiples_in_plain_text():
    written = labels(2, 8)
    assert written[3] == "3×10⁰"
    assert not any("$" in label for label in written.values())


@pytest.mark.parametrize("base", [2, 10, math.e])
@pytest.mark.parametrize("limits", [(1, 1024), (2, 8), (1e12, 1e-12)])
@pytest.mark.parametrize("scale", ["log", "symlog"])
def test_every_base_is_labeled_where_matplotlib_labels_it(base, limits, scale):
    ours = labels(*limits, base=base, scale=scale)
    assert ours.keys() == labels(*limits, base=base, scale=scale, ours=False).keys()
    assert not any("$" in label for label in ours.values())
    name = "e" if base == math.e else str(base)
    assert all(name in label for place, label in ours.items() if place)


def test_a_symmetric_axis_labels_both_signs_and_zero():
    assert {"−10²", "0", "10²"} <= set(labels(-100, 100, scale="symlog").values())


@pytest.mark.parametrize(
    ("x", "base", "label"),
    [
        (1024, 2, "2¹⁰"),
        (1e-3, 10, "10⁻³"),
        (1000, 10, "10³"),
        (-0.25, 2, "−2⁻²"),
        (3e5, 10, "3×10⁵"),
        (-3e-5, 10, "−3×10⁻⁵"),
        (12, 2, "1.5×2³"),
        (math.e**2, math.e, "e²"),
        (0, 10, "0"),
    ],
)
def test_a_power(x, base, label):
    assert power(x, base) == label


def test_other_axes_keep_their_labels():
    fig, (linear, labeled) = plt.subplots(2)
    labeled.set_xscale("log")
    labeled.set_xticks([1, 10], ["one", "ten"])
    before = [ax.xaxis.get_major_formatter() for ax in (linear, labeled)]
    plain_powers(fig)
    assert [ax.xaxis.get_major_formatter() for ax in (linear, labeled)] == before
