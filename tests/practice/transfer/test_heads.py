"""The old last layer goes, the new one stands where it stood."""

import pytest
import torch
from torch import nn

from deeptricks.practice import EfficientNetLite0, freeze, replace_head


def network():
    torch.manual_seed(0)
    inner = nn.ModuleDict({"first": nn.Linear(3, 4), "last": nn.Linear(4, 5, bias=False)})
    return nn.Sequential(inner, nn.ReLU()).double()


def test_the_last_linear_layer_by_default():
    model = network().eval()
    first = model[0]["first"].weight
    new = replace_head(model, 7)
    assert model[0]["last"] is new
    assert (new.in_features, new.out_features, new.bias) == (4, 7, None)
    assert new.weight.dtype == torch.float64
    assert not new.training
    assert model[0]["first"].weight is first


def test_one_by_name():
    model = network()
    new = replace_head(model, 4, at="0.first")
    assert model[0]["first"] is new
    assert new.bias is not None
    assert model[0]["last"].out_features == 5


def test_it_starts_as_a_linear_layer_does_and_learns_where_the_rest_is_frozen():
    model = freeze(network())
    torch.manual_seed(3)
    new = replace_head(model, 2)
    torch.manual_seed(3)
    alone = nn.Linear(4, 2, bias=False, dtype=torch.float64)
    assert torch.equal(new.weight, alone.weight)
    assert new.weight.requires_grad
    assert not model[0]["first"].weight.requires_grad


def test_zero():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5))
    new = replace_head(model, 6, zero=True)
    assert torch.equal(model(torch.randn(2, 3)), torch.zeros(2, 6))
    assert new.weight.requires_grad


def test_of_a_published_network():
    model = EfficientNetLite0()
    replace_head(model, 10)
    assert model._fc.out_features == 10
    assert sum(p.numel() for p in model.parameters()) == 4_652_008 - 1281 * 990


def test_bad_arguments():
    for outputs in (0, 2.5, True):
        with pytest.raises(ValueError, match="outputs"):
            replace_head(network(), outputs)
    with pytest.raises(ValueError, match=r"0\.last"):
        replace_head(network(), 2, at="1")
    with pytest.raises(ValueError, match="at"):
        replace_head(nn.Sequential(nn.ReLU()), 2)
    with pytest.raises(ValueError, match="at"):
        replace_head(nn.Linear(2, 2), 2)
