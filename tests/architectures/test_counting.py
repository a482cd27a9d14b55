"""Counting: each convention that the module states, on networks small enough for pen and paper."""

import pytest
import torch
from torch import nn

from deeptricks.architectures import LayerCost, layer_costs, multiply_adds, parameters
from tests.architectures.published import torchvision_models


def small():
    """A convolution 3 → 4 on 6 × 6, a norm, a maximum, a dropout, a linear layer to 5."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(36, 5),
    )


CONVOLUTION, LINEAR = 6 * 6 * 4 * 3 * 3 * 3, 36 * 5  # products, counted by hand


class Twice(nn.Module):
    """A layer that runs twice, and a product that belongs to no layer."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(7, 7)
        self.again = nn.Linear(4, 4)
        self.first = nn.Linear(2, 4, bias=False)

    def forward(self, x):
        x = self.again(self.again(self.first(x)))
        return x @ x.mT


class Pair(nn.Module):
    """A layer that answers with two tensors."""

    def forward(self, x):
        return x, x


def test_each_layer_of_a_small_network_by_hand():
    assert layer_costs(small(), (3, 6, 6)) == [
        LayerCost("0", "Conv2d", (4, 6, 6), 4 * 27 + 4, CONVOLUTION),
        LayerCost("1", "BatchNorm2d", (4, 6, 6), 8, 0),
        LayerCost("2", "ReLU", (4, 6, 6), 0, 0),
        LayerCost("3", "MaxPool2d", (4, 3, 3), 0, 0),
        LayerCost("4", "Flatten", (36,), 0, 0),
        LayerCost("5", "Dropout", (36,), 0, 0),
        LayerCost("6", "Linear", (5,), 36 * 5 + 5, LINEAR),
    ]
    assert parameters(small()) == 112 + 8 + 185
    assert multiply_adds(small(), (3, 6, 6)) == CONVOLUTION + LINEAR


def test_a_bias_is_a_parameter_and_no_multiply_add():
    with_bias, without = nn.Linear(9, 2), nn.Linear(9, 2, bias=False)
    assert (parameters(with_bias), parameters(without)) == (20, 18)
    assert multiply_adds(with_bias, (9,)) == multiply_adds(without, (9,)) == 18


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_grouped_convolution_costs_one_groupth(groups):
    layer = nn.Conv2d(8, 12, 5, stride=2, padding=2, groups=groups, bias=False)
    assert parameters(layer) == 12 * 8 * 25 // groups
    assert multiply_adds(layer, (8, 10, 6)) == 5 * 3 * 12 * 8 * 25 // groups
    (cost,) = layer_costs(layer, (8, 10, 6))
    shape = (12, 5, 3)
    assert cost == LayerCost("", "Conv2d", shape, parameters(layer), 5 * 3 * parameters(layer))


def test_a_layer_used_twice_has_one_row_and_both_runs_and_products_outside_are_in_the_sum():
    first, again = layer_costs(Twice(), (3, 2))
    assert first == LayerCost("first", "Linear", (3, 4), 8, 3 * 2 * 4)
    assert again == LayerCost("again", "Linear", (3, 4), 20, 2 * 3 * 4 * 4)
    assert multiply_adds(Twice(), (3, 2)) == first.multiply_adds + again.multiply_adds + 3 * 3 * 4
    assert parameters(Twice()) == 56 + 20 + 8  # what does not run has parameters all the same


def test_a_shared_parameter_counts_once():
    layer = nn.Linear(3, 3)
    assert parameters(nn.Sequential(layer, nn.ReLU(), layer)) == 12
    tied = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    tied[1].weight = tied[0].weight
    assert parameters(tied) == 9
    assert multiply_adds(tied, (3,)) == 18  # it is computed twice


def test_a_frozen_parameter_counts_and_a_running_mean_does_not():
    network = small().requires_grad_(False)
    assert parameters(network) == parameters(small()) == 112 + 8 + 185
    assert layer_costs(network, (3, 6, 6)) == layer_costs(small(), (3, 6, 6))
    assert len([*network.buffers()]) == 3  # of the norm: mean, variance, how many batches


def test_layers_within_layers_have_their_full_names_and_their_blocks_no_row():
    network = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Tanh(), nn.Linear(3, 1)), Pair())
    names = [(cost.name, cost.multiply_adds) for cost in layer_costs(network, (2,))]
    assert names == [("0", 6), ("1.0", 0), ("1.1", 3)]  # a pair has no shape


def test_on_the_meta_device_nothing_is_stored():
    with torch.device("meta"):
        network = small()
        layer = nn.Linear(100_000, 1_000_000)  # 400 GB
    assert layer_costs(network, (3, 6, 6)) == layer_costs(small(), (3, 6, 6))
    assert parameters(layer) == 100_001_000_000
    assert multiply_adds(layer, (100_000,)) == 10**11
    assert all(p.is_meta for p in [*network.parameters(), *layer.parameters()])


def test_numbers_of_another_precision_and_networks_without_any():
    assert multiply_adds(small().double(), (3, 6, 6)) == CONVOLUTION + LINEAR
    assert multiply_adds(nn.Flatten(), (3, 6, 6)) == parameters(nn.Flatten()) == 0
    assert layer_costs(nn.Flatten(), (2, 3)) == [LayerCost("", "Flatten", (6,), 0, 0)]


@pytest.mark.parametrize("count", [multiply_adds, layer_costs])
def test_the_network_is_left_as_it_was(count):
    network = small().train()
    network[5].eval()  # a part that somebody froze
    before = {name: t.clone() for name, t in network.state_dict().items()}
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    count(network, (3, 6, 6))
    torch.testing.assert_close(torch.rand(3), expected)  # in evaluation: no dropout was drawn
    assert [m.training for m in network] == [True] * 5 + [False, True]
    assert network.training
    torch.testing.assert_close(dict(network.state_dict()), before, rtol=0, atol=0)
    assert all(p.grad is None for p in network.parameters())
    assert not any(m._forward_hooks for m in network.modules())


@pytest.mark.parametrize("count", [multiply_adds, layer_costs])
def test_also_after_an_error_the_network_is_left_as_it_was(count):
    network = small().train()
    with pytest.raises(RuntimeError):
        count(network, (2, 6, 6))
    assert all(m.training for m in network.modules())
    assert not any(m._forward_hooks for m in network.modules())


@pytest.mark.parametrize("count", [multiply_adds, layer_costs])
@pytest.mark.parametrize("shape", [(3, 0, 6), (3, -1, 6), (3, 6.0, 6), (3, "6", 6)])
def test_a_bad_image_shape_is_named(count, shape):
    with pytest.raises(ValueError, match="image_shape must be whole numbers above 0, got"):
        count(small(), shape)


def test_the_published_network_has_the_published_counts():
    models = torchvision_models()
    with torch.device("meta"):
        network = models.alexnet()
    costs = layer_costs(network, (3, 224, 224))
    assert multiply_adds(network, (3, 224, 224)) == 714_188_480
    assert sum(cost.multiply_adds for cost in costs) == 714_188_480
    assert parameters(network) == sum(cost.parameters for cost in costs) == 61_100_840
