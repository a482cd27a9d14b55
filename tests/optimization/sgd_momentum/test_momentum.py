"""Momentum: three conventions and where they part, convergence on quadratics, the noise floor."""

import numpy as np
import pytest
import torch
from scipy.linalg import solve_discrete_lyapunov

from deeptricks.optimization.sgd_momentum import momentum

RULES = {name: getattr(momentum, name) for name in ("summed", "absorbed", "averaged")}
BETA = 0.9


def gradient(w):
    return np.array([1.0, 20.0]) * w + np.sin(w)


def walked(rates, momenta=BETA, rescale=True, start=(1.0, -0.5)):
    rates = np.asarray(rates, dtype=float)
    first = np.broadcast_to(momenta, rates.shape)[0]
    plans = {"averaged": rates / (1 - first) if rescale else rates}
    return {
        name: momentum.walk(rule, gradient, np.array(start), plans.get(name, rates), momenta)[0]
        for name, rule in RULES.items()
    }


def test_at_a_constant_rate_all_three_walk_one_path():
    places = walked([0.01] * 50)
    np.testing.assert_allclose(places["absorbed"], places["summed"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(places["averaged"], places["summed"], rtol=0, atol=1e-12)


def test_after_a_rate_drop_only_the_absorbed_rate_parts():
    places = walked([0.01] * 25 + [0.001] * 25)
    np.testing.assert_allclose(places["averaged"], places["summed"], rtol=0, atol=1e-12)
    same = slice(0, 26)
    np.testing.assert_allclose(places["absorbed"][same], places["summed"][same], atol=1e-12)
    assert abs(places["absorbed"][27] - places["summed"][27]).max() > 1e-4


def test_after_a_change_of_momentum_only_the_average_parts():
    places = walked([0.01] * 50, [0.9] * 25 + [0.5] * 25)
    np.testing.assert_allclose(places["absorbed"], places["summed"], rtol=0, atol=1e-12)
    assert abs(places["averaged"][27] - places["summed"][27]).max() > 1e-4


@pytest.mark.parametrize("m", [1.0, -3.0])
def test_the_coast_after_a_drop_is_a_geometric_series(m):
    """No gradient after the drop: what is left is memory, and only IST's is larger."""
    old, new, k = 0.5, 0.05, 12
    rates = np.full(k, new)
    summed, _ = momentum.walk(momentum.summed, lambda w: 0.0, 0.0, rates, BETA, m=m)
    absorbed, _ = momentum.walk(momentum.absorbed, lambda w: 0.0, 0.0, rates, BETA, m=old * m)
    expected = (old - new) * BETA * (1 - BETA**k) / (1 - BETA) * m
    assert summed[-1] - absorbed[-1] == pytest.approx(expected, rel=1e-12)


def test_summed_is_the_frameworks_rule_with_a_schedule():
    rates, start = [0.01] * 10 + [0.002] * 10, [1.0, -0.5]
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=1.0, momentum=BETA)
    for lr in rates:
        optimizer.param_groups[0]["lr"] = lr
        w.grad = torch.from_numpy(gradient(w.detach().numpy()))
        optimizer.step()
    places = walked(rates)["summed"]
    np.testing.assert_allclose(w.detach().numpy(), places[-1], rtol=0, atol=1e-12)


def test_steps_are_the_moves():
    places, steps = momentum.walk(momentum.summed, gradient, np.ones(2), [0.01] * 7, BETA)
    assert (places.shape, steps.shape) == ((8, 2), (7, 2))
    np.testing.assert_allclose(-np.diff(places, axis=0), steps, atol=1e-15)


def test_one_momentum_per_step_or_one_for_all():
    with pytest.raises(ValueError, match="broadcast"):
        momentum.walk(momentum.summed, gradient, np.ones(2), [0.01] * 3, [0.9, 0.9])


@pytest.mark.parametrize("condition", [1, 2, 10, 1000])
def test_best_settings_reach_their_factor_and_no_neighbor_does_better(condition):
    curvatures = np.geomspace(1, condition, 101)

    def worst(lr, beta, nesterov):
        factors = [momentum.convergence_factor(c, lr, beta, nesterov) for c in curvatures]
        return max(factors)

    for name, (lr, beta, rho) in momentum.best_settings(condition).items():
        nesterov = name == "Nesterov"
        assert worst(lr, beta, nesterov) == pytest.approx(rho, abs=2e-6)
        for factor in (0.98, 1.02):
            assert worst(lr * factor, beta, nesterov) >= rho - 2e-6
            if name != "plain":
                assert worst(lr, min(beta * factor, 0.999), nesterov) >= rho - 2e-6


def test_convergence_factor_is_what_the_framework_does_in_the_long_run():
    for options in ({}, {"momentum": 0.5}, {"momentum": 0.5, "nesterov": True}):
        lr, curvature = 0.3, 0.7
        w = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=lr, **options)
        sizes = []
        for _ in range(800):
            w.grad = curvature * w.detach()
            optimizer.step()
            sizes.append(abs(w.item()))
        measured = (max(sizes[770:]) / max(sizes[70:100])) ** (1 / 700)
        expected = momentum.convergence_factor(curvature, lr, **options)
        assert measured == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_the_limits_of_stability(beta):
    heavy, ahead = 2 * (1 + beta), 1 + 1 / (1 + 2 * beta)
    assert momentum.convergence_factor(1.0, 0.999 * heavy, beta) < 1
    assert momentum.convergence_factor(1.0, 1.001 * heavy, beta) > 1
    assert momentum.convergence_factor(1.0, 0.999 * ahead, beta, nesterov=True) < 1
    assert momentum.convergence_factor(1.0, 1.001 * ahead, beta, nesterov=True) > 1


def test_at_a_saddle_the_factor_is_growth():
    assert momentum.convergence_factor(-1.0, 0.05) == pytest.approx(1.05)
    assert momentum.convergence_factor(-1.0, 0.05, 0.9) > 1.15


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("lr", [0.01, 0.3, 1.5])
def test_noise_floor_solves_the_lyapunov_equation(lr, beta):
    """State (w, previous w); the covariance is a fixed point of one step."""
    curvature, noise = 0.8, 2.5
    step = np.array([[1 + beta - lr * curvature, -beta], [1.0, 0.0]])
    kick = np.diag([lr**2 * noise, 0.0])
    expected = solve_discrete_lyapunov(step, kick)[0, 0]
    assert momentum.noise_floor(curvature, lr, noise, beta) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: momentum.best_settings(0.5), "condition_number must be at least 1, got 0.5"),
        (lambda: momentum.best_settings(float("nan")), "condition_number must be"),
        (lambda: momentum.noise_floor(1.0, 2.0, 1.0), "got 2.0 and 0.0"),
        (lambda: momentum.noise_floor(1.0, 3.9, 1.0, 0.9), r"lr · curvature must lie in"),
        (lambda: momentum.noise_floor(-1.0, 0.1, 1.0), r"lr · curvature must lie in"),
        (lambda: momentum.noise_floor(1.0, 0.1, 1.0, 1.0), r"momentum in \[0, 1\)"),
    ],
)
def test_bad_input_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
