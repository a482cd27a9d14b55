"""Newton's step: exact on a quadratic, and refused where it would lead to a saddle or nowhere."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from deeptricks.optimization import gauss_newton_step, hessian, newton_step
from deeptricks.optimization.second_order.flat_vector import flatten


def quadratic(eigenvalues, seed=0):
    """(parameters of two shapes, loss, minimum) of ½(w − w*)ᵀA(w − w*) with these eigenvalues."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    size = len(eigenvalues)
    Q, _ = torch.linalg.qr(normal(size, size))
    A = Q @ torch.diag(torch.tensor(eigenvalues, dtype=torch.float64)) @ Q.T
    minimum = normal(size)
    parameters = [normal(1, 2).requires_grad_(), normal(size - 2).requires_grad_()]
    away = flatten(parameters) - minimum
    return parameters, 0.5 * away @ A @ away, minimum, A


def moved(parameters, step):
    return flatten([p.detach() + s for p, s in zip(parameters, step, strict=True)])


@given(st.lists(st.floats(1e-2, 1e2), min_size=3, max_size=7), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_one_step_on_a_quadratic_lands_on_the_minimum(eigenvalues, seed):
    parameters, loss, minimum, A = quadratic(eigenvalues, seed)
    step = newton_step(loss, parameters)
    assert [s.shape for s in step] == [p.shape for p in parameters]
    torch.testing.assert_close(moved(parameters, step), minimum, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(hessian(loss, parameters), A, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("damping", [0.0, 0.3, 10.0])
def test_damping_shortens_each_eigendirection_by_its_own_factor(damping):
    eigenvalues = [0.1, 1.0, 3.0, 50.0]
    parameters, loss, minimum, A = quadratic(eigenvalues)
    values, Q = torch.linalg.eigh(A)
    way = Q.T @ (minimum - flatten(parameters).detach())
    step = Q.T @ flatten(newton_step(loss, parameters, damping=damping))
    torch.testing.assert_close(step, way * values / (values + damping), rtol=1e-10, atol=1e-10)


def test_large_damping_is_a_short_step_of_gradient_descent():
    parameters, loss, _, _ = quadratic([0.1, 1.0, 3.0])
    gradient = flatten(torch.autograd.grad(loss, parameters, retain_graph=True))
    step = flatten(newton_step(loss, parameters, damping=1e9))
    torch.testing.assert_close(step, -gradient / 1e9, rtol=1e-8, atol=0)


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_digits_double_near_a_minimum(seed):
    """Logistic regression with an L2 penalty: strongly convex, and not a parabola."""
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(30, 4, generator=generator, dtype=torch.float64)
    y = (torch.rand(30, generator=generator) < 0.5).double()
    w = torch.zeros(4, dtype=torch.float64, requires_grad=True)

    def loss():
        return functional.binary_cross_entropy_with_logits(X @ w, y) + 0.05 * w.square().sum()

    lengths = []
    for _ in range(6):
        (step,) = newton_step(loss(), [w])
        lengths.append(step.norm().item())
        with torch.no_grad():
            w += step
    # Nocedal and Wright, theorem 3.5: the error is at most squared, times a constant.
    for before, after in itertools.pairwise(lengths[1:]):
        assert after <= 5 * before**2 + 1e-14
    assert lengths[-1] < 1e-12


@pytest.mark.parametrize("eigenvalues", [[1, 2, 3, -0.5], [-1, -2, -3], [5, -4, 0, 0]])
def test_indefinite_is_refused_until_damping_makes_it_definite(eigenvalues):
    parameters, loss, _, _ = quadratic(eigenvalues)
    message = rf"Hessian must be positive definite, but has the eigenvalue {min(eigenvalues)}"
    with pytest.raises(ValueError, match=message) as caught:
        newton_step(loss, parameters)
    needed = -min(eigenvalues)
    assert f"damping must be larger than {needed:.3g}, got 0.0" in str(caught.value)
    with pytest.raises(ValueError, match=message):
        newton_step(loss, parameters, damping=0.9 * needed)
    gradient = flatten(torch.autograd.grad(loss, parameters, retain_graph=True))
    step = flatten(newton_step(loss, parameters, damping=1.1 * needed))
    assert gradient.dot(step) < 0  # downhill


@pytest.mark.parametrize("seed", range(6))  # rounding makes of 0 a little more or less
def test_singular_is_refused_until_damped(seed):
    parameters, loss, _, _ = quadratic([2.0, 1.0, 0.5, 0.0], seed)
    with pytest.raises(ValueError, match=r"singular up to rounding.*raise damping above 0"):
        newton_step(loss, parameters)
    assert flatten(newton_step(loss, parameters, damping=1e-3)).isfinite().all()
    w = torch.ones(3, requires_grad=True)
    with pytest.raises(ValueError, match="singular up to rounding"):
        newton_step(w.sum(), [w])


def test_bad_input():
    parameters, loss, _, _ = quadratic([1.0, 2.0, 3.0])
    for wrong in (-1e-9, float("nan")):
        with pytest.raises(ValueError, match="damping must be a finite number of at least 0, got"):
            newton_step(loss, parameters, damping=wrong)
    with pytest.raises(ValueError, match="loss must be a scalar"):
        newton_step(flatten(parameters), parameters)
    with pytest.raises(TypeError, match="parameters must be a sequence"):
        hessian(loss, parameters[0])
    w = torch.zeros(2, requires_grad=True)
    with pytest.raises(ValueError, match="must be finite"):
        newton_step((w.sum() * torch.inf).square(), [w])


def least_squares(layers, seed=0):
    """A tanh net on few samples: (net, outputs, loss)."""
    torch.manual_seed(seed)
    net = torch.nn.Sequential()
    for fan_in, fan_out in itertools.pairwise(layers):
        net += torch.nn.Sequential(torch.nn.Linear(fan_in, fan_out), torch.nn.Tanh())
    net = net.double()
    outputs = net(torch.randn(40, layers[0], dtype=torch.float64))
    target = torch.randn(40, layers[-1], dtype=torch.float64)
    return net, outputs, (outputs - target).square().mean()


@pytest.mark.parametrize("damping", [0.0, 0.1])
def test_gauss_newton_solves_the_linearized_least_squares_problem(damping):
    """The step minimizes ‖r + J step‖²/M + ½ damping ‖step‖²: by lstsq, no curvature at all."""
    net, outputs, loss = least_squares((2, 3, 1))
    parameters = list(net.parameters())
    J = torch.stack(
        [
            flatten(torch.autograd.grad(out, parameters, retain_graph=True))
            for out in outputs.flatten()
        ]
    )
    residual = torch.autograd.grad(loss, outputs, retain_graph=True)[0].flatten() * 40 / 2
    identity = (damping * 40 / 2) ** 0.5 * torch.eye(J.shape[1])
    tall = torch.cat([J, identity])
    right = torch.cat([-residual, torch.zeros(J.shape[1])])
    expected = torch.linalg.lstsq(tall, right).solution
    step = gauss_newton_step(outputs, loss, net.parameters(), damping=damping)
    torch.testing.assert_close(flatten(step), expected, rtol=1e-6, atol=1e-9)


def test_gauss_newton_by_conjugate_gradient_is_the_same_step():
    net, outputs, loss = least_squares((3, 4, 2))
    exact = gauss_newton_step(outputs, loss, net.parameters(), damping=1e-2)
    free = gauss_newton_step(
        outputs, loss, net.parameters(), damping=1e-2, steps=200, tolerance=1e-13
    )
    torch.testing.assert_close(flatten(free), flatten(exact), rtol=1e-7, atol=1e-10)
    once = gauss_newton_step(outputs, loss, net.parameters(), damping=1e-2, steps=1)
    gradient = flatten(torch.autograd.grad(loss, list(net.parameters()), retain_graph=True))
    cosine = functional.cosine_similarity(flatten(once), -gradient, dim=0)
    assert cosine == pytest.approx(1.0, abs=1e-12)  # the first direction is the gradient's
    rough = gauss_newton_step(
        outputs, loss, net.parameters(), damping=1e-2, steps=200, tolerance=0.5
    )
    assert not torch.allclose(flatten(rough), flatten(exact), rtol=1e-3)


def test_gauss_newton_leads_downhill_where_newton_is_refused():
    for seed in range(5):
        net, outputs, loss = least_squares((3, 4, 2), seed)
        with pytest.raises(ValueError, match="Hessian must be positive definite"):
            newton_step(loss, net.parameters())
        step = flatten(gauss_newton_step(outputs, loss, net.parameters(), damping=1e-6))
        gradient = flatten(torch.autograd.grad(loss, list(net.parameters())))
        assert gradient.dot(step) < 0


def test_more_parameters_than_outputs_need_damping():
    net, outputs, loss = least_squares((10, 20, 1))
    with pytest.raises(ValueError, match="Gauss–Newton matrix must be positive definite"):
        gauss_newton_step(outputs, loss, net.parameters())
    step = gauss_newton_step(outputs, loss, net.parameters(), damping=1e-3)
    assert [s.shape for s in step] == [p.shape for p in net.parameters()]
