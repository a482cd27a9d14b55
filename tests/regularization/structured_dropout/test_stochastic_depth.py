"""Stochastic depth: one draw for a batch or a row, mean x, torchvision's masks, the decay rule."""

import copy
import pickle

import pytest
import torch
from torch.func import vmap

from deeptricks.regularization import StochasticDepth, linear_decay, stochastic_depth
from tests.regularization.torchvision_parts import torchvision


def by_the_book(x, p, mode, seed):
    """One draw for each sample, or one in all, with the generator's own numbers."""
    torch.manual_seed(seed)
    alive = torch.empty(len(x) if mode == "row" else 1, dtype=x.dtype).bernoulli_(1 - p)
    rows = [x[n] * (alive[n if mode == "row" else 0].item() / (1 - p)) for n in range(len(x))]
    return torch.stack(rows)


@pytest.mark.parametrize("mode", ["row", "batch"])
@pytest.mark.parametrize("p", [0.2, 0.7])
def test_whole_rows_or_the_whole_batch_with_the_same_masks(mode, p):
    x = torch.randn(9, 4, 3, 2, dtype=torch.float64)
    kinds = set()
    for seed in range(20):
        torch.manual_seed(seed)
        y = stochastic_depth(x, p, mode)
        torch.testing.assert_close(y, by_the_book(x, p, mode, seed), rtol=1e-15, atol=0)
        kinds.add(tuple((y.flatten(1) == 0).all(1).tolist()))
    assert len(kinds) > 2 if mode == "row" else len(kinds) == 2


def test_against_torchvision():
    ops = torchvision("ops")
    x = torch.randn(9, 4, 3, 2)
    for mode in ("row", "batch"):
        outputs = []
        for function in (stochastic_depth, ops.stochastic_depth):
            torch.manual_seed(0)
            outputs.append(function(x, 0.4, mode))
        torch.testing.assert_close(*outputs)
    assert repr(StochasticDepth(0.1, "row")) == repr(ops.StochasticDepth(0.1, "row"))


def test_the_mean_over_masks_is_the_branch():
    x = torch.ones(40000, 1)
    mean = stochastic_depth(x, 0.5, "row", generator=torch.Generator().manual_seed(0)).mean()
    assert abs(mean.item() - 1) < 5 * (1 / 40000) ** 0.5  # a deviation of 1 for each at p = ½


@pytest.mark.parametrize("mode", ["row", "batch"])
def test_nothing_all_and_evaluation(mode):
    x = torch.randn(3, 2)
    assert stochastic_depth(x, 0, mode) is x
    assert stochastic_depth(x, 0.9, mode, training=False) is x
    assert StochasticDepth(0.9, mode).eval()(x) is x
    assert torch.equal(stochastic_depth(x, 1, mode), torch.zeros(3, 2))
    assert stochastic_depth(torch.empty(0, 3), 0.5, mode).shape == (0, 3)
    half = stochastic_depth(x.half().t(), 0.5, mode)
    assert half.dtype == torch.float16
    assert half.shape == (2, 3)


def test_gradients_by_differences_with_a_fixed_mask():
    def fixed(x):
        return stochastic_depth(x, 0.5, "row", generator=torch.Generator().manual_seed(1)) ** 2

    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(fixed, x)


@pytest.mark.parametrize("mode", ["row", "batch"])
def test_stacked_networks_draw_apart(mode):
    y = vmap(StochasticDepth(0.5, mode), randomness="different")(torch.ones(12, 5, 2))
    assert y.shape == (12, 5, 2)
    assert len({tuple(one.flatten().tolist()) for one in y}) > 1


def test_generators_copies_and_repr():
    layer = StochasticDepth(0.5, "row", generator=torch.Generator().manual_seed(4))
    again = StochasticDepth(0.5, "row", generator=torch.Generator().manual_seed(4))
    x = torch.ones(50, 1)
    assert torch.equal(layer(x), again(x))
    plain = StochasticDepth(0.25, "batch")
    assert repr(plain) == "StochasticDepth(p=0.25, mode=batch)"
    for copied in (copy.deepcopy(plain), pickle.loads(pickle.dumps(plain))):
        assert (copied.p, copied.mode) == (0.25, "batch")


def test_bad_arguments_are_named():
    for bad in (-0.1, 1.1):
        with pytest.raises(ValueError, match="p must be a probability"):
            StochasticDepth(bad, "row")
        with pytest.raises(ValueError, match="p must be a probability"):
            stochastic_depth(torch.ones(1), bad, "row")
    with pytest.raises(ValueError, match="mode must be 'batch' or 'row', got 'col'"):
        StochasticDepth(0.1, "col")
    with pytest.raises(TypeError, match="generator"):
        StochasticDepth(0.1, "row", generator=1)
    with pytest.raises(ValueError, match="blocks"):
        linear_decay(0, 0.5)


def test_the_rule_of_linear_decay():
    assert linear_decay(4, 0.5) == [0.125, 0.25, 0.375, 0.5]
    assert linear_decay(1, 0.3) == [0.3]
    alive = sum(1 - p for p in linear_decay(54, 0.5))
    assert alive == pytest.approx((3 * 54 - 1) / 4)  # Huang et al.: 40 of 54
    assert sum(1 - p for p in linear_decay(7, 0.3)) == pytest.approx(7 - 0.3 * 8 / 2)
