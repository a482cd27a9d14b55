"""DropBlock: γ, what is dropped where, masks drawn by hand, the scale, odd inputs."""

import copy
import pickle

import pytest
import torch
from torch.func import vmap

from deeptricks.regularization import DropBlock2d, drop_block2d, drop_block_gamma, dropped_share
from deeptricks.regularization.structured_dropout.drop_block import holders
from tests.regularization.torchvision_parts import torchvision

SIZES = [(8, 8, 3), (7, 5, 5), (6, 9, 2), (4, 4, 4), (5, 5, 1)]


def by_the_book(x, p, k, eps, seed):
    """Block after block, in Python, from the same Bernoulli numbers."""
    n, channels, height, width = x.shape
    gamma = p * height * width / k**2 / ((height - k + 1) * (width - k + 1))
    torch.manual_seed(seed)
    places = torch.empty(n, channels, height - k + 1, width - k + 1, dtype=x.dtype)
    mask = torch.ones_like(x)
    for i, c, row, column in places.bernoulli_(gamma).nonzero().tolist():
        mask[i, c, row : row + k, column : column + k] = 0
    return x * mask * mask.numel() / (eps + mask.sum())


@pytest.mark.parametrize(("height", "width", "k"), SIZES)
@pytest.mark.parametrize("p", [0.1, 0.6, 1.0])
def test_blocks_drawn_by_hand(height, width, k, p):
    x = torch.randn(3, 2, height, width, dtype=torch.float64)
    for seed in range(4):
        torch.manual_seed(seed)
        y = drop_block2d(x, p, k)
        torch.testing.assert_close(y, by_the_book(x, p, k, 1e-6, seed), rtol=1e-12, atol=0)


def test_against_torchvision():
    ops = torchvision("ops")
    x = torch.randn(3, 2, 9, 7)
    for k in (1, 3, 5):
        outputs = []
        for function in (drop_block2d, ops.drop_block2d):
            torch.manual_seed(0)
            outputs.append(function(x, 0.3, k))
        torch.testing.assert_close(*outputs)
    assert repr(DropBlock2d(0.1, 3)) == repr(ops.DropBlock2d(0.1, 3))


def test_gamma_is_the_papers():
    assert drop_block_gamma(0.1, 5, 14, 14) == pytest.approx(0.1 / 25 * 196 / 100)
    assert drop_block_gamma(0.1, 7, 14, 14) == pytest.approx(0.1 / 49 * 196 / 64)
    assert drop_block_gamma(0.3, 1, 9, 4) == pytest.approx(0.3)
    assert drop_block_gamma(0.2, 4, 4, 4) == pytest.approx(0.2)  # one block is the whole map
    assert drop_block_gamma(0.2, 2, 4, 3) == pytest.approx(0.2 * 12 / 4 / (3 * 2))


@pytest.mark.parametrize(("size", "k"), [(8, 3), (5, 5), (6, 1), (4, 3), (5, 4)])
def test_holders_are_counted(size, k):
    counted = [sum(a <= i < a + k for a in range(size - k + 1)) for i in range(size)]
    assert holders(size, k).tolist() == counted


@pytest.mark.parametrize(("p", "k"), [(0.1, 5), (0.5, 3), (1.0, 5)])
def test_the_share_dropped_at_every_place(p, k):
    masks = 20000
    torch.manual_seed(0)
    dropped = (drop_block2d(torch.ones(masks, 1, 14, 14), p, k) == 0).double().mean((0, 1))
    exact = dropped_share(p, k, 14, 14)
    noise = (exact * (1 - exact) / masks).sqrt()
    assert ((dropped - exact).abs() <= 5 * noise).all()
    gamma = drop_block_gamma(p, k, 14, 14)
    assert exact[7, 7].item() == pytest.approx(1 - (1 - gamma) ** (k * k))
    assert exact[0, 0].item() == exact[13, 0].item() == pytest.approx(gamma)
    assert exact.mean() < p  # overlaps


def test_each_channel_of_each_sample_has_a_mask_of_its_own():
    torch.manual_seed(0)
    dropped = (drop_block2d(torch.ones(6, 6, 12, 12), 0.5, 3) == 0).flatten(2).flatten(0, 1)
    assert len({tuple(mask.tolist()) for mask in dropped}) == 36


def test_the_batch_keeps_its_sum():
    torch.manual_seed(0)
    x = torch.ones(3, 2, 10, 10, dtype=torch.float64)
    assert drop_block2d(x, 0.4, 3).sum().item() == pytest.approx(x.numel(), rel=1e-7)
    assert drop_block2d(x, 1.0, 1).abs().sum() == 0  # ε keeps 0/0 away
    torch.manual_seed(1)
    small = drop_block2d(x, 0.4, 3, eps=100.0)
    torch.manual_seed(1)
    assert small.sum() < drop_block2d(x, 0.4, 3).sum()


def test_nothing_evaluation_empty_in_place_half():
    x = torch.randn(2, 3, 6, 6)
    assert drop_block2d(x, 0.0, 3) is x
    assert drop_block2d(x, 0.5, 3, training=False) is x
    assert DropBlock2d(0.5, 3).eval()(x) is x
    assert drop_block2d(torch.empty(0, 3, 6, 6), 0.5, 3).shape == (0, 3, 6, 6)
    a = x.clone()
    torch.manual_seed(2)
    expected = drop_block2d(x, 0.5, 3)
    torch.manual_seed(2)
    assert drop_block2d(a, 0.5, 3, inplace=True) is a
    assert torch.equal(a, expected)
    torch.manual_seed(2)
    strided = x.transpose(2, 3).contiguous().transpose(2, 3)
    assert torch.equal(drop_block2d(strided, 0.5, 3), expected)
    assert drop_block2d(x.half(), 0.5, 3).dtype == torch.float16
    assert drop_block2d(x.bfloat16(), 0.5, 3).isfinite().all()


def test_gradients_by_differences_with_a_fixed_mask():
    def fixed(x):
        return drop_block2d(x, 0.3, 2, generator=torch.Generator().manual_seed(1)) ** 2

    x = torch.randn(2, 2, 4, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(fixed, x)


def test_stacked_networks_draw_apart_and_scale_apart():
    y = vmap(DropBlock2d(0.4, 3), randomness="different")(torch.ones(5, 2, 3, 9, 9))
    assert len({tuple(one.flatten().tolist()) for one in y}) == 5
    torch.testing.assert_close(y.sum((1, 2, 3, 4)), torch.full((5,), 2 * 3 * 81.0))


def test_layers_generators_copies():
    layer = DropBlock2d(0.4, 3, generator=torch.Generator().manual_seed(5))
    x = torch.ones(2, 2, 8, 8)
    expected = drop_block2d(x, 0.4, 3, generator=torch.Generator().manual_seed(5))
    assert torch.equal(layer(x), expected)
    plain = DropBlock2d(0.4, 3)
    assert repr(plain) == "DropBlock2d(p=0.4, block_size=3, inplace=False)"
    for again in (copy.deepcopy(plain), pickle.loads(pickle.dumps(plain))):
        assert (again.p, again.block_size, again.eps) == (0.4, 3, 1e-6)


def test_bad_arguments_are_named():
    x = torch.ones(1, 1, 4, 4)
    for bad in (-0.1, 1.1):
        with pytest.raises(ValueError, match="p must be a probability"):
            DropBlock2d(bad, 3)
        with pytest.raises(ValueError, match="p must be a probability"):
            drop_block2d(x, bad, 3)
    with pytest.raises(ValueError, match="block_size must be at most the map's sides, 4 and 4"):
        drop_block2d(x, 0.1, 5)
    with pytest.raises(ValueError, match="block_size must be a whole number"):
        DropBlock2d(0.1, 0)
    with pytest.raises(ValueError, match="eps"):
        DropBlock2d(0.1, 3, eps=-1)
    with pytest.raises(TypeError, match="generator"):
        DropBlock2d(0.1, 3, generator=1)
    with pytest.raises(ValueError, match="shape"):
        drop_block2d(torch.ones(4, 4), 0.1, 3)
