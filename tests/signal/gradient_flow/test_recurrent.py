"""Recurrent networks side by side: each is torch.nn.RNN, and backpropagation is autograd's."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from deeptricks.signal import (
    ManyRNN,
    backpropagate_through_time,
    gradient_factors,
    one_unit_loss,
    score_rnns,
    temporal_order,
    train_rnns,
)


@pytest.fixture
def nets():
    made = ManyRNN(3, 5, 2, seeds=[4, 9])
    for name, value in made.parameters.items():
        made.parameters[name] = torch.randn_like(value).double()
    return made


@pytest.fixture
def x():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(7, 2, 4, 3, generator=generator, dtype=torch.float64)


def test_each_network_is_an_elman_network(nets, x):
    states = nets.states(x)
    for m in range(2):
        theirs = nn.RNN(3, 5, dtype=torch.float64)
        p = {name: value[m] for name, value in nets.parameters.items()}
        with torch.no_grad():
            theirs.weight_ih_l0.copy_(p["Wx"].T)
            theirs.weight_hh_l0.copy_(p["W"].T)
            theirs.bias_ih_l0.copy_(p["b"][0])
            theirs.bias_hh_l0.zero_()
        expected = theirs(x[:, m])[0]
        torch.testing.assert_close(states[1:, m], expected, rtol=0, atol=1e-10)
        torch.testing.assert_close(nets.outputs(states)[m], expected[-1] @ p["V"] + p["c"])


def test_gradients_equal_autograd(nets, x):
    for value in nets.parameters.values():
        value.requires_grad_()
    states = nets.states(x)
    outputs = nets.outputs(states)
    loss = outputs.square().sum()
    expected = torch.autograd.grad(loss, list(nets.parameters.values()))
    with torch.no_grad():
        gradients, _ = nets.backward(x, states, 2 * outputs)
    assert list(gradients) == list(nets.parameters)
    for ours, theirs in zip(gradients.values(), expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10)


def test_gradients_of_states_are_products_of_jacobians(nets, x):
    states = nets.states(x)
    to_last = torch.ones_like(states[0])
    to_states, to_sums = backpropagate_through_time(nets.parameters["W"], states, to_last)
    assert to_states.shape == states.shape
    assert to_sums.shape == states[1:].shape
    row, sample = to_last[1, 2], states[:, 1, 2]
    for t in range(7, 0, -1):
        torch.testing.assert_close(to_states[t, 1, 2], row, rtol=0, atol=1e-10)
        row = row @ torch.diag(1 - sample[t] ** 2) @ nets.parameters["W"][1].T
    torch.testing.assert_close(to_states[0, 1, 2], row, rtol=0, atol=1e-10)


def test_weights_come_from_the_seed_alone():
    alone, among = ManyRNN(3, 5, 2, seeds=[9]), ManyRNN(3, 5, 2, seeds=[4, 9, 7])
    for name, value in alone.parameters.items():
        assert torch.equal(value[0], among.parameters[name][1])


def test_recurrent_weights_at_the_start():
    gaussian = ManyRNN(1, 200, 1, seeds=[0], radius=0.7).parameters["W"][0]
    assert torch.linalg.eigvals(gaussian).abs().max() == pytest.approx(0.7, rel=0.1)
    turned = ManyRNN(1, 20, 1, seeds=[0], radius=0.7, orthogonal=True).parameters["W"][0]
    torch.testing.assert_close(turned @ turned.T, 0.49 * torch.eye(20))


@pytest.mark.parametrize("length", [10, 20, 37])
def test_temporal_order(length):
    x, y = temporal_order(3, 500, length)
    assert x.shape == (length, 500, 6)
    torch.testing.assert_close(x.sum(dim=2), torch.ones(length, 500))
    symbols = x.argmax(dim=2)
    marked = symbols < 2
    assert torch.equal(marked.sum(dim=0), torch.full((500,), 2))
    when = marked.T.nonzero()[:, 1].view(500, 2)
    assert when[:, 0].min() == length // 10
    assert when[:, 0].max() == 2 * length // 10
    assert when[:, 1].min() == 5 * length // 10
    assert when[:, 1].max() == 6 * length // 10
    told = symbols.T[marked.T].view(500, 2)
    assert torch.equal(y, 2 * told[:, 0] + told[:, 1])
    assert set(y.tolist()) == {0, 1, 2, 3}
    assert torch.equal(temporal_order(3, 500, length)[0], x)


def test_temporal_order_needs_room():
    with pytest.raises(ValueError, match="length must be at least 10, got 9"):
        temporal_order(0, 4, 9)


def run(seeds, **settings):
    nets = ManyRNN(6, 8, 4, seeds)
    optimizer = torch.optim.SGD(nets.parameters.values(), 0.5)
    return nets, train_rnns(nets, seeds, optimizer, steps=5, length=10, batch=4, **settings)


def test_training_is_gradient_descent_on_cross_entropy():
    nets, history = run([2])
    theirs = {
        name: value.requires_grad_() for name, value in ManyRNN(6, 8, 4, [2]).parameters.items()
    }
    again = ManyRNN(6, 8, 4, [2])
    again.parameters = theirs
    x, y = temporal_order(2, 20, 10)
    for step, (inputs, labels) in enumerate(zip(x.split(4, dim=1), y.split(4), strict=True)):
        logits = again.outputs(again.states(inputs[:, None]))[0]
        loss = nn.functional.cross_entropy(logits, labels)
        torch.testing.assert_close(history.loss[0, step], loss.detach())
        grads = torch.autograd.grad(loss, list(theirs.values()))
        norm = torch.cat([g.flatten() for g in grads]).norm()
        torch.testing.assert_close(history.norm[0, step], norm)
        with torch.no_grad():
            for value, grad in zip(theirs.values(), grads, strict=True):
                value -= 0.5 * grad
    for name, value in nets.parameters.items():
        torch.testing.assert_close(value, theirs[name].detach())


def test_networks_do_not_see_each_other():
    together, both = run([2, 5], max_norm=0.1)
    for m, seed in enumerate([2, 5]):
        alone, history = run([seed], max_norm=0.1)
        torch.testing.assert_close(both.loss[m], history.loss[0])
        for name, value in alone.parameters.items():
            torch.testing.assert_close(together.parameters[name][m], value[0])


def test_rate_and_threshold_of_each_network():
    """Networks that share a seed differ in their settings alone."""
    many = ManyRNN(6, 8, 4, [2, 2, 5], radius=[1.0, 1.0, 0.5])
    rule = torch.optim.SGD(many.parameters.values(), 1.0)
    limits = {"max_norm": torch.tensor([math.inf, 0.1, 0.1])}
    shared = {"steps": 5, "length": 10, "batch": 4}
    together = train_rnns(many, [2, 2, 5], rule, rates=[0.5, 0.3, 0.3], **limits, **shared)
    for m, (seed, rate, limit, radius) in enumerate(
        [(2, 0.5, math.inf, 1.0), (2, 0.3, 0.1, 1.0), (5, 0.3, 0.1, 0.5)]
    ):
        nets = ManyRNN(6, 8, 4, [seed], radius=radius)
        rule = torch.optim.SGD(nets.parameters.values(), rate)
        alone = train_rnns(nets, [seed], rule, max_norm=limit, **shared)
        torch.testing.assert_close(together.loss[m], alone.loss[0])
        for name, value in nets.parameters.items():
            torch.testing.assert_close(many.parameters[name][m], value[0])


def test_scores_are_means_over_unseen_sequences():
    nets = ManyRNN(6, 8, 4, [2, 5, 2])
    loss, right = score_rnns(nets, [7, 8, 7], samples=40, length=10)
    x, y = temporal_order(7, 40, 10)
    for m in (0, 2):
        alone = ManyRNN(6, 8, 4, [2])
        logits = alone.outputs(alone.states(x[:, None]))[0]
        torch.testing.assert_close(loss[m], nn.functional.cross_entropy(logits, y))
        torch.testing.assert_close(right[m], (logits.argmax(dim=1) == y).float().mean())
    assert loss.shape == right.shape == (3,)


def test_clipping_of_each_network():
    nets, history = run([2, 5], max_norm=1e-3)
    start = ManyRNN(6, 8, 4, [2, 5]).parameters
    moved = torch.cat([(nets.parameters[n] - start[n]).flatten(1) for n in start], dim=1)
    assert (moved.norm(dim=1) <= 5 * 0.5 * 1e-3 * (1 + 1e-4)).all()
    torch.testing.assert_close(history.cosine, torch.ones(2, 5))
    nets, history = run([2, 5], max_value=1e-3)
    assert all((nets.parameters[n] - start[n]).abs().max() <= 2.6e-3 for n in start)
    assert (history.cosine < 0.95).all()


def test_factors_of_linear_and_rectified_layers_are_exact():
    np.testing.assert_allclose(gradient_factors(lambda z: z, 0.8, 5), np.full(4, 0.8), rtol=1e-9)
    rectified = gradient_factors(torch.relu, math.sqrt(2), 5)
    np.testing.assert_allclose(rectified, np.ones(4), rtol=2e-3)  # the kink, on a grid
    assert len(gradient_factors(torch.tanh, 1.0, 1)) == 0


def test_factors_of_a_wide_network():
    torch.manual_seed(0)
    width, z = 2000, torch.randn(2000, dtype=torch.float64)
    weights = [1.7 * torch.randn(width, width, dtype=torch.float64) / width**0.5 for _ in range(3)]
    sums = [z]
    for weight in weights:
        sums.append(torch.tanh(sums[-1]) @ weight.T)
    gradient, sizes = torch.randn(width, dtype=torch.float64), []
    for weight, z in zip(weights[::-1], sums[-2::-1], strict=True):
        before = gradient.norm()
        gradient = (gradient @ weight) * (1 - torch.tanh(z) ** 2)
        sizes.insert(0, (gradient.norm() / before).item())
    np.testing.assert_allclose(gradient_factors(torch.tanh, 1.7, 4), sizes, rtol=0.06)


@pytest.mark.parametrize("w", [0.0, 3.4, 6.5])
def test_one_unit_and_its_derivatives_equal_autograd(w):
    weight, bias = torch.tensor([w, -1.6], dtype=torch.float64, requires_grad=True)
    x = torch.tensor(0.5, dtype=torch.float64)
    for _ in range(50):
        x = weight * torch.sigmoid(x) + bias
    loss = (x - 0.7) ** 2
    expected = [loss.item(), *(g.item() for g in torch.autograd.grad(loss, [weight, bias]))]
    np.testing.assert_allclose(one_unit_loss(w, -1.6), expected, rtol=1e-9, atol=1e-12)
    grid = one_unit_loss(np.array([[w, 1.0]]), np.array([[-1.6, 1.0]]))
    np.testing.assert_allclose([part[0, 0] for part in grid], expected, rtol=1e-9, atol=1e-12)
