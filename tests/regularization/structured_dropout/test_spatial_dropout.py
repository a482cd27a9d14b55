"""Spatial dropout: the framework's masks under the same seed, scale, gradients, odd inputs."""

import copy
import pickle
import warnings

import pytest
import torch
from torch import nn
from torch.func import vmap

from deeptricks import regularization as ours
from tests.forbidden import KernelUsedError, forbidden

SHAPES = {"Dropout1d": (5, 6, 7), "Dropout2d": (5, 6, 4, 3), "Dropout3d": (5, 6, 2, 3, 4)}
KERNELS = ("feature_dropout", "feature_dropout_", "native_dropout", "dropout")
FUNCTIONS = [f"torch.nn.functional.dropout{n}d" for n in (1, 2, 3)]
each = pytest.mark.parametrize("name", SHAPES)


def pair(name, *arguments, **keywords):
    return (getattr(library, name)(*arguments, **keywords) for library in (ours, nn))


def run(layer, x, seed=3):
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the framework warns of three axes
        return layer(x)


@each
@pytest.mark.parametrize("p", [0.0, 0.3, 0.9, 1.0])
def test_outputs_and_gradients_equal_the_framework_under_the_same_seed(name, p):
    for shape in (SHAPES[name], SHAPES[name][1:], (0, *SHAPES[name][1:]), (1, *SHAPES[name][1:])):
        x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
        upstream = torch.randn(shape, dtype=torch.float64)
        results = []
        for layer in pair(name, p):
            y = run(layer, x)
            results.append((y, *torch.autograd.grad((y * upstream).sum(), x)))
        torch.testing.assert_close(*results, rtol=0, atol=0)


@each
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_other_precisions_and_strides(name, dtype):
    x = torch.randn(SHAPES[name]).to(dtype)
    for view in (x, x.transpose(0, 1), x.flip(1)[::2]):
        a, b = (run(layer, view) for layer in pair(name, 0.4))
        assert a.dtype == dtype
        torch.testing.assert_close(a, b, rtol=0, atol=0)


@each
def test_in_place_and_evaluation(name):
    x = torch.randn(SHAPES[name])
    a, b = x.clone(), x.clone()
    mine, theirs = pair(name, 0.5, inplace=True)
    assert run(mine, a) is a
    run(theirs, b)
    assert torch.equal(a, b)
    assert mine.eval()(x) is x
    assert not torch.equal(a, x)


@each
def test_each_channel_of_each_sample_is_dropped_whole_and_by_itself(name):
    x = torch.ones(64, 16, *SHAPES[name][2:])
    y = run(getattr(ours, name)(0.25), x).flatten(2)
    assert torch.equal(y, y[..., :1].expand_as(y))
    dropped = y[..., 0] == 0
    assert set(y.unique().tolist()) == {0.0, float(torch.tensor(1 / 0.75))}
    assert dropped.any(0).all()
    assert not dropped.all(0).any()
    assert len({tuple(row.tolist()) for row in dropped}) > 50  # no mask for all of the batch


@each
def test_constructor_repr_errors_and_copies_are_the_parents(name):
    mine, theirs = pair(name, 0.2)
    assert repr(mine) == repr(theirs)
    assert isinstance(mine, getattr(nn, name))
    for again in (copy.deepcopy(mine), pickle.loads(pickle.dumps(mine))):
        x = torch.randn(SHAPES[name])
        assert torch.equal(run(again, x), run(mine, x))
    with pytest.raises(ValueError, match="between 0 and 1"):
        getattr(ours, name)(1.5)
    with pytest.raises(RuntimeError, match="axes"):
        mine(torch.ones(3))
    with pytest.raises(TypeError, match="generator"):
        getattr(ours, name)(0.5, generator=7)


@each
def test_a_generator_of_its_own(name):
    x = torch.ones(SHAPES[name])
    outputs = []
    for seed in (1, 1, 2):
        layer = getattr(ours, name)(0.5, generator=torch.Generator().manual_seed(seed))
        outputs.append(layer(x))
    assert torch.equal(outputs[0], outputs[1])
    assert not torch.equal(outputs[0], outputs[2])


@each
def test_stacked_networks_draw_masks_of_their_own(name):
    layer = getattr(ours, name)(0.5)
    x = torch.ones(3, *SHAPES[name])
    y = vmap(layer, randomness="different")(x)
    assert y.shape == x.shape
    assert not torch.equal(y[0], y[1])


@each
def test_the_framework_does_none_of_it(name):
    mine, theirs = pair(name, 0.5)
    x = torch.randn(SHAPES[name])
    with forbidden(*KERNELS, functions=FUNCTIONS):
        mine(x)
        with pytest.raises(KernelUsedError):
            theirs(x)


def test_two_axes_short_of_a_batch_are_what_the_framework_takes_them_for():
    x = torch.ones(4, 6, 5)  # (N, C, L) for Dropout2d, with its warning
    y = run(ours.Dropout2d(0.5), x)
    assert torch.equal(y, run(nn.Dropout2d(0.5), x))
    assert torch.equal(y, y[..., :1].expand_as(y))
