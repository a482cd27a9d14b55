"""Halving: of start · 2ᵏ the largest rate that does not diverge, from either side."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptricks.optimization import HalvingSearch, halving_search
from deeptricks.optimization.schedules.largest_rate import has_diverged


def descent(lr, curvature=1.0, steps=30):
    """Losses of gradient descent on ½ a w², which diverges for rates above 2/a."""
    losses, w = [], 1.0
    for _ in range(steps):
        losses.append(0.5 * curvature * w * w)
        w *= 1 - lr * curvature
    return losses


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_finds_the_largest_rate_that_converges_from_either_side(start, curvature):
    found = halving_search(lambda lr: descent(lr, curvature), start)
    assert found.lr * curvature <= 2
    assert 2 * found.lr * curvature > 2
    assert math.log2(found.lr / start) == pytest.approx(round(math.log2(found.lr / start)))
    assert len(set(found.rates)) == len(found.rates)


def test_the_runs_in_their_order():
    called = []

    def train(lr):
        called.append(lr)
        return descent(lr)

    down = halving_search(train, 12.0)
    assert called == list(down.rates) == [12.0, 6.0, 3.0, 1.5]
    assert list(down.diverged) == [True, True, True, False]
    assert down.lr == 1.5
    np.testing.assert_array_equal(down.runs[2].losses, descent(3.0))
    up = halving_search(train, 0.375)
    assert list(up.rates) == [0.375, 0.75, 1.5, 3.0]
    assert list(up.diverged) == [False, False, False, True]
    assert up.lr == 1.5
    assert repr(up) == "HalvingSearch(lr=1.5; tried 0.375, 0.75, 1.5, 3 diverged)"


def test_the_recipe_alone_only_halves():
    assert halving_search(descent, 12.0, upwards=False).lr == 1.5
    with pytest.raises(ValueError, match=r"start must diverge unless upwards, got 0\.375"):
        halving_search(descent, 0.375, upwards=False)


def test_no_rate_within_the_halvings():
    assert halving_search(descent, 12.0, max_halvings=3).lr == 1.5
    with pytest.raises(RuntimeError, match="every rate from 12 to 3 diverged"):
        halving_search(descent, 12.0, max_halvings=2)
    assert halving_search(descent, 0.375, max_halvings=3).lr == 1.5
    with pytest.raises(RuntimeError, match=r"no rate from 0\.375 to 1\.5 diverged"):
        halving_search(descent, 0.375, max_halvings=2)


@pytest.mark.parametrize(
    ("losses", "diverged"),
    [
        ([2.0, 1.0], False),
        ([2.0, 2.0], False),
        ([2.0, 2.1], True),
        ([2.0, 9.0, 1.0], False),
        ([2.0, math.nan, 1.0], True),
        ([2.0, math.inf, 1.0], True),
        ([2.0], False),
        ([math.nan], True),
        ([-1.0, -2.0], False),
        ([-2.0, -1.0], True),
        ([2.0] + [1.0] * 27 + [1.0, 2.5], False),  # 30: the mean of the last three
        ([2.0] + [1.0] * 26 + [1.0, 2.6, 2.6], True),
        ([2.0] + [9.0] * 26 + [1.0, 1.0, 1.0], False),
    ],
)
def test_what_diverged_means(losses, diverged):
    assert has_diverged(losses) is diverged


def test_a_criterion_of_ones_own():
    found = halving_search(descent, 12.0, diverged=lambda losses: losses[1] > 0.2 * losses[0])
    assert found.lr == 0.75


def test_losses_as_tensors_of_any_kind():
    def train(lr):
        return torch.tensor(descent(lr), requires_grad=True)

    assert halving_search(train, 12.0).lr == 1.5
    assert halving_search(lambda lr: (torch.tensor(v) for v in descent(lr)), 12.0).lr == 1.5


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"start": 0.0}, "start"),
        ({"start": -1.0}, "start"),
        ({"start": math.nan}, "start"),
        ({"max_halvings": 0}, "max_halvings"),
        ({"max_halvings": 1.5}, "max_halvings"),
        ({"train_briefly": lambda lr: []}, "train_briefly"),
    ],
)
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        halving_search(**{"train_briefly": descent, "start": 1.0, **arguments})


def test_what_training_raises_passes():
    def train(lr):
        raise FloatingPointError("mine")

    with pytest.raises(FloatingPointError, match="mine"):
        halving_search(train, 1.0)


@pytest.mark.parametrize("start", [1e6, 0.375])
def test_plot_on_the_callers_axes(start):
    from matplotlib.figure import Figure

    found = halving_search(descent, start, max_halvings=30)
    assert isinstance(found, HalvingSearch)
    ax = Figure().subplots()
    assert found.plot(ax, colors=("red", "gray", "blue")) is ax
    assert [float(line.get_label()) for line in ax.lines] == pytest.approx(found.rates, rel=1e-2)
    blue = [line for line in ax.lines if line.get_color() == "blue"]
    assert len(blue) == 1
    np.testing.assert_array_equal(blue[0].get_ydata(), descent(found.lr))
    assert sum(line.get_color() == "red" for line in ax.lines) == found.diverged.sum()
    assert ax.get_ylim()[1] < 1
