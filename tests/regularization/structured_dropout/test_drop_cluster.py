"""DropCluster: planted clusters are found again, dropped whole and with probability p."""

import copy
import pickle

import pytest
import torch
from torch.func import vmap

from deeptricks.regularization import DropCluster2d, correlation_clusters

QUARTERS = torch.arange(4).view(2, 2).repeat_interleave(3, 0).repeat_interleave(2, 1)  # 6 × 4


def planted(labels, noise=0.3, samples=400, seed=0):
    """Maps in which places of one label share a signal, with either sign of scale and offset."""
    draw = torch.Generator().manual_seed(seed)
    signals = torch.randn(samples, int(labels.max()) + 1, generator=draw)
    maps = signals[:, labels]
    maps = maps + noise * torch.randn(maps.shape, generator=draw)
    return maps * (1 + torch.rand(labels.shape, generator=draw)) + 5


def same_partition(a, b):
    a, b = a.flatten(), b.flatten()
    return torch.equal(a[:, None] == a, b[:, None] == b)


def test_planted_clusters_are_found_in_each_channel():
    other = torch.arange(24).view(6, 4) % 4
    maps = torch.stack([planted(QUARTERS), planted(other, seed=1)], 1)
    labels = correlation_clusters(maps, 4)
    assert labels.shape == (2, 6, 4)
    assert labels.dtype == torch.long
    assert same_partition(labels[0], QUARTERS)
    assert same_partition(labels[1], other)
    assert set(labels.unique().tolist()) == {0, 1, 2, 3}


def test_places_that_never_vary_and_extreme_numbers_of_clusters():
    maps = planted(QUARTERS)[:, None]
    maps[:, 0, 0, 0] = 7
    assert correlation_clusters(maps, 1).unique().tolist() == [0]
    assert len(correlation_clusters(maps, 24).unique()) == 24
    alone = correlation_clusters(maps, 5)
    assert (alone == alone[0, 0, 0]).sum() == 1
    assert correlation_clusters(torch.randn(3, 2, 1, 1), 1).tolist() == [[[0]], [[0]]]


def test_clusters_are_dropped_whole_and_apart():
    labels = torch.stack([QUARTERS, QUARTERS.flip(0)])
    layer = DropCluster2d(0.3, labels)
    torch.manual_seed(0)
    y = layer(torch.ones(8000, 2, 6, 4, dtype=torch.float64))
    for channel in range(2):
        for label in range(4):
            values = y[:, channel][:, labels[channel] == label]
            assert torch.equal(values, values[:, :1].expand_as(values))
    dropped = (y == 0).double()
    assert ((dropped.mean(0) - 0.3).abs() < 5 * (0.21 / 8000) ** 0.5).all()
    assert sorted(y.unique().tolist()) == pytest.approx([0, 1 / 0.7])
    first = dropped[:, [0, 0, 1], [0, 3, 0], [0, 0, 0]]  # two clusters and another channel
    apart = torch.corrcoef(first.T).fill_diagonal_(0)
    assert apart.abs().max() < 5 / 8000**0.5


def test_the_mask_is_one_draw_for_each_cluster_of_the_generator():
    layer = DropCluster2d(0.4, QUARTERS[None], generator=torch.Generator().manual_seed(3))
    kept = torch.empty(5, 1, 4).bernoulli_(0.6, generator=torch.Generator().manual_seed(3))
    expected = kept[:, :, QUARTERS] / 0.6
    torch.testing.assert_close(layer(torch.ones(5, 1, 6, 4)), expected)


def test_every_place_its_own_cluster_is_dropout_and_one_cluster_is_spatial_dropout():
    single = torch.arange(24).view(1, 6, 4)
    x = torch.randn(7, 1, 6, 4)
    torch.manual_seed(1)
    mask = torch.empty(7, 1, 24).bernoulli_(0.5).view_as(x) / 0.5
    torch.manual_seed(1)
    torch.testing.assert_close(DropCluster2d(0.5, single)(x), x * mask)
    torch.manual_seed(1)
    mask = torch.empty(7, 1, 1).bernoulli_(0.5).view(7, 1, 1, 1) / 0.5
    torch.manual_seed(1)
    torch.testing.assert_close(DropCluster2d(0.5, torch.zeros_like(single))(x), x * mask)


def test_nothing_all_evaluation_empty_half():
    x = torch.randn(3, 1, 6, 4)
    assert DropCluster2d(0, QUARTERS[None])(x) is x
    assert DropCluster2d(0.5, QUARTERS[None]).eval()(x) is x
    assert DropCluster2d(1, QUARTERS[None])(x).abs().sum() == 0
    layer = DropCluster2d(0.5, QUARTERS[None])
    assert layer(x[:0]).shape == (0, 1, 6, 4)
    assert layer(x.half()).dtype == torch.float16
    assert layer(x.transpose(2, 3).contiguous().transpose(2, 3)).shape == x.shape


def test_gradients_by_differences_with_a_fixed_mask():
    def fixed(x):
        draw = torch.Generator().manual_seed(1)
        return DropCluster2d(0.4, QUARTERS[None], generator=draw)(x) ** 2

    x = torch.randn(2, 1, 6, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(fixed, x)


def test_stacked_networks_draw_apart():
    y = vmap(DropCluster2d(0.5, QUARTERS[None]), randomness="different")(torch.ones(9, 4, 1, 6, 4))
    assert len({tuple(one.flatten().tolist()) for one in y}) > 5


def test_checkpoints_copies_repr():
    layer = DropCluster2d(0.5, QUARTERS[None])
    other = DropCluster2d(0.5, torch.zeros(1, 6, 4, dtype=torch.long))
    other.load_state_dict(layer.state_dict())
    assert other.clusters == 4
    assert repr(layer) == "DropCluster2d(p=0.5, clusters=4)"
    x = torch.ones(5, 1, 6, 4)
    for again in (other, copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        torch.manual_seed(0)
        expected = layer(x)
        torch.manual_seed(0)
        assert torch.equal(again(x), expected)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="p must be a probability"):
        DropCluster2d(2, QUARTERS[None])
    with pytest.raises(TypeError, match="labels must be a tensor of int64"):
        DropCluster2d(0.1, QUARTERS[None].float())
    with pytest.raises(ValueError, match="labels must have the shape"):
        DropCluster2d(0.1, QUARTERS)
    with pytest.raises(ValueError, match="negative"):
        DropCluster2d(0.1, QUARTERS[None] - 1)
    with pytest.raises(TypeError, match="generator"):
        DropCluster2d(0.1, QUARTERS[None], generator=1)
    with pytest.raises(ValueError, match=r"maps of shape \(1, 6, 4\)"):
        DropCluster2d(0.1, QUARTERS[None])(torch.ones(2, 1, 4, 6))
    with pytest.raises(ValueError, match="two samples"):
        correlation_clusters(torch.ones(1, 1, 2, 2), 1)
    with pytest.raises(ValueError, match="clusters must be at most 4"):
        correlation_clusters(torch.ones(2, 1, 2, 2), 5)
    with pytest.raises(ValueError, match="clusters must be a whole number"):
        correlation_clusters(torch.ones(2, 1, 2, 2), 0)
