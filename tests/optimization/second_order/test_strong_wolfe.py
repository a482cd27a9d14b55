"""The line search: its step meets both conditions, and where it gives up it says so and stops."""

import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deeptricks.optimization.second_order.strong_wolfe import (
    Trial,
    WolfeConditions,
    cubic_minimum,
    keep_away_from_ends,
    strong_wolfe,
)


def line(loss, slope):
    """What `evaluate` is for a function of one number and its derivative, counting its calls."""

    def evaluate(step):
        evaluate.steps.append(float(step))
        derivative = torch.tensor(slope(float(step)), dtype=torch.float64)
        return Trial(step, loss(float(step)), derivative, derivative.reshape(1))

    evaluate.steps = []
    return evaluate


def bowl_with_waves(a, middle, height, frequency, phase):
    return line(
        lambda t: a * (t - middle) ** 2 + height * math.sin(frequency * t + phase),
        lambda t: 2 * a * (t - middle) + height * frequency * math.cos(frequency * t + phase),
    )


@given(
    st.floats(0.01, 3), st.floats(-3, 10), st.floats(0, 5), st.floats(0.1, 5), st.floats(0, 6.3),
    st.floats(-3, 2),
)  # fmt: skip
@settings(max_examples=300, deadline=None, derandomize=True)
def test_step_meets_both_conditions(a, middle, height, frequency, phase, size_of_first):
    evaluate = bowl_with_waves(a, middle, height, frequency, phase)
    start = evaluate(0.0)
    assume(start.slope < -1e-3)
    found, evaluations = strong_wolfe(evaluate, start, 10**size_of_first, max_trials=100)
    # The conditions in their own words, not in the words of the code.
    assert found.loss <= start.loss + 1e-4 * float(found.step) * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)
    assert found.step > 0
    assert evaluations == len(evaluate.steps) - 1
    assert evaluate(found.step)[1:3] == found[1:3]  # the trial is that of its step


def test_conditions_hold_at_their_edges():
    start = Trial(0.0, 1.0, -2.0)
    wolfe = WolfeConditions(start, sufficient_decrease=0.25, curvature=0.5)
    assert not wolfe.too_high(Trial(0.5, 0.75, 0.0))
    assert wolfe.too_high(Trial(0.5, 0.75 + 1e-12, 0.0))
    assert not wolfe.too_high(Trial(2.0, 0.0, 0.0))
    assert wolfe.too_high(Trial(2.0, 1e-12, 0.0))
    assert wolfe.flat(Trial(1.0, 0.0, 1.0))
    assert wolfe.flat(Trial(1.0, 0.0, -1.0))
    assert not wolfe.flat(Trial(1.0, 0.0, 1.0 + 1e-12))
    assert not wolfe.flat(Trial(1.0, 0.0, -1.0 - 1e-12))


@given(st.floats(0.1, 5), st.floats(-4, 4), st.floats(0.1, 5), st.floats(-3, 3), st.floats(0.1, 3))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_cubic_is_met_at_its_minimum(a, minimum, gap, offset, width):
    # f' = a (t − maximum)(t − minimum), the maximum to the left for a > 0
    maximum = minimum - gap

    def slope(t):
        return a * (t - maximum) * (t - minimum)

    def loss(t):
        return a * (t**3 / 3 - (maximum + minimum) * t**2 / 2 + maximum * minimum * t)

    evaluate = line(loss, slope)
    one, other = evaluate(minimum + offset), evaluate(minimum + offset + width)
    inside = sorted([one.step, minimum, other.step])[1]  # or the end that is nearer
    for pair in [(one, other), (other, one)]:
        assert cubic_minimum(*pair) == pytest.approx(inside, abs=1e-9)
        wide = (minimum - 10, minimum + 10)
        assert cubic_minimum(*pair, bounds=wide) == pytest.approx(minimum, abs=1e-8)


def test_cubic_without_a_minimum_is_halved():
    falling = line(lambda t: -t - t**3, lambda t: -1 - 3 * t**2)
    assert cubic_minimum(falling(0.0), falling(4.0)) == 2.0
    assert cubic_minimum(falling(0.0), falling(4.0), bounds=(5.0, 40.0)) == 22.5


def test_parabola_is_minimized_in_two_evaluations():
    evaluate = line(lambda t: (t - 3) ** 2, lambda t: 2 * (t - 3))
    start = evaluate(0.0)
    found, evaluations = strong_wolfe(evaluate, start, 100.0)  # much too far: the cubic is exact
    assert found.step == pytest.approx(3.0, abs=1e-10)
    assert evaluations == 2


def test_first_step_that_is_acceptable_is_taken():
    evaluate = line(lambda t: (t - 3) ** 2, lambda t: 2 * (t - 3))
    found, evaluations = strong_wolfe(evaluate, evaluate(0.0), 1.0)
    assert (found.step, evaluations) == (1.0, 1)


@pytest.mark.parametrize("allowed", [0, 1, 2, 5, 25, -1])
def test_without_a_bottom_it_gives_up_at_the_lowest(allowed):
    evaluate = line(lambda t: -t, lambda t: -1.0)
    start = evaluate(0.0)
    found, evaluations = strong_wolfe(evaluate, start, 0.5, max_trials=allowed)
    assert evaluations == len(evaluate.steps) - 1 == 1 + max(allowed, 0)
    assert found.step == max(evaluate.steps) > 0
    # never more than ten times as far, and never a step less than one hundredth longer
    for a, b, c in zip(evaluate.steps, evaluate.steps[1:], evaluate.steps[2:], strict=False):
        assert b + 0.01 * (b - a) <= c <= 10 * b


def test_where_every_trial_is_higher_it_stays():
    lying = line(lambda t: abs(t), lambda t: 1.0 if t > 0 else -1.0)  # up on both sides
    start = lying(0.0)
    for allowed in (0, 3, 25, 1000):
        found, evaluations = strong_wolfe(lying, start, 1.0, max_trials=allowed)
        assert found is start
    assert evaluations < 60  # ended by the bracket's length
    assert min(step for step in lying.steps if step > 0) > 1e-11


def test_lower_but_not_low_enough_is_better_than_nothing():
    """The slope promises a million times what the loss does; beyond 0.6 it is a wall."""
    lying = line(lambda t: -1e-6 * t if t < 0.6 else 1.0, lambda t: 1.0 if t > 0 else -1.0)
    start = lying(0.0)
    found, _ = strong_wolfe(lying, start, 1.0)
    assert found.loss == min(lying(step).loss for step in list(lying.steps)) < start.loss
    assert WolfeConditions(start).too_high(found)


def test_large_direction_ends_at_a_shorter_bracket():
    counts = []
    for size in (1e-6, 1.0, 1e6):
        lying = line(lambda t: abs(t), lambda t: 1.0 if t > 0 else -1.0)
        counts.append(strong_wolfe(lying, lying(0.0), 1.0, size=size, max_trials=1000)[1])
    assert counts == sorted(counts)
    assert len(set(counts)) == 3


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("where", ["loss", "slope", "both", "far"])
def test_ends_with_what_is_not_finite(bad, where):
    def loss(t):
        return bad if where in ("loss", "both") or (where == "far" and t > 1) else (t - 0.5) ** 2

    def slope(t):
        return bad if where in ("slope", "both") or (where == "far" and t > 1) else 2 * (t - 0.5)

    evaluate = line(loss, slope)
    start = Trial(0.0, 0.25, torch.tensor(-1.0, dtype=torch.float64))
    found, evaluations = strong_wolfe(evaluate, start, 4.0, max_trials=25)
    assert evaluations == len(evaluate.steps) <= 26
    if where == "far" and bad > 0:  # an infinite loss is too high: the search comes back
        assert found.loss < start.loss


def test_steps_near_an_end_are_moved_inwards():
    ends = [Trial(2.0, 0.0, 0.0), Trial(1.0, 0.0, 0.0)]
    assert keep_away_from_ends(1.5, ends, True) == (1.5, False)
    assert keep_away_from_ends(1.05, ends, False) == (1.05, True)
    for near_end in (True, False):
        assert keep_away_from_ends(1.0, ends, near_end) == (1.1, False)
        assert keep_away_from_ends(2.0, ends, near_end) == (1.9, False)
    assert keep_away_from_ends(1.05, ends, True) == (1.1, False)
    assert keep_away_from_ends(1.95, ends, True) == (1.9, False)
