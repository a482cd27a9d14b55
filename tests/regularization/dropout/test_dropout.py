"""Dropout: the framework's numbers and masks, and what a mask must be: drawn for each entry."""

import copy
import pickle

import pytest
import torch
from torch import nn

from deeptricks.regularization import Dropout, OriginalDropout
from tests.forbidden import KernelUsedError, forbidden

KERNELS = ("dropout", "dropout_", "native_dropout", "native_dropout_backward", "_fused_dropout")
FUNCTIONS = ("torch.nn.functional.dropout", "torch._VF.dropout", "torch._VF.dropout_")
F64 = {"dtype": torch.float64}
INPUTS = {
    "batch": lambda: torch.randn(5, 7, **F64),
    "one number": lambda: torch.randn((), **F64),
    "empty": lambda: torch.randn(0, 3, **F64),
    "transposed": lambda: torch.randn(6, 5, **F64).t(),
    "channels last": lambda: torch.randn(2, 5, 4, 3, **F64).permute(0, 3, 1, 2),
    "every other": lambda: torch.randn(4, 9, **F64)[:, ::2],
    "half": lambda: torch.randn(3, 8).half(),
    "bfloat16": lambda: torch.randn(3, 8).bfloat16(),
    "infinite": lambda: torch.tensor([torch.inf, -torch.inf, torch.nan, 1.0] * 4),
}


def results(layer, x, seed=0):
    """Outputs, input gradient, and the random number that comes next."""
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    torch.manual_seed(seed)
    y = layer(x * 1)  # what is overwritten in place must not be a leaf
    (gradient,) = torch.autograd.grad(y.sum(), x)
    return y.detach(), gradient, torch.rand(2)


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("p", [0, 0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("training", [True, False])
def test_same_seed_same_masks_outputs_and_gradients(name, p, inplace, training):
    x = INPUTS[name]()
    ours = results(Dropout(p, inplace).train(training), x)
    theirs = results(nn.Dropout(p, inplace).train(training), x)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0, equal_nan=True)


def test_constructor_words_and_errors_are_the_frameworks():
    assert repr(Dropout(0.3, True)) == repr(nn.Dropout(0.3, True))
    assert isinstance(Dropout(), nn.Dropout)
    assert Dropout().p == 0.5
    for p in (-0.1, 1.1):
        with pytest.raises(ValueError, match="dropout probability"):
            Dropout(p)
    with pytest.raises(TypeError, match="generator must be"):
        Dropout(generator=3)
    with pytest.raises(RuntimeError):
        Dropout()(torch.ones(3, dtype=torch.long))
    assert Dropout().state_dict() == {}


@pytest.mark.parametrize("layer", [Dropout, OriginalDropout])
def test_each_entry_of_each_sample_has_a_mask_of_its_own(layer):
    kept = layer(0.3)(torch.ones(400, 50)) != 0
    assert abs(kept.double().mean() - 0.7) < 5 * (0.21 / 20_000) ** 0.5
    columns = torch.corrcoef(kept.double().t()).fill_diagonal_(0)
    rows = torch.corrcoef(kept[:50, :].double()).fill_diagonal_(0)
    assert columns.abs().max() < 6 / 400**0.5  # a mask per column would give 1
    assert rows.abs().max() < 6 / 50**0.5  # a mask shared by the batch would give 1
    assert not torch.equal(kept[0], kept[1])


def test_expectation_is_the_input_and_variance_as_stated():
    x = torch.tensor([3.0, -1.0], **F64)
    y = Dropout(0.2)(x.expand(200_000, 2))
    error = 5 * (x**2 * 0.25 / 200_000) ** 0.5
    assert ((y.mean(0) - x).abs() < error).all()
    assert (y.var(0) / (x**2 * 0.25) - 1).abs().max() < 0.02
    assert set(y[:, 0].tolist()) == {0.0, 3.0 / 0.8}


def test_evaluation_returns_the_input_itself():
    x = torch.randn(3)
    assert Dropout(0.5).eval()(x) is x
    assert Dropout(0.0)(x) is x


def test_in_place_overwrites():
    x = torch.ones(50)
    assert Dropout(0.5, inplace=True)(x) is x
    assert set(x.tolist()) == {0.0, 2.0}


def test_gradient_goes_where_the_signal_went():
    layer = Dropout(0.4)

    def fixed(x):
        torch.manual_seed(3)
        return layer(x)

    x = torch.randn(4, 6, **F64, requires_grad=True)
    assert torch.autograd.gradcheck(fixed, x)
    assert torch.autograd.gradgradcheck(fixed, x)
    y = fixed(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(gradient * x, y, rtol=0, atol=1e-12)


def test_original_is_unscaled_in_training_and_scaled_in_evaluation():
    x = torch.randn(40, 30, **F64)
    torch.manual_seed(1)
    original = OriginalDropout(0.3)(x)
    torch.manual_seed(1)
    torch.testing.assert_close(original, 0.7 * Dropout(0.3)(x), rtol=0, atol=1e-12)
    torch.testing.assert_close(OriginalDropout(0.3).eval()(x), 0.7 * x, rtol=0, atol=1e-12)
    assert (OriginalDropout(1.0)(x) == 0).all()
    assert OriginalDropout(0.3, inplace=True).eval()(x) is x


def test_a_generator_of_ones_own():
    x, state = torch.ones(100), torch.get_rng_state()
    one = Dropout(generator=torch.Generator().manual_seed(5))(x)
    two = Dropout(generator=torch.Generator().manual_seed(5))(x)
    assert torch.equal(one, two)
    assert torch.equal(torch.get_rng_state(), state)
    layer = Dropout(0.3, generator=torch.Generator().manual_seed(5))
    layer(x)
    for again in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        copied = copy.deepcopy(again)  # each goes on from the same place
        assert torch.equal(again(x), copied(x))
        assert repr(again) == repr(layer)


@pytest.mark.parametrize("shared", [True, False])
def test_stacked_networks_draw_masks_of_their_own(shared):
    x = torch.ones(60) if shared else torch.ones(4, 60)
    layer = Dropout(0.5)
    weight = torch.ones(4)
    y = torch.func.vmap(
        lambda w, v: layer(v) * w, in_dims=(0, None if shared else 0), randomness="different"
    )(weight, x)
    assert y.shape == (4, 60)
    assert set(y.flatten().tolist()) == {0.0, 2.0}
    assert len({tuple(row) for row in y.tolist()}) == 4


def test_ours_calculates():
    for layer in (Dropout(0.5), Dropout(0.5, inplace=True), OriginalDropout(0.5), Dropout(1.0)):
        for mode in (True, False):
            x = torch.ones(5, requires_grad=True)
            with forbidden(*KERNELS, functions=FUNCTIONS):
                layer.train(mode)(x * 1).sum().backward()


@pytest.mark.parametrize("inplace", [False, True])
def test_one_that_falls_back_is_seen(inplace):
    layer = nn.Dropout(0.5, inplace)
    with forbidden(*KERNELS, functions=FUNCTIONS), pytest.raises(KernelUsedError):
        layer(torch.ones(5) * 1)
