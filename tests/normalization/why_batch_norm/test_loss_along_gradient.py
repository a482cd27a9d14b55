"""The loss seen from a step of gradient descent, against steps that are really taken."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from deeptricks.normalization import (
    CovariateShiftNoise,
    gradient_predictiveness,
    internal_covariate_shift,
    loss_along_gradient,
)


def network(seed=0, *, norm=True, noise=False):
    torch.manual_seed(seed)
    layers = []
    for fan_in, fan_out in ((4, 6), (6, 5)):
        layers += [nn.Linear(fan_in, fan_out)]
        layers += [nn.BatchNorm1d(fan_out)] if norm else []
        layers += [CovariateShiftNoise(), nn.Dropout(0.2)] if noise else []
        layers += [nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(5, 3)).double()


def data(seed=0, n=12):
    torch.manual_seed(seed + 1)
    return torch.randn(n, 4, dtype=torch.float64), torch.randint(3, (n,))


def stepped(model, x, y, rate, names=None):
    """A copy after one step of the framework's SGD, on some parameters or all."""
    model = copy.deepcopy(model)
    chosen = [p for n, p in model.named_parameters() if names is None or n in names]
    cross_entropy(model(x), y).backward()
    torch.optim.SGD(chosen, lr=rate).step()
    model.zero_grad()
    return model


def gradient(model, x, y):
    model = copy.deepcopy(model)
    cross_entropy(model(x), y).backward()
    return {name: p.grad for name, p in model.named_parameters()}


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.booleans(), st.lists(st.floats(0, 3), min_size=1, max_size=4))
def test_losses_are_those_after_sgd(seed, norm, rates):
    model, (x, y) = network(seed, norm=norm), data(seed)
    losses = loss_along_gradient(model, x, y, rates)
    assert losses.shape == (len(rates),)
    assert not losses.requires_grad
    for rate, loss in zip(rates, losses, strict=True):
        expected = cross_entropy(stepped(model, x, y, rate)(x), y)
        torch.testing.assert_close(loss, expected.detach(), rtol=1e-10, atol=1e-10)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.floats(0.01, 2))
def test_predictiveness_is_the_distance_of_two_gradients(seed, rate):
    model, (x, y) = network(seed), data(seed)
    before, after = gradient(model, x, y), gradient(stepped(model, x, y, rate), x, y)
    expected = sum((after[n] - before[n]).square().sum() for n in before).sqrt()
    measured = gradient_predictiveness(model, x, y, [0.0, rate])
    torch.testing.assert_close(measured[1], expected, rtol=1e-9, atol=1e-10)
    assert measured[0] == 0


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.integers(0, 1000), st.floats(0.01, 2))
def test_shift_moves_what_comes_before_and_nothing_else(seed, rate):
    model, (x, y) = network(seed), data(seed)
    names, before = [n for n, _ in model.named_parameters()], gradient(model, x, y)
    shifts = internal_covariate_shift(model, x, y, rate)
    assert list(shifts) == ["0.weight", "3.weight", "6.weight"]
    for name, (change, cosine) in shifts.items():
        below = (
            stepped(model, x, y, rate, names[: names.index(name)] or ["none"])
            if names.index(name)
            else model
        )
        old, new = before[name], gradient(below, x, y)[name]
        assert change == pytest.approx(((new - old).norm() / old.norm()).item(), rel=1e-8, abs=1e-9)
        expected = (new * old).sum() / new.norm() / old.norm()
        assert cosine == pytest.approx(expected.item(), abs=1e-9)
    assert shifts["0.weight"][0] == 0


def test_a_quadratic_by_hand():
    # L = ½·w², gradient w: after a step the loss is ½·(1 - η)²·w², the gradient moved by η·w.
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.constant_(model.weight, 3.0)
    x, y = torch.ones(1, 1, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    half = lambda outputs, targets: mse_loss(outputs, targets) / 2  # noqa: E731
    losses = loss_along_gradient(model, x, y, [0, 0.5, 1, 3], half)
    assert losses.tolist() == [4.5, 1.125, 0, 18]
    assert gradient_predictiveness(model, x, y, [0.5, 2], half).tolist() == [1.5, 6]


@pytest.mark.parametrize("measure", [loss_along_gradient, gradient_predictiveness])
def test_random_layers_draw_the_same_each_time(measure):
    model, (x, y) = network(noise=True), data()
    values = measure(model, x, y, [0.1, 0.1, 0.1])
    assert values[0] == values[1] == values[2]
    if measure is gradient_predictiveness:
        assert measure(model, x, y, [0.0])[0] == 0


@pytest.mark.parametrize(
    "measure",
    [
        lambda *a: loss_along_gradient(*a, [0.5]),
        lambda *a: gradient_predictiveness(*a, [0.5]),
        lambda *a: internal_covariate_shift(*a, 0.5),
    ],
)
@pytest.mark.parametrize("training", [True, False])
def test_the_model_and_the_random_state_are_left_alone(measure, training):
    model, (x, y) = network(noise=True).train(training), data()
    cross_entropy(model(x), y).backward()
    state, grads = copy.deepcopy(model.state_dict()), gradient_copies(model)
    random = torch.get_rng_state()
    measure(model, x, y)
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert all(map(torch.equal, gradient_copies(model), grads))
    assert torch.equal(torch.get_rng_state(), random)
    assert model.training is training


def gradient_copies(model):
    return [p.grad.clone() for p in model.parameters()]


def test_no_rates():
    with pytest.raises(ValueError, match="at least one learning rate"):
        loss_along_gradient(network(), *data(), [])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_a_gpu_as_on_the_cpu():
    model, (x, y) = network(), data()
    expected = loss_along_gradient(model, x, y, [0.1, 1.0])
    measured = loss_along_gradient(model.cuda(), x.cuda(), y.cuda(), [0.1, 1.0])
    torch.testing.assert_close(measured.cpu(), expected, rtol=1e-9, atol=1e-9)
