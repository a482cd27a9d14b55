"""Filters of descent and ridge, against steps one by one, solved equations and a search."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.linear_model import Ridge

from deeptricks.regularization import (
    descent_filter,
    filtered_solution,
    flow_filter,
    largest_gap,
    ridge_filter,
)


def problem(samples=30, features=6, rank=None, seed=0):
    draw = np.random.default_rng(seed)
    x = draw.standard_normal((samples, features)) * np.logspace(0, -1, features)
    if rank is not None:
        x = x[:, :rank] @ draw.standard_normal((rank, features))
    return x, x @ draw.standard_normal(features) + draw.standard_normal(samples)


SHAPES = [{}, {"rank": 3}, {"samples": 4}]


def fastest(x):
    return len(x) / np.linalg.norm(x, 2) ** 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [0, 1, 7, 200])
def test_descent_is_descent_step_by_step(shape, steps):
    x, y = problem(**shape)
    rate, w = 0.7 * fastest(x), np.zeros(x.shape[1])
    for _ in range(steps):
        w = w - rate * x.T @ (x @ w - y) / len(x)
    ours = filtered_solution(x, y, lambda c: descent_filter(c, rate, steps))
    np.testing.assert_allclose(ours, w, rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("penalty", [1e-3, 0.1, 10.0])
def test_ridge_solves_its_equations(shape, penalty):
    x, y = problem(**shape)
    ours = filtered_solution(x, y, lambda c: ridge_filter(c, penalty))
    gradient = x.T @ (x @ ours - y) / len(x) + penalty * ours
    np.testing.assert_allclose(gradient, 0, atol=1e-10)
    theirs = Ridge(alpha=penalty * len(x), fit_intercept=False, solver="svd").fit(x, y)
    np.testing.assert_allclose(ours, theirs.coef_, rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_filter_of_one_is_least_squares(shape):
    x, y = problem(**shape)
    ours = filtered_solution(x, y, np.ones_like)
    np.testing.assert_allclose(ours, np.linalg.pinv(x) @ y, rtol=0, atol=1e-10)


def test_several_targets_are_solved_together():
    x, y = problem()
    both = np.stack([y, -2 * y + 1], axis=1)
    ours = filtered_solution(x, both, lambda c: ridge_filter(c, 0.1))
    for column in range(2):
        alone = filtered_solution(x, both[:, column], lambda c: ridge_filter(c, 0.1))
        np.testing.assert_allclose(ours[:, column], alone, rtol=0, atol=1e-12)


def test_inputs_without_extent_give_zero():
    answer = filtered_solution(np.zeros((5, 3)), np.ones(5), np.ones_like)
    np.testing.assert_array_equal(answer, np.zeros(3))


def test_small_steps_become_the_flow():
    curvature = np.linspace(0, 3, 50)
    flow = flow_filter(curvature, 2.0)
    wide = np.abs(descent_filter(curvature, 2e-3, 1000) - flow).max()
    narrow = np.abs(descent_filter(curvature, 2e-4, 10_000) - flow).max()
    assert narrow < wide / 9  # an error of first order in the rate
    assert narrow < 1e-3


def test_ends_of_the_filters():
    for f in (lambda c: flow_filter(c, 3.0), lambda c: ridge_filter(c, 3.0)):
        assert f(0.0) == 0
        assert f(1e9) == pytest.approx(1, abs=1e-8)
    assert descent_filter(0.0, 0.1, 50) == 0
    assert descent_filter(10.0, 0.1, 1) == 1
    assert (flow_filter([1.0, 2.0], 0.0) == 0).all()


def test_largest_gap_is_the_largest():
    place, gap = largest_gap()
    search = minimize_scalar(
        lambda x: ridge_filter(x, 1.0) - flow_filter(x, 1.0),
        bounds=(1, 5),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert gap == pytest.approx(-search.fun, abs=1e-12)
    assert place == pytest.approx(search.x, abs=1e-6)
    assert round(gap, 4) == 0.2036  # what the prototypes found
    wide = np.logspace(-6, 6, 200_001)
    for penalty in (0.01, 1.0, 50.0):
        difference = flow_filter(wide, 1 / penalty) - ridge_filter(wide, penalty)
        assert difference.min() >= -1e-15
        assert gap * (1 - 1e-6) < difference.max() <= gap + 1e-15


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: descent_filter(1.0, 0.0, 3), "rate"),
        (lambda: descent_filter(1.0, 0.1, 2.5), "steps"),
        (lambda: flow_filter(1.0, -1.0), "time"),
        (lambda: ridge_filter(1.0, 0.0), "penalty"),
        (lambda: filtered_solution(np.ones((3, 2)), np.ones(4), np.ones_like), "inputs"),
        (lambda: filtered_solution(np.ones(3), np.ones(3), np.ones_like), "inputs"),
    ],
)
def test_arguments_are_checked(call, message):
    with pytest.raises(ValueError, match=message):
        call()
