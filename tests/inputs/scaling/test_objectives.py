"""Objectives: values by definition, gradients and Hessians by automatic differentiation."""

import numpy as np
import pytest
import torch

from deeptricks.inputs import LeastSquares, LogisticRegression, OneNeuron, Quadratic

N, D = 17, 4


def numbers(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(0.5, [1, 3, 0.2, 1], (N, D))
    return X, rng.normal(size=N), rng.integers(0, 2, N), rng.normal(size=D)


X, TARGETS, LABELS, W = numbers()
SIGNS = 2 * LABELS - 1

CASES = {
    "least squares": (LeastSquares(X, TARGETS), lambda z: (z - torch.tensor(TARGETS)) ** 2),
    "logistic": (
        LogisticRegression(X, LABELS),
        lambda z: torch.nn.functional.binary_cross_entropy_with_logits(
            z, torch.tensor(LABELS, dtype=torch.float64), reduction="none"
        ),
    ),
    "sigmoid neuron": (
        OneNeuron(X, LABELS),
        lambda z: (torch.sigmoid(z) - torch.tensor(LABELS)) ** 2,
    ),
    "tanh neuron": (
        OneNeuron(X, SIGNS, activation="tanh"),
        lambda z: (torch.tanh(z) - torch.tensor(SIGNS)) ** 2,
    ),
}
every_case = pytest.mark.parametrize(("objective", "loss"), CASES.values(), ids=CASES.keys())


def reference(loss):
    return lambda w: loss(torch.tensor(X) @ w).mean()


@every_case
@pytest.mark.parametrize("size", [0.0, 0.3, 3.0])
def test_value_gradient_and_hessian_equal_autograd(objective, loss, size):
    w = torch.tensor(size * W, requires_grad=True)
    f = reference(loss)
    gradient = torch.autograd.grad(f(w), w)[0]
    hessian = torch.autograd.functional.hessian(f, w)
    np.testing.assert_allclose(objective.value(size * W), f(w).item(), rtol=1e-10)
    np.testing.assert_allclose(objective.gradient(size * W), gradient.numpy(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(objective.hessian(size * W), hessian.numpy(), rtol=0, atol=1e-10)


@every_case
def test_features_multiply_the_gradient_once_and_the_hessian_twice(objective, loss):
    units = np.array([1, 10, 1000, 0.01])
    options = {"activation": objective.activation} if isinstance(objective, OneNeuron) else {}
    rescaled = type(objective)(X * units, objective.y, **options)
    same_w = W / units  # the same scores
    np.testing.assert_allclose(rescaled.gradient(same_w), units * objective.gradient(W), rtol=1e-10)
    twice = units[:, None] * objective.hessian(W) * units
    np.testing.assert_allclose(rescaled.hessian(same_w), twice, rtol=1e-10)


@every_case
def test_many_weights_at_once(objective, loss):
    grid = np.random.default_rng(1).normal(size=(3, 5, D))
    one_by_one = [[objective.value(w) for w in row] for row in grid]
    np.testing.assert_allclose(objective.value(grid), one_by_one, rtol=1e-13)


@every_case
def test_smoothness_bounds_the_curvature_everywhere(objective, loss):
    rng = np.random.default_rng(2)
    bound = objective.smoothness()
    for scale in (0.01, 0.1, 1, 10):
        for w in rng.normal(0, scale, (50, D)):
            assert np.abs(np.linalg.eigvalsh(objective.hessian(w))).max() <= bound * (1 + 1e-12)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_bound_on_the_curvature_of_the_neurons_loss(activation):
    z = np.linspace(-10, 10, 20_001)
    for target in (-2.0, 0.0, 0.5, 1.0):
        neuron = OneNeuron(np.ones((1, 1)), [target], activation)
        assert np.abs(neuron.curvature(z)).max() <= neuron.curvature_bound
        # It is a bound on each of the two terms, so less than twice too large.
        assert neuron.curvature_bound < 2.5 * np.abs(neuron.curvature(z)).max()


def test_least_squares_and_logistic_bounds_are_reached():
    w = np.zeros(D)
    for objective in (LeastSquares(X, TARGETS), LogisticRegression(X, LABELS)):
        largest = np.linalg.eigvalsh(objective.hessian(w)).max()
        np.testing.assert_allclose(objective.smoothness(), largest, rtol=1e-10)


def test_least_squares_has_no_half():
    assert LeastSquares([[1.0], [1.0]], [0.0, 0.0]).value([3.0]) == 9


def test_neuron_is_not_convex():
    assert OneNeuron([[1.0]], [0.0]).hessian([3.0])[0, 0] < 0


def test_logistic_loss_of_huge_scores_is_finite():
    certain = LogisticRegression([[1.0], [1.0]], [0, 1])
    with np.errstate(all="raise", under="ignore"):
        assert certain.value([1000.0]) == 500
        assert certain.value([-1000.0]) == 500
        np.testing.assert_allclose(certain.gradient([1000.0]), [0.5], rtol=1e-10)
        np.testing.assert_allclose(certain.hessian([1000.0]), [[0]], rtol=1e-10)
        assert np.isfinite(OneNeuron([[1.0]], [0.0]).hessian([-1000.0])).all()


def test_minimizer_of_least_squares():
    objective = LeastSquares(X, TARGETS)
    np.testing.assert_allclose(objective.gradient(objective.minimizer()), 0, rtol=0, atol=1e-12)
    twins = LeastSquares(np.ones((3, 2)), [2.0, 2, 2])
    np.testing.assert_allclose(twins.minimizer(), [1, 1], rtol=1e-10)  # the shortest of many


def test_quadratic_is_the_same_function():
    objective = LeastSquares(X, TARGETS)
    quadratic = objective.quadratic()
    grid = np.random.default_rng(3).normal(size=(6, D))
    np.testing.assert_allclose(quadratic.value(grid), objective.value(grid), rtol=1e-10)
    np.testing.assert_allclose(quadratic.gradient(W), objective.gradient(W), rtol=1e-10)
    np.testing.assert_allclose(quadratic.hessian(W), objective.hessian(W), rtol=1e-10)


def test_integers_and_lists_are_welcome():
    objective = LeastSquares([[1, 2], [3, 4]], [5, 6])
    assert objective.gradient([0, 0]).dtype == np.float64
    pixels = LeastSquares(np.array([[200], [100]], dtype=np.uint8), [0, 0])
    assert pixels.hessian([0]) == pytest.approx(2 * (200**2 + 100**2) / 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X, TARGETS[:-1]), "X and y .* 17 and 16"),
        ((X[:0], TARGETS[:0]), "at least one"),
        ((X[0], TARGETS), r"X must have 2 dimension.*\(4,\)"),
        ((X, TARGETS[:, None]), r"y must have 1 dimension.*\(17, 1\)"),
        ((X * [1, np.nan, 1, 1], TARGETS), "X must be finite, got nan"),
        ((X, TARGETS + np.inf), "y must be finite, got inf"),
    ],
)
def test_bad_data(arguments, message):
    with pytest.raises(ValueError, match=message):
        LeastSquares(*arguments)


def test_bad_labels_weights_activations_and_quadratics():
    with pytest.raises(ValueError, match=r"labels 0 and 1, got -1"):
        LogisticRegression(X, SIGNS)
    with pytest.raises(ValueError, match=r"activation must be .* got 'relu'"):
        OneNeuron(X, LABELS, activation="relu")
    for method in ("value", "gradient", "hessian"):
        with pytest.raises(ValueError, match=r"w must have 4 entries, got shape \(3,\)"):
            getattr(LeastSquares(X, TARGETS), method)(W[:3])
    with pytest.raises(ValueError, match=r"H must have shape .*\(2, 3\)"):
        Quadratic(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"minimizer .*\(3,\)"):
        Quadratic(np.eye(2), minimizer=[1, 2, 3])


def test_the_surface_of_a_bowl_is_its_value_at_each_pair_of_weights():
    bowl = Quadratic([[2.0, 1.0], [1.0, 3.0]], minimizer=[1.0, -1.0], minimum=0.5)
    w1, w2 = np.meshgrid([0.0, 2.0, 5.0], [1.0, -4.0])
    surface = bowl.surface(w1, w2)
    assert surface.shape == (2, 3)
    for row, column in np.ndindex(2, 3):
        expected = bowl.value(np.array([w1[row, column], w2[row, column]]))
        assert surface[row, column] == pytest.approx(expected, rel=1e-12)
