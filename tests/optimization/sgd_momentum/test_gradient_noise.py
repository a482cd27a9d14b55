"""Gradients of single samples, and how far a batch's gradient is from the whole one."""

from itertools import combinations, product

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss

from deeptricks.optimization import minibatch_variance, noise_scale, per_sample_gradients


def setting(n=6, seed=0):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    return net, torch.randn(n, 3).double(), torch.randint(0, 2, (n,))


def test_rows_are_the_gradients_of_single_samples():
    net, x, y = setting()
    gradients = per_sample_gradients(net, cross_entropy, x, y)
    assert gradients.shape == (6, sum(p.numel() for p in net.parameters()))
    for row, xi, yi in zip(gradients, x, y, strict=True):
        loss = cross_entropy(net(xi[None]), yi[None])
        alone = torch.autograd.grad(loss, list(net.parameters()))
        torch.testing.assert_close(row, torch.cat([g.flatten() for g in alone]))
    assert all(p.grad is None for p in net.parameters())


def test_their_mean_is_the_gradient_of_the_mean():
    net, x, _ = setting()
    y = torch.randn(6, 2).double()
    gradients = per_sample_gradients(net, mse_loss, x, y)
    whole = torch.autograd.grad(mse_loss(net(x), y), list(net.parameters()))
    whole = torch.cat([g.flatten() for g in whole])
    torch.testing.assert_close(gradients.mean(dim=0), whole)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_variance_equals_the_mean_over_all_batches(size):
    gradients = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)).double()
    mean = gradients.mean(dim=0)

    def average(batches):
        errors = [(gradients[list(b)].mean(dim=0) - mean).square().sum() for b in batches]
        return float(torch.stack(errors).mean())

    without = average(combinations(range(5), size))
    assert minibatch_variance(gradients, size) == pytest.approx(without, abs=1e-12)
    replaced = average(product(range(5), repeat=size))
    assert minibatch_variance(gradients, size, replacement=True) == pytest.approx(replaced)


def test_one_sample_has_no_variance():
    assert minibatch_variance(torch.ones(1, 4), 1) == 0


@pytest.mark.parametrize(("size", "replacement"), [(0, False), (6, False), (0, True)])
def test_batch_size_out_of_range(size, replacement):
    with pytest.raises(ValueError, match=f"batch_size must be .*, got {size}"):
        minibatch_variance(torch.ones(5, 2), size, replacement)


def test_noise_scale_is_where_noise_and_gradient_are_equal():
    gradients = torch.tensor([[3.0, 1.0], [-1.0, 1.0]]).double()  # mean (1, 1), spread 4
    assert noise_scale(gradients) == pytest.approx(2)
    many = torch.randn(400, 3, generator=torch.Generator().manual_seed(1)).double() + 0.5
    size = noise_scale(many)
    squared = float(many.mean(dim=0).square().sum())
    assert minibatch_variance(many, 1) / size == pytest.approx(squared)
