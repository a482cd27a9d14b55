"""What is read off a range test: the steepest place, the lowest, and a suggestion."""

import math

import numpy as np
import pytest

from deeptricks.optimization import RangeTest


def result(losses, smoothed=None, rates=None, diverged=False, first_loss=3.0):
    losses = np.array(losses, dtype=float)
    smoothed = losses if smoothed is None else np.array(smoothed)
    rates = 10.0 ** np.arange(-5, len(losses) - 5) if rates is None else rates
    return RangeTest(rates, losses, smoothed, first_loss, diverged)


def test_where_it_is_steepest_and_lowest():
    seen = result([9, 9, 9, 9], smoothed=[3.0, 2.9, 1.0, 0.9, 0.8, 5.0, 99.0], diverged=True,
                  rates=10.0 ** np.arange(-5, 2))  # fmt: skip
    assert (
        seen.steepest == 1e-4
    )  # (1.0 − 3.0) / 2 beats the rest, which are 1 − 2.9 at most by half
    assert seen.lowest == 1e-1
    assert seen.suggestion == pytest.approx(1e-2)
    assert seen.largest == 1.0


def test_what_diverged_does_not_count():
    seen = result([3.0, 2.0, 1.0, -math.inf], diverged=True)
    assert seen.lowest == seen.largest == seen.rates[2]
    assert not result([3.0, 2.0]).diverged
    assert result([3.0, 2.0]).largest == 1e-4


def test_no_rate_to_suggest():
    rising = result([3.0, 4.0, 5.0])
    for name in ("steepest", "suggestion"):
        with pytest.raises(ValueError, match="`low`"):
            getattr(rising, name)
    at_once = result([math.nan], diverged=True)
    for name in ("steepest", "suggestion", "lowest", "largest"):
        with pytest.raises(ValueError, match="`low`"):
            getattr(at_once, name)
    one = result([3.0])
    with pytest.raises(ValueError, match="`low`"):
        one.steepest  # noqa: B018
    for each in (rising, at_once, one):
        assert "no rate to suggest" in repr(each)
    seen = result([3, 2.9, 1.0, 0.9], diverged=False)
    assert repr(seen) == (
        "RangeTest(4 steps, 1e-05 to 0.01, not diverged; steepest 0.0001, suggestion 0.001)"
    )


def test_plot_on_the_callers_axes():
    from matplotlib.figure import Figure

    for seen in (result([3, 2.0, 1, 2, 1e30], diverged=True), result([math.nan], diverged=True)):
        ax = Figure().subplots()
        assert seen.plot(ax, color="red") is ax
        assert ax.get_xscale() == "log"
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), seen.losses)
        np.testing.assert_array_equal(ax.lines[1].get_xdata(), seen.rates)
    ax = Figure().subplots()
    result([3, 2.0, 1, 2, 1e30], diverged=True).plot(ax)
    assert ax.lines[2].get_xdata()[0] == pytest.approx(1e-4)
    assert ax.get_ylim()[1] < 10
    result([2.0, 2.0]).plot(Figure().subplots())
