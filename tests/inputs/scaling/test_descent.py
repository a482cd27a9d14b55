"""Gradient descent and the counts that theory gives for it."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes

from deeptricks.inputs import (
    LeastSquares,
    LogisticRegression,
    OneNeuron,
    Quadratic,
    StandardScaler,
    Whitening,
    best_rate,
    condition_number,
    exact_iterations,
    gradient_descent,
    largest_rate,
    theory_iterations,
)


def bowl(kappa, dimension=5, seed=0):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(dimension, dimension)))[0]
    H = Q @ np.diag(np.geomspace(1, kappa, dimension)) @ Q.T
    return Quadratic((H + H.T) / 2, minimizer=rng.normal(size=dimension), minimum=3.0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.floats(1, 300), st.integers(1, 6), st.integers(0, 10_000), st.floats(0.05, 0.98))
def test_counts_agree(kappa, dimension, seed, part_of_largest):
    objective, start = bowl(kappa, dimension, seed), np.zeros(dimension)
    tolerance = 3.1e-7  # no power of a round factor: rounding would decide whether a tie suffices
    walked = gradient_descent(objective, start, tolerance=tolerance)
    assert walked.converged
    assert walked.iterations == exact_iterations(objective, start, tolerance=tolerance)
    measured = condition_number(objective.H)
    assert walked.iterations <= theory_iterations(max(measured, 1.0), tolerance)
    rate = part_of_largest * largest_rate(objective.H)
    walked = gradient_descent(objective, start, rate, tolerance=tolerance)
    assert walked.converged
    assert walked.iterations == exact_iterations(objective, start, rate, tolerance=tolerance)


@pytest.mark.parametrize("kappa", [2.0, 10.0, 100.0])
def test_theory_is_reached_by_the_worst_start(kappa):
    # All error along the flattest axis and the steepest one: both shrink at the slowest speed.
    objective = Quadratic(np.diag([1.0, kappa]))
    assert gradient_descent(objective, [1.0, 1.0]).iterations == theory_iterations(kappa)


def test_theory_formula():
    assert theory_iterations(3.0, 1 / 16) == 2  # the loss shrinks by ¼ an iteration
    assert theory_iterations(3.0, 1 / 17) == 3
    assert theory_iterations(1.0) == 1
    assert theory_iterations(math.inf) == math.inf
    assert theory_iterations(1 + 2**-52) == 1
    # For large κ the count is κ/4 · ln(1/tolerance); ln(1 - 2/κ) must not cancel.
    assert theory_iterations(1e12) == pytest.approx(1e12 / 4 * math.log(1e6), rel=1e-9)


def test_round_bowl_takes_one_step():
    objective = Quadratic(4 * np.eye(3), minimizer=[1, 2, 3])
    walked = gradient_descent(objective, np.zeros(3))
    assert walked.iterations == exact_iterations(objective, np.zeros(3)) == 1
    np.testing.assert_allclose(walked.path, [[0, 0, 0], [1, 2, 3]], rtol=1e-10)
    np.testing.assert_allclose(walked.values, [0.5 * 4 * 14, 0], rtol=0, atol=1e-12)


def test_start_at_the_minimum():
    objective = bowl(10)
    walked = gradient_descent(objective, objective.minimizer)
    assert (walked.iterations, walked.converged, walked.diverged) == (0, True, False)
    assert exact_iterations(objective, objective.minimizer) == 0


def test_path_values_and_stop():
    objective = bowl(20)
    walked = gradient_descent(objective, np.ones(5), rate=0.05, tolerance=1e-3)
    np.testing.assert_allclose(
        np.diff(walked.path, axis=0)[0], -0.05 * objective.gradient(np.ones(5)), rtol=1e-10
    )
    np.testing.assert_allclose(walked.values, objective.value(walked.path), rtol=1e-10)
    excess = (walked.values - 3) / (walked.values[0] - 3)
    assert excess[-1] <= 1e-3 < excess[-2]
    assert len(walked.path) == walked.iterations + 1
    assert walked.rate == 0.05


def test_rates():
    H = np.diag([1.0, 9.0])
    assert best_rate(H) == pytest.approx(0.2)
    assert largest_rate(H) == pytest.approx(2 / 9)
    assert best_rate(np.diag([1.0, 9.0, 0.0])) == pytest.approx(0.2)  # flat: never moves there

    def slowly(part):  # in the long run: the first iterations depend on the start
        return exact_iterations(Quadratic(H), [1, 1], part * best_rate(H), tolerance=1e-60)

    assert slowly(1) < min(slowly(0.95), slowly(1.05))


def test_flat_directions_do_not_matter():
    X = np.random.default_rng(1).normal(size=(20, 3))
    with_constant = np.column_stack([X, np.zeros(20), X[:, 0]])
    y = np.random.default_rng(2).normal(size=20)
    objective = LeastSquares(with_constant, y)
    walked = gradient_descent(objective, np.ones(5))
    assert walked.converged
    assert walked.iterations == exact_iterations(objective, np.ones(5))
    assert walked.path[-1][3] == 1


def test_iterations_too_many_to_walk_are_counted():
    objective = Quadratic(np.diag([1e-9, 1.0]))
    count = exact_iterations(objective, [1e5, 0.0])
    assert count == pytest.approx(theory_iterations(1e9), rel=1e-6)
    assert theory_iterations(1e9) > 3e9


@pytest.mark.parametrize("too_large", [1.0001, 1.5, 1e6])
def test_divergence_is_reported_and_quiet(too_large):
    objective = bowl(50)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        walked = gradient_descent(objective, np.ones(5), too_large * largest_rate(objective.H))
    assert walked.diverged
    assert not walked.converged
    assert np.isfinite(walked.path).all()
    assert (
        exact_iterations(objective, np.ones(5), too_large * largest_rate(objective.H)) == math.inf
    )


def test_divergence_to_infinity_at_one_step():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        walked = gradient_descent(Quadratic(np.eye(2)), [1.0, 1.0], rate=1e300)
    assert walked.diverged
    assert walked.iterations == 1


def test_running_out_of_iterations_is_neither():
    walked = gradient_descent(bowl(1e4), np.ones(5), max_iterations=10)
    assert (walked.iterations, walked.converged, walked.diverged) == (10, False, False)
    assert gradient_descent(bowl(10), np.ones(5), max_iterations=0).iterations == 0


def test_least_squares_on_real_data():
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    objective = LeastSquares(X, y)
    walked = gradient_descent(objective, np.zeros(10))
    assert walked.iterations == exact_iterations(objective, np.zeros(10)) > 1000
    np.testing.assert_allclose(walked.values[-1], objective.value(walked.path[-1]), rtol=1e-10)
    white = LeastSquares(Whitening().fit_transform(X), y)
    assert gradient_descent(white, np.zeros(10)).iterations == 1


def test_logistic_regression_until_a_loss():
    X, y = load_breast_cancer(return_X_y=True)
    objective = LogisticRegression(StandardScaler().fit_transform(X), y)
    walked = gradient_descent(objective, np.zeros(30), until=lambda loss: loss < 0.1)
    assert walked.converged
    assert walked.values[-1] < 0.1 <= walked.values[-2]
    assert (np.diff(walked.values) < 0).all()  # 1 / L never overshoots
    assert walked.rate == pytest.approx(1 / objective.smoothness())


def test_minimum_can_be_given():
    objective = OneNeuron([[1.0], [2.0]], [0.7, 0.8], activation="tanh")
    walked = gradient_descent(objective, [0.0], minimum=0.0, tolerance=0.5)
    assert walked.converged
    assert walked.values[-1] <= 0.5 * walked.values[0]


def test_iterations_that_run_out_are_neither_success_nor_divergence():
    objective = Quadratic(np.diag(np.geomspace(1e-7, 1, 30)))
    walked = gradient_descent(objective, np.ones(30), tolerance=1e-12, max_iterations=1000)
    assert walked.iterations == 1000
    assert not walked.converged
    assert not walked.diverged


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((bowl(3), np.ones(4)), {}, "start must have 5 entries, got 4"),
        ((bowl(3), [1, 2, np.nan, 4, 5]), {}, "start must be finite, got nan"),
        ((bowl(3), np.ones((5, 1))), {}, r"start must have 1 dimension"),
        ((bowl(3), np.ones(5), 0.0), {}, "rate must be positive and finite, got 0.0"),
        ((bowl(3), np.ones(5), math.nan), {}, "rate must be positive and finite, got nan"),
        ((bowl(3), np.ones(5)), {"tolerance": 0}, "tolerance must be between 0 and 1, got 0"),
        ((Quadratic(np.zeros((2, 2)), [1, 1]), [0, 0]), {}, "H must curve upwards"),
        ((Quadratic(-np.eye(2)), [1, 1]), {}, "semidefinite"),
        ((LogisticRegression([[1.0], [2.0]], [0, 1]), [0.0]), {}, r"minimum=.*until="),
    ],
)
def test_bad_arguments(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        gradient_descent(*arguments, **options)
    if isinstance(arguments[0], Quadratic):
        with pytest.raises(ValueError, match=message):
            exact_iterations(*arguments, **options)


def test_more_bad_arguments():
    with pytest.raises(TypeError, match="quadratic, got LogisticRegression"):
        exact_iterations(LogisticRegression([[1.0], [2.0]], [0, 1]), [0.0])
    with pytest.raises(ValueError, match=r"kappa must be at least 1, got 0\.5"):
        theory_iterations(0.5)
    with pytest.raises(ValueError, match="kappa"):
        theory_iterations(math.nan)
    with pytest.raises(ValueError, match="tolerance"):
        theory_iterations(2.0, 1.0)
