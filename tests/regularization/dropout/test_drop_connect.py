"""DropConnect: a linear layer in evaluation, weights dropped for each sample in training."""

import copy
import pickle

import pytest
import torch
from torch import nn

from deeptricks.regularization import DropConnect, all_masks, mask_probabilities
from tests.forbidden import forbidden

F64 = {"dtype": torch.float64}


def pair(bias=True, **more):
    torch.manual_seed(0)
    theirs = nn.Linear(3, 2, bias, **F64)
    ours = DropConnect(3, 2, bias, **F64, **more)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(3,), (5, 3), (0, 3), (2, 4, 3)])
def test_evaluation_and_p_zero_equal_a_linear_layer(bias, shape):
    x = torch.randn(shape, **F64)
    for ours, theirs in (pair(bias, p=0.0), pair(bias, p=0.5)):
        if ours.p:
            ours.eval()
        for layer in (ours, theirs):
            (layer(x) ** 2).sum().backward()
        torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-12)
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(a.grad, b.grad, rtol=0, atol=1e-12)


def test_arguments_and_initial_weights_are_the_linear_layers():
    torch.manual_seed(4)
    theirs = nn.Linear(5, 7, False, "cpu", torch.float64)
    torch.manual_seed(4)
    ours = DropConnect(5, 7, False, "cpu", torch.float64, p=0.3)
    assert torch.equal(ours.weight, theirs.weight)
    assert repr(ours) == "DropConnect(in_features=5, out_features=7, bias=False, p=0.3)"
    for p in (-0.1, 1.0, 1.5):
        with pytest.raises(ValueError, match="p must be"):
            DropConnect(2, 2, p=p)
    with pytest.raises(TypeError, match="generator"):
        DropConnect(2, 2, generator=1)
    for again in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert torch.equal(again.weight, ours.weight)
        assert again.p == 0.3


def test_outputs_are_those_of_the_masks():
    """Every output is one of the 2³ sums that masks allow, as often as the masks are likely."""
    layer, _ = pair(p=0.25)
    x = torch.tensor([1.0, 10.0, 100.0], **F64)
    u = layer(x.expand(40_000, 3)).detach()
    masks = all_masks(3)
    for unit in range(2):
        possible = (masks * layer.weight[unit] * x).sum(1).detach() / 0.75 + layer.bias[unit]
        nearest = (u[:, unit, None] - possible).abs().min(dim=1)
        assert nearest.values.max() < 1e-12
        counts = torch.bincount(nearest.indices, minlength=8) / 40_000
        assert (counts - mask_probabilities(masks, 0.25)).abs().max() < 0.012
    # the two units drop weights of their own: all 64 combinations come up
    assert len(u.round(decimals=9).unique(dim=0)) == 64


def test_each_sample_has_a_mask_of_its_own():
    layer = DropConnect(40, 30, p=0.5)
    y = layer(torch.ones(20, 40))
    assert len(y.unique(dim=0)) == 20


def test_moments_against_all_masks():
    layer, _ = pair(p=0.3)
    x = torch.randn(4, 3, **F64)
    masks = all_masks(3)
    weights = mask_probabilities(masks, 0.3)
    u = torch.einsum("mi,oi,ni->mno", masks, layer.weight, x) / 0.7 + layer.bias
    mean = torch.tensordot(weights, u, dims=1)
    variance = torch.tensordot(weights, (u - mean) ** 2, dims=1)
    torch.testing.assert_close(layer.moments(x), (mean, variance), rtol=0, atol=1e-12)


def test_average_has_the_moments_and_the_activation():
    layer, _ = pair(p=0.3)
    layer.generator = torch.Generator().manual_seed(1)
    x = torch.randn(4, 3, **F64)
    mean, variance = layer.moments(x)
    samples = 200_000
    found = layer.average(x, lambda u: u, samples)
    assert ((found - mean).abs() < 5 * (variance / samples).sqrt()).all()
    squares = layer.average(x, torch.square, samples)
    expected = mean**2 + variance
    assert (squares / expected - 1).abs().max() < 0.03
    with pytest.raises(ValueError, match="samples"):
        layer.average(x, torch.relu, 0)


def test_gradients_with_a_fixed_mask_and_stacking():
    layer, _ = pair(p=0.5)

    def fixed(x, weight):
        torch.manual_seed(3)
        return torch.func.functional_call(layer, {"weight": weight}, (x,))

    x = torch.randn(4, 3, **F64, requires_grad=True)
    weight = torch.randn(2, 3, **F64, requires_grad=True)
    assert torch.autograd.gradcheck(fixed, (x, weight))
    stacked = torch.randn(5, 2, 3, **F64)
    y = torch.func.vmap(
        lambda w: torch.func.functional_call(layer, {"weight": w}, (torch.ones(6, 3, **F64),)),
        randomness="different",
    )(stacked)
    assert y.shape == (5, 6, 2)


def test_ours_calculates():
    layer, _ = pair(p=0.5)
    functions = ("torch.nn.functional.linear", "torch.nn.functional.dropout")
    with forbidden("linear", "native_dropout", "dropout", functions=functions):
        for mode in (True, False):
            layer.train(mode)(torch.ones(2, 3, **F64)).sum().backward()
