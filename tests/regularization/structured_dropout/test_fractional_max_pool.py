"""Fractional max pooling: the framework's windows from the same samples, places, gradients."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torch.func import vmap

from deeptricks.regularization import FractionalMaxPool2d
from deeptricks.regularization.structured_dropout.fractional_max_pool import interval_starts
from tests.forbidden import KernelUsedError, forbidden

SETTINGS = [
    ((2, {"output_ratio": 0.7}), (3, 4, 10, 13)),
    ((2, {"output_ratio": (0.6, 0.9)}), (2, 3, 12, 8)),
    (((3, 2), {"output_size": (4, 5)}), (2, 3, 11, 9)),
    ((2, {"output_size": 1}), (2, 2, 5, 5)),
    ((3, {"output_size": (3, 1)}), (1, 2, 5, 6)),
    ((1, {"output_size": 4}), (2, 2, 4, 7)),
    ((2, {"output_size": 3}), (4, 9, 8)),
    ((2, {"output_size": 2}), (1, 1, 9, 9)),  # windows with gaps between them
]
each = pytest.mark.parametrize(("how", "shape"), SETTINGS)


def layers(how, **more):
    kernel, options = how
    return [c(kernel, **options, **more) for c in (FractionalMaxPool2d, nn.FractionalMaxPool2d)]


@each
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_outputs_places_and_gradients_equal_the_framework_under_the_same_seed(how, shape, dtype):
    for seed in range(5):
        x = torch.randn(shape, dtype=dtype, requires_grad=True)
        results = []
        for layer in layers(how, return_indices=True):
            torch.manual_seed(seed)
            y, places = layer(x)
            results.append((y, places, *torch.autograd.grad((y**3).sum(), x)))
        torch.testing.assert_close(*results, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_rounds_as_the_framework(dtype):
    x = torch.randn(3, 8, 21, 34).to(dtype)
    for seed in range(5):
        u = torch.rand(3, 8, 2, generator=torch.Generator().manual_seed(seed)).to(dtype)
        u = u.clamp(max=0.99)
        mine, theirs = layers((2, {"output_ratio": 0.71}), _random_samples=u)
        assert torch.equal(mine(x), theirs(x))


def test_given_samples_ties_nan_infinity_and_strides():
    u = torch.rand(4, 3, 2)
    x = torch.randint(0, 3, (4, 3, 9, 12)).float()
    x[0, 0, 4, 4], x[1, 1] = torch.nan, -torch.inf
    for view in (x, x.flip(0), x.transpose(2, 3), x[:2]):
        mine, theirs = layers((2, {"output_ratio": 0.6}), _random_samples=u, return_indices=True)
        (a, i), (b, j) = mine(view), theirs(view)
        torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)
        assert torch.equal(i, j)


def test_starts_by_hand():
    # α = 6/3 = 2 and steps of 2; α = 5/3: ⌊(i + ½) 5/3⌋ − ⌊5/6⌋ = 0, 2, 4 and last 5
    assert interval_starts(torch.tensor([0.5]), 8, 4, 2).tolist() == [[0, 2, 4, 6]]
    assert interval_starts(torch.tensor([0.5]), 7, 4, 2).tolist() == [[0, 2, 4, 5]]
    assert interval_starts(torch.tensor([0.0]), 7, 4, 2).tolist() == [[0, 1, 3, 5]]
    assert interval_starts(torch.tensor([0.3]), 7, 1, 2).tolist() == [[5]]


@pytest.mark.parametrize(("size", "out", "k"), [(25, 17, 2), (20, 13, 3), (9, 9, 1)])
def test_starts_rise_by_one_of_two_steps_between_the_two_ends(size, out, k):
    starts = interval_starts(torch.rand(500, dtype=torch.float64), size, out, k)
    alpha = (size - k) / (out - 1)
    assert (starts[:, 0] == 0).all()
    assert (starts[:, -1] == size - k).all()
    steps = starts.diff(dim=1)
    assert steps.min() >= int(alpha)
    assert steps.max() <= int(alpha) + 1
    assert len(starts.unique(dim=0)) > 1 or alpha == int(alpha)


def test_it_draws_in_evaluation_too_as_the_framework():
    x = torch.randn(2, 4, 12, 12)
    for layer in layers((2, {"output_ratio": 0.7})):
        layer.eval()
        assert not torch.equal(layer(x), layer(x))


def test_a_generator_of_its_own_copies_and_repr():
    x = torch.randn(2, 4, 12, 12)
    a, b = (
        FractionalMaxPool2d(2, output_ratio=0.7, generator=torch.Generator().manual_seed(2))
        for _ in range(2)
    )
    assert torch.equal(a(x), b(x))
    mine, theirs = layers((2, {"output_ratio": 0.7}), _random_samples=torch.rand(2, 4, 2))
    assert repr(mine) == repr(theirs)
    theirs.load_state_dict(mine.state_dict())
    for again in (copy.deepcopy(mine), pickle.loads(pickle.dumps(mine)), theirs):
        assert torch.equal(again(x), mine(x))


def test_gradients_by_differences_with_fixed_windows():
    layer = FractionalMaxPool2d(2, output_size=3, _random_samples=torch.rand(2, 2, 2).double())
    x = torch.randperm(2 * 2 * 25).double().view(2, 2, 5, 5).requires_grad_()
    assert torch.autograd.gradcheck(layer, x)


def test_stacked_networks_draw_apart():
    layer = FractionalMaxPool2d(2, output_ratio=0.7)
    x = torch.randn(1, 2, 3, 12, 12).expand(6, -1, -1, -1, -1)
    y = vmap(layer, randomness="different")(x)
    assert len({tuple(one.flatten().tolist()) for one in y}) == 6


def test_the_framework_does_none_of_it():
    mine, theirs = layers((2, {"output_ratio": 0.7}))
    x = torch.randn(2, 4, 12, 12, requires_grad=True)
    kernels = ("fractional_max_pool2d", "fractional_max_pool2d_backward")
    with forbidden(*kernels):
        mine(x).sum().backward()
        with pytest.raises(KernelUsedError):
            theirs(x)


@pytest.mark.parametrize(
    ("how", "shape"),
    [
        ((2, {"output_size": 5}), (1, 1, 5, 8)),
        ((6, {"output_size": 1}), (1, 1, 5, 8)),
        ((2, {"output_ratio": 0.5}), (3, 0, 8, 8)),
        ((2, {"output_ratio": 0.5}), (8, 8)),
        ((2, {"output_ratio": 0.5, "_random_samples": torch.rand(1, 2, 2)}), (2, 2, 8, 8)),
        ((2, {"output_ratio": 0.5, "_random_samples": torch.rand(2, 3, 2)}), (2, 2, 8, 8)),
        ((2, {"output_ratio": 0.5, "_random_samples": torch.rand(2, 2, 2).double()}), (2, 2, 8, 8)),
    ],
)
def test_what_the_framework_refuses_we_refuse(how, shape):
    for layer in layers(how):
        with pytest.raises((RuntimeError, IndexError)):
            layer(torch.ones(shape))


def test_constructor_is_the_parents():
    for arguments in ({}, {"output_size": 3, "output_ratio": 0.5}, {"output_ratio": 1.5}):
        for kind in (FractionalMaxPool2d, nn.FractionalMaxPool2d):
            with pytest.raises(ValueError, match="output"):
                kind(2, **arguments)
    with pytest.raises(TypeError, match="generator"):
        FractionalMaxPool2d(2, output_size=3, generator=4)
