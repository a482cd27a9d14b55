import math

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from deeptricks.lab.many import ManyMLP, steps_to_loss

INPUTS = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
LABELS = (INPUTS.sum(dim=1) > 0).long()


def one_of(nets, index):
    """Network `index` of the batch as an ordinary module."""
    layers = []
    for weight, bias in zip(nets.weights, nets.biases, strict=True):
        layer = nn.Linear(*weight.shape[1:])
        layer.weight.data, layer.bias.data = weight[index].T.clone(), bias[index, 0].clone()
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def test_each_network_computes_what_it_would_alone():
    nets = ManyMLP((3, 5, 4, 2), seeds=[7, 8])
    for index in range(2):
        torch.testing.assert_close(nets(INPUTS)[index], one_of(nets, index)(INPUTS))


def test_a_seed_draws_the_same_network_in_any_company():
    alone, together = ManyMLP((3, 5, 2), [8]), ManyMLP((3, 5, 2), [7, 8])
    assert torch.equal(alone(INPUTS)[0], together(INPUTS)[1])
    assert not torch.equal(together(INPUTS)[0], together(INPUTS)[1])


def test_weights_start_with_variance_one_over_fan_in():
    weight = ManyMLP((400, 50, 2), seeds=range(5)).weights[0]
    assert weight.var().item() == pytest.approx(1 / 400, rel=0.02)


@pytest.mark.parametrize("seed_index", [0, 1])
def test_the_fewest_steps_are_those_of_plain_gradient_descent(seed_index):
    rates, seeds = [0.5, 2.0], [3, 4]
    steps = steps_to_loss(INPUTS, LABELS, target=0.3, rates=rates, seeds=seeds, hidden=(6,))
    net = one_of(ManyMLP((3, 6, 2), seeds), seed_index)
    optimizer = torch.optim.SGD(net.parameters(), rates[1])
    count = 0
    while (loss := cross_entropy(net(INPUTS), LABELS)) >= 0.3:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        count += 1
    assert steps[1, seed_index] == count > 1
    assert steps[0, seed_index] > count


def test_a_rate_that_never_arrives_is_infinite():
    steps = steps_to_loss(INPUTS, LABELS, target=0.3, rates=[1e-6, 1.0], seeds=[0], max_steps=50)
    assert steps[0, 0] == math.inf
    assert steps[1, 0] < 50


def test_sizes_need_two_ends():
    with pytest.raises(ValueError, match=r"sizes.*\(3,\)"):
        ManyMLP((3,), seeds=[0])
