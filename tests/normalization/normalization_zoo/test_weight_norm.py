"""weight_norm: equal to the framework's parametrization, and what follows from its formula."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations, parametrize
from torch.nn.utils import weight_norm as older_weight_norm

from deeptricks.normalization import weight_norm

LAYERS = {
    "linear": lambda dtype: nn.Linear(5, 3, dtype=dtype),
    "conv": lambda dtype: nn.Conv2d(4, 6, 3, groups=2, dtype=dtype),
    "transposed conv": lambda dtype: nn.ConvTranspose1d(4, 6, 3, dtype=dtype),
}
INPUTS = {"linear": (7, 5), "conv": (2, 4, 5, 5), "transposed conv": (2, 4, 5)}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.sampled_from(list(LAYERS)), st.sampled_from([0, 1, None, -1]), st.integers(0, 99),
    st.sampled_from([torch.float64, torch.float32]),
)  # fmt: skip
def test_equals_the_frameworks(name, dim, seed, dtype):
    torch.manual_seed(seed)
    layer = LAYERS[name](dtype)
    ours, theirs = weight_norm(copy.deepcopy(layer), dim=dim), copy.deepcopy(layer)
    parametrizations.weight_norm(theirs, dim=dim)
    state = {k: torch.randn_like(v) for k, v in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    theirs.load_state_dict(state)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(INPUTS[name], dtype=dtype)
    results = []
    for module in (ours, theirs):
        leaf = x.clone().requires_grad_()
        module(leaf).square().sum().backward()
        results.append([module.weight, leaf.grad, *(p.grad for p in module.parameters())])
    tolerance = 1e-10 if dtype == torch.float64 else 1e-4
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dim", [0, 1, None])
def test_first_and_second_derivatives(dim):
    torch.manual_seed(0)
    layer = weight_norm(nn.Linear(4, 3).double(), dim=dim)
    g, v = layer.parametrizations.weight.original0, layer.parametrizations.weight.original1

    def function(g, v):
        return layer.parametrizations.weight[0](g, v)

    leaves = [t.detach().clone().requires_grad_() for t in (g, v)]
    assert torch.autograd.gradcheck(function, leaves)
    assert torch.autograd.gradgradcheck(function, leaves)


def test_does_not_change_the_layer_when_it_is_put_on_and_taken_off():
    layer = nn.Conv1d(3, 5, 2).double()
    before = layer.weight.detach().clone()
    weight_norm(layer)
    torch.testing.assert_close(layer.weight, before, rtol=0, atol=1e-12)
    parametrize.remove_parametrizations(layer, "weight")
    torch.testing.assert_close(layer.weight, before, rtol=0, atol=1e-12)


def test_lengths_are_g_and_the_gradient_is_orthogonal_to_v():
    torch.manual_seed(0)
    layer = weight_norm(nn.Linear(6, 4).double())
    g, v = layer.parametrizations.weight.original0, layer.parametrizations.weight.original1
    with torch.no_grad():
        g.uniform_(1, 2)
        v.mul_(5)
    torch.testing.assert_close(layer.weight.norm(dim=1), g[:, 0], rtol=0, atol=1e-12)
    layer(torch.randn(8, 6).double()).square().sum().backward()
    assert (v.grad * v).sum(1).abs().max() < 1e-10


def test_loads_a_checkpoint_of_the_older_function():
    with pytest.warns(FutureWarning):
        old = older_weight_norm(nn.Linear(4, 3))
    state = {k: torch.randn_like(v) for k, v in old.state_dict().items()}
    old.load_state_dict(state)
    new = nn.Sequential(weight_norm(nn.Linear(4, 3)))
    new.load_state_dict({f"0.{k}": v for k, v in state.items()})
    x = torch.randn(5, 4)
    torch.testing.assert_close(new(x), old(x))


def test_a_parameter_that_is_not_there_is_refused_as_the_framework_refuses_it():
    with pytest.raises(ValueError, match="'gamma'"):
        parametrizations.weight_norm(nn.Linear(4, 3), "gamma")
    with pytest.raises(ValueError, match="'gamma'"):
        weight_norm(nn.Linear(4, 3), "gamma")


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2, -3, None])
def test_a_dimension_counts_as_in_the_framework(dim):
    layer = nn.Conv1d(2, 3, 4)
    theirs = parametrizations.weight_norm(copy.deepcopy(layer), dim=dim)
    ours = weight_norm(layer, dim=dim)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("dim", [3, 5, -4])
def test_a_dimension_that_the_weight_does_not_have_is_refused(dim):
    for put in (parametrizations.weight_norm, weight_norm):
        with pytest.raises(IndexError):
            put(nn.Conv1d(2, 3, 4), dim=dim)
