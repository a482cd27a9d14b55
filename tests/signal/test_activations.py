"""Activations: one line replaces the framework's by ours, and back."""

import copy
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from deeptricks import signal
from tests.signal.activations.twins import (
    CASES,
    IN_PLACE,
    REFUSE_INTEGERS,
    assert_same,
    everyone,
    pair,
    through,
)


@everyone
@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 1.0, 10.0, 300.0]))
def test_output_and_gradients_equal_the_frameworks(name, arguments, seed, size):
    generator = torch.Generator().manual_seed(seed)
    x = size * torch.randn(4, 3, 5, dtype=torch.float64, generator=generator)
    upstream = torch.randn(4, 3, 5, dtype=torch.float64, generator=generator)
    ours, theirs = (through(m, x, upstream) for m in pair(name, arguments))
    assert_same(ours, theirs, rtol=0, atol=1e-10)


@everyone
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_odd_values(name, arguments, dtype):
    """0, −0, ∞, −∞, NaN, values at which exp overflows, and values that are almost nothing."""
    values = [0.0, -0.0, np.inf, -np.inf, np.nan, 12.0, -12.0, 89.0, -89.0, 800.0, -800.0, 1e-7]
    x = torch.tensor(values, dtype=dtype).repeat(3, 1).T.contiguous()
    ours, theirs = (through(m, x, torch.ones_like(x)) for m in pair(name, arguments, dtype))
    # Two cells in which the framework differs from itself between one entry and many.
    if name in ("ELU", "SELU"):  # the gradient at NaN is 1 for one entry, NaN for many: ours is NaN
        assert ours[1][4].isnan().all()
        ours[1][4] = theirs[1][4] = 0
    if name == "GELU":  # GELU(∞) is ∞ for one entry, NaN for many in single precision: ours is ∞
        assert ours[0][2].isposinf().all()
        ours[0][2] = theirs[0][2] = 0
    digits = {torch.float64: 1e-10, torch.float32: 1e-6}.get(dtype, torch.finfo(dtype).eps)
    assert_same(ours, theirs, rtol=digits, atol=digits)


def test_an_infinite_input_leaves_the_gradient_of_the_slope_finite():
    x = torch.tensor([[np.inf], [-2.0]], dtype=torch.float64)
    ours, theirs = (through(m, x, torch.ones_like(x)) for m in pair("PReLU", {}))
    assert ours[2].item() == theirs[2].item() == -2.0


@everyone
def test_no_gradient_is_nan_where_exp_overflows(name, arguments):
    x = torch.tensor([[-1e4, 1e4, -90.0]], dtype=torch.float32)
    for result in through(pair(name, arguments, torch.float32)[0], x, torch.ones_like(x)):
        assert result.isfinite().all()


@pytest.mark.parametrize(("name", "formula"), [("Tanh", np.tanh), ("ELU", np.expm1)])
def test_small_values_keep_their_digits(name, formula):
    x = -np.logspace(-18, -1, 30)
    y = getattr(signal, name)()(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(y, formula(x), rtol=1e-13)


@pytest.mark.parametrize("name", ["Sigmoid", "GELU"])
def test_the_left_tail_keeps_its_digits(name):
    from scipy.special import expit, ndtr

    x = -np.linspace(5, 30, 26)
    y = getattr(signal, name)()(torch.from_numpy(x)).numpy()
    expected = expit(x) if name == "Sigmoid" else x * ndtr(x)
    np.testing.assert_allclose(y, expected, rtol=1e-12)


@everyone
def test_half_precision_is_rounded_once(name, arguments):
    """Half a unit in the last place from the exact value, and a hair for float32's own rounding."""
    for dtype in (torch.float16, torch.bfloat16):
        x = torch.linspace(-8, 8, 999).to(dtype).view(333, 3)
        module, _ = pair(name, arguments, dtype)
        y = module(x)
        assert y.dtype == dtype
        exact = module.double()(x.double())
        unit = torch.finfo(dtype).eps * exact.abs().clamp(min=torch.finfo(dtype).tiny)
        assert ((y - exact).abs() <= 0.501 * unit).all()


@everyone
def test_derivatives_of_first_and_second_order(name, arguments):
    module, _ = pair(name, arguments)
    x = torch.tensor([[-3.0, -0.7, 0.4], [2.0, -1.3, 1.1]], dtype=torch.float64, requires_grad=True)
    inputs = (x, *module.parameters())

    def call(x, *weights):
        return torch.func.functional_call(module, dict(zip(["weight"], weights, strict=False)), x)

    assert torch.autograd.gradcheck(call, inputs)
    assert torch.autograd.gradgradcheck(call, inputs)


@everyone
def test_second_derivatives_equal_the_frameworks_at_zero(name, arguments):
    def curvature(module):
        x = torch.tensor([[0.0, -0.0, 0.5]], dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(module(x).sum(), x, create_graph=True)
        if not slope.requires_grad:
            return torch.zeros_like(x)
        (second,) = torch.autograd.grad(slope.sum(), x, allow_unused=True)
        return torch.zeros_like(x) if second is None else second

    ours, theirs = map(curvature, pair(name, arguments))
    if name in ("ELU", "SELU"):  # at 0 itself there are two answers, ours is that from the left
        ours, theirs = ours[:, 2:], theirs[:, 2:]
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10)


@everyone
@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (2, 3, 0), (2, 3, 4, 5)])
def test_shapes(name, arguments, shape):
    x = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    ours, theirs = (through(m, x, torch.ones_like(x)) for m in pair(name, arguments))
    assert_same(ours, theirs, rtol=0, atol=1e-10)


@everyone
def test_other_strides(name, arguments):
    x = torch.randn(4, 5, 3, dtype=torch.float64).transpose(1, 2)
    assert not x.is_contiguous()
    ours, theirs = (through(m, x, torch.ones_like(x)) for m in pair(name, arguments))
    assert_same(ours, theirs, rtol=0, atol=1e-10)


@everyone
def test_looks_and_travels_like_the_frameworks(name, arguments):
    ours, theirs = pair(name, arguments)
    assert repr(ours) == repr(theirs)
    theirs.load_state_dict(ours.state_dict())
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, dtype=torch.float64)
    for again in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        torch.testing.assert_close(again(x), ours(x))


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place(name):
    x = torch.tensor([-2.0, -0.3, 0.0, 1.7], dtype=torch.float64)
    grown = {}
    for who in (signal, nn):
        module = getattr(who, name)(inplace=True)
        assert "inplace=True" in repr(module)
        leaf = x.clone().requires_grad_()
        inner = 1 * leaf
        y = module(inner)
        assert y is inner
        y.square().sum().backward()
        grown[who] = [y.detach(), leaf.grad]
        with pytest.raises(RuntimeError, match="leaf"):
            module(leaf)
        with torch.no_grad():
            module(leaf.detach())
        with pytest.raises(RuntimeError, match="memory location"):
            module(torch.ones(1, dtype=torch.float64).expand(3))
    assert_same(grown[signal], grown[nn], rtol=0, atol=1e-10)
    half = torch.tensor([-1.0, 2.0], dtype=torch.float16)
    assert getattr(signal, name)(inplace=True)(half) is half


@pytest.mark.parametrize("name", ["Sigmoid", "Tanh", "ReLU"])
def test_whole_numbers_where_the_framework_takes_them(name):
    x = torch.tensor([-2, 0, 3])
    ours, theirs = getattr(signal, name)()(x), getattr(nn, name)()(x)
    torch.testing.assert_close(ours, theirs)
    x = torch.tensor([True, False])
    if name == "ReLU":
        with pytest.raises(RuntimeError, match=r"torch\.bool"):
            signal.ReLU()(x)
    else:
        torch.testing.assert_close(getattr(signal, name)()(x), getattr(nn, name)()(x))


@pytest.mark.parametrize("name", REFUSE_INTEGERS)
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool])
def test_whole_numbers_where_it_does_not(name, dtype):
    for who in (signal, nn):
        with pytest.raises(NotImplementedError):
            getattr(who, name)()(torch.ones(2, dtype=dtype))
    with pytest.raises(NotImplementedError, match=str(dtype)):
        getattr(signal, name)()(torch.ones(2, dtype=dtype))


@everyone
@pytest.mark.parametrize("wrong", [1.0, [1.0], np.ones(2)])
def test_the_input_must_be_a_tensor(name, arguments, wrong):
    for module in pair(name, arguments):
        with pytest.raises(TypeError, match="must be"):
            module(wrong)


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES} - {"PReLU"}))
def test_complex_numbers_are_refused(name):
    with pytest.raises(NotImplementedError, match=r"[Cc]omplex"):
        getattr(signal, name)()(torch.ones(2, dtype=torch.complex64))


def test_arguments_are_checked_when_called_as_in_the_framework():
    for who in (signal, nn):
        with pytest.raises(RuntimeError, match="approximate"):
            who.GELU(approximate="x")(torch.ones(2))
        with pytest.raises(TypeError):
            who.ELU("x")(torch.ones(2))
        with pytest.raises(TypeError):
            who.LeakyReLU("x")(torch.ones(2))


@pytest.mark.parametrize("shape", [(2, 4), (3,), (), (3, 1)])
def test_prelu_asks_for_one_channel_a_weight(shape):
    for who in (signal, nn):
        with pytest.raises(RuntimeError):
            who.PReLU(3)(torch.ones(shape))
    with pytest.raises(RuntimeError, match="num_parameters=3"):
        signal.PReLU(3)(torch.ones(shape))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.int64])
def test_prelu_asks_for_the_dtype_of_its_weight(dtype):
    for who in (signal, nn):
        with pytest.raises(RuntimeError):
            who.PReLU()(torch.ones(2, 3, dtype=dtype))


def test_prelu_constructor():
    weight = signal.PReLU(3, 0.1, device="meta", dtype=torch.float16).weight
    assert (weight.device.type, weight.dtype, weight.shape) == ("meta", torch.float16, (3,))
    module = signal.PReLU(2, init=0.5)
    assert (module.num_parameters, module.init, module.weight.tolist()) == (2, 0.5, [0.5, 0.5])
    assert signal.PReLU()(torch.tensor(-1.0)).item() == -0.25
    for who in (signal, nn):
        with pytest.raises(RuntimeError, match="negative dimension"):
            who.PReLU(-1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@everyone
def test_on_a_gpu(name, arguments):
    x = torch.randn(4, 3, 5, dtype=torch.float64, device="cuda")
    ours, theirs = (through(m.cuda(), x, torch.ones_like(x)) for m in pair(name, arguments))
    assert_same(ours, theirs, rtol=0, atol=1e-10)
