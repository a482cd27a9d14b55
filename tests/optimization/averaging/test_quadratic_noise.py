"""SGD on a noisy parabola: formulas and recursion against every noise followed by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptricks.optimization.averaging import quadratic_noise
from deeptricks.optimization.averaging.quadratic_noise import (
    Moments,
    last_iterate,
    moments,
    moving_average_gain,
    tail_average,
)

PARABOLA = {"curvature": 0.7, "noise": 1.3, "start": 2.5}


def weights_on_noise(rates, shares, curvature):
    """Iterate and average as linear forms: (T, 1 + T), a column for w₀ and one for each noise."""
    steps = len(rates)
    w = v = np.eye(1, 1 + steps)[0]
    forms = []
    for t in range(steps):
        noise = np.eye(1, 1 + steps, 1 + t)[0]
        w = w - rates[t] * (curvature * w + noise)
        v = v + shares[t] * (w - v)
        forms.append((w, v))
    return np.array(forms).transpose(1, 0, 2)


def by_hand(rates, shares, curvature, noise, start):
    """Moments from the full covariance matrix of start and noises."""
    forms = weights_on_noise(rates, shares, curvature)
    covariance = np.diag([0.0] + [noise**2] * len(rates))
    return [Moments(form[:, 0] * start, np.diag(form @ covariance @ form.T)) for form in forms]


def assert_equal(ours, expected):
    np.testing.assert_allclose(ours.mean, expected.mean, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(ours.variance, expected.variance, rtol=1e-11, atol=1e-13)


@given(st.integers(0, 1000), st.integers(1, 30))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_recursion_at_any_rates_and_shares(seed, steps):
    rng = np.random.default_rng(seed)
    rates, shares = rng.uniform(0.01, 2.5, steps), rng.uniform(0, 1, steps)
    for ours, expected in zip(
        moments(rates, shares, **PARABOLA), by_hand(rates, shares, **PARABOLA), strict=True
    ):
        assert_equal(ours, expected)


@pytest.mark.parametrize("rate", [0.05, 0.9, 2.7])
@pytest.mark.parametrize("steps", [1, 2, 40])
def test_last_iterate(steps, rate):
    iterate, _ = by_hand(np.full(steps, rate), np.ones(steps), **PARABOLA)
    assert_equal(last_iterate(steps, rate=rate, **PARABOLA), Moments(*(m[-1] for m in iterate)))


@pytest.mark.parametrize("rate", [0.05, 0.9, 2.7])
@pytest.mark.parametrize(("steps", "skipped"), [(1, 0), (40, 0), (40, 1), (40, 25), (40, 39)])
def test_tail_average_is_the_mean_of_its_iterates(steps, skipped, rate):
    forms = weights_on_noise(np.full(steps, rate), np.ones(steps), PARABOLA["curvature"])[0]
    mean = forms[skipped:].mean(axis=0)
    expected = Moments(mean[0] * 2.5, 1.3**2 * np.sum(mean[1:] ** 2))
    assert_equal(tail_average(steps, rate=rate, skipped=skipped, **PARABOLA), expected)


def test_limits_of_the_chapter():
    stationary = last_iterate(10**6, rate=0.3, **PARABOLA)
    assert stationary.variance == pytest.approx(0.3 * 1.3**2 / (0.7 * (2 - 0.3 * 0.7)))
    assert stationary.mean == pytest.approx(0)
    for rate in (0.01, 0.3, 2.0):
        mean = tail_average(10**6, rate=rate, **PARABOLA)
        assert mean.variance * 10**6 == pytest.approx(1.3**2 / 0.7**2, rel=1e-3)
        bias = 10**6 * rate * 0.7 * mean.mean
        assert bias == pytest.approx(2.5 * (1 - rate * 0.7))


def test_a_rate_of_one_over_curvature_times_t_is_the_mean_of_the_noise():
    steps = np.arange(1, 51)
    iterate, average = moments(1 / (0.7 * steps), 1.0, **PARABOLA)
    np.testing.assert_allclose(iterate.mean, 0, atol=1e-15)
    np.testing.assert_allclose(iterate.variance, 1.3**2 / 0.7**2 / steps, rtol=1e-12)
    assert_equal(average, iterate)  # a share of 1 only follows


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.79, 0.99])
def test_moving_average_gain_from_all_correlations(decay):
    a, ages = 1 - 0.3 * 0.7, np.arange(6000)
    weights = (1 - decay) * decay**ages
    lags = np.abs(ages[:, None] - ages[None, :400])  # beyond age 400 both factors are below 1e-8
    cut = np.s_[:400] if decay < 0.9 else np.s_[:]
    if decay < 0.9:
        expected = weights[:400] @ a ** lags[:400] @ weights[:400]
    else:  # the same double sum, along its diagonals
        later = [weights[: len(weights) - k] @ weights[k:] * a**k for k in range(1, 300)]
        expected = weights @ weights + 2 * sum(later)
    assert weights[cut].sum() == pytest.approx(1)
    assert moving_average_gain(decay, rate=0.3, curvature=0.7) == pytest.approx(expected)


def test_moving_average_gain_is_where_the_recursion_ends():
    w, v = moments(np.full(5000, 0.3), 0.02, curvature=0.7)
    gain = moving_average_gain(0.98, rate=0.3, curvature=0.7)
    assert v.variance[-1] / w.variance[-1] == pytest.approx(gain, rel=1e-10)


def test_many_curvatures_and_rates_at_once():
    curvature, rate = np.array([1.0, 0.1]), np.array([[0.5], [1.5], [0.1]])
    both = tail_average(20, rate=rate, curvature=curvature, noise=2.0, start=1.0, skipped=5)
    assert both.mean.shape == both.variance.shape == (3, 2)
    shares = np.array([1 / max(t - 5, 1) for t in range(1, 21)])[:, None, None]
    _, ours = moments(
        np.broadcast_to(rate, (20, 3, 1)), shares, curvature=curvature, noise=2.0, start=1.0
    )
    assert ours.mean.shape == (20, 3, 2)
    assert_equal(Moments(ours.mean[-1], ours.variance[-1]), both)
    one = tail_average(20, rate=1.5, curvature=0.1, noise=2.0, start=1.0, skipped=5)
    assert one.variance == pytest.approx(both.variance[1, 1])


def test_excess_loss():
    assert Moments(np.array(3.0), np.array(2.0)).excess_loss(0.5) == pytest.approx(0.25 * (9 + 2))


@pytest.mark.parametrize("rate", [0.0, -0.1, 2.0, float("nan")])
def test_rates_that_do_not_converge(rate):
    calls = [
        lambda: last_iterate(5, rate=rate),
        lambda: tail_average(5, rate=rate),
        lambda: moving_average_gain(0.9, rate=rate),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="rate × curvature must lie between 0 and 2"):
            call()


def test_other_bad_arguments():
    for skipped in (-1, 5):
        with pytest.raises(ValueError, match=f"skipped must be .* got {skipped} of 5"):
            tail_average(5, rate=0.1, skipped=skipped)
    for decay in (-0.1, 1.0, float("nan")):
        with pytest.raises(ValueError, match="decay must be at least 0 and below 1"):
            moving_average_gain(decay, rate=0.1)
    with pytest.raises(ValueError, match="one entry for each step"):
        moments(0.1, 1.0)


def test_by_chance():
    """10 000 runs, so that formula and notation agree with what SGD does."""
    rng = np.random.default_rng(0)
    w, mean = np.full(10_000, 2.5), 0.0
    for t in range(1, 51):
        w = w - 0.2 * (0.7 * w + 1.3 * rng.standard_normal(len(w)))
        mean = mean + (w - mean) / t
    for values, theory in (
        (w, quadratic_noise.last_iterate(50, rate=0.2, **PARABOLA)),
        (mean, quadratic_noise.tail_average(50, rate=0.2, **PARABOLA)),
    ):
        error = (values.mean() - theory.mean) / np.sqrt(theory.variance / len(values))
        assert abs(error) < 5
        assert values.var() == pytest.approx(theory.variance, rel=5 * np.sqrt(2 / len(values)))
