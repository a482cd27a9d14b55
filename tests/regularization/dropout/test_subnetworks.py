"""All masks, each once, with probabilities that sum to 1; the two means of what they say."""

import math

import pytest
import torch

from deeptricks.regularization import (
    all_masks,
    arithmetic_mean,
    geometric_mean,
    mask_probabilities,
)


@pytest.mark.parametrize("units", [0, 1, 4, 10])
def test_every_mask_once(units):
    masks = all_masks(units)
    assert masks.shape == (2**units, units)
    assert len({tuple(mask) for mask in masks.tolist()}) == 2**units
    assert set(masks.flatten().tolist()) <= {0.0, 1.0}


def test_order_and_limits():
    assert all_masks(2).tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert all_masks(3, torch.float32).dtype == torch.float32
    for bad in (-1, 21, 1.5):
        with pytest.raises(ValueError, match="units"):
            all_masks(bad)
    with pytest.raises(ValueError, match="p must be"):
        mask_probabilities(all_masks(2), 1.5)


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 1.0])
def test_probabilities_are_binomial(p):
    masks = all_masks(8)
    weights = mask_probabilities(masks, p)
    for dropped in range(9):
        of_these = weights[masks.sum(1) == 8 - dropped].sum()
        expected = math.comb(8, dropped) * p**dropped * (1 - p) ** (8 - dropped)
        assert abs(of_these - expected) < 1e-14
    assert (torch.tensordot(weights, masks, dims=1) - (1 - p)).abs().max() < 1e-14


def test_means_by_hand():
    said = torch.tensor([[0.9, 0.1], [0.2, 0.8]], dtype=torch.float64)
    weights = torch.tensor([0.25, 0.75], dtype=torch.float64)
    arithmetic = [0.25 * 0.9 + 0.75 * 0.2, 0.25 * 0.1 + 0.75 * 0.8]
    product = [0.9**0.25 * 0.2**0.75, 0.1**0.25 * 0.8**0.75]
    geometric = [value / sum(product) for value in product]
    assert sum(product) < 1
    for mean, expected in ((arithmetic_mean, arithmetic), (geometric_mean, geometric)):
        found = mean(said.log(), weights)
        assert (found - torch.tensor(expected, dtype=torch.float64)).abs().max() < 1e-14


@pytest.mark.parametrize("p", [0.2, 0.5, 0.7])
@pytest.mark.parametrize("below_the_softmax", [True, False])
def test_geometric_mean_is_weight_scaling_where_all_above_is_linear(p, below_the_softmax):
    draw = torch.Generator().manual_seed(0)
    h, w1, w2 = (
        torch.randn(shape, generator=draw, dtype=torch.float64)
        for shape in ((6, 7), (4, 7), (3, 4))
    )
    bend = (lambda z: z) if below_the_softmax else torch.relu

    def says(mask):
        return torch.log_softmax(bend((h * mask) @ w1.T) @ w2.T, dim=-1)

    masks = all_masks(7)
    mean = geometric_mean(says(masks[:, None]), mask_probabilities(masks, p))
    gap = (mean - says(torch.tensor(1 - p, dtype=torch.float64)).exp()).abs().max()
    assert (gap < 1e-13) == below_the_softmax


def test_any_number_of_samples():
    said = torch.log_softmax(torch.randn(4, 5, 6, 3, dtype=torch.float64), dim=-1)
    weights = mask_probabilities(all_masks(2), 0.3)
    for mean in (arithmetic_mean, geometric_mean):
        out = mean(said, weights)
        assert out.shape == (5, 6, 3)
        assert (out.sum(-1) - 1).abs().max() < 1e-14
