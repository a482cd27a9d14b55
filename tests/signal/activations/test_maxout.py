"""Maxout: linear layers and a maximum, and the activations that it contains."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from deeptricks.signal import Maxout

DOUBLE = {"dtype": torch.float64}


def test_one_piece_is_a_linear_layer():
    linear, maxout = nn.Linear(4, 3, **DOUBLE), Maxout(4, 3, pieces=1, **DOUBLE)
    maxout.load_state_dict({k: v.unsqueeze(0) for k, v in linear.state_dict().items()})
    x = torch.randn(2, 5, 4, **DOUBLE)
    torch.testing.assert_close(maxout(x), linear(x), rtol=0, atol=1e-12)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.integers(1, 6), st.integers(1, 5), st.integers(1, 4), st.booleans(), st.integers(0, 10**9)
)
def test_is_the_largest_of_its_linear_layers(width, outputs, pieces, bias, seed):
    torch.manual_seed(seed)
    maxout = Maxout(width, outputs, pieces, bias, **DOUBLE)
    linears = [nn.Linear(width, outputs, bias, **DOUBLE) for _ in range(pieces)]
    for k, linear in enumerate(linears):
        linear.load_state_dict({name: v[k] for name, v in maxout.state_dict().items()})
    x, x_too = (
        torch.randn(
            7, width, **DOUBLE, generator=torch.Generator().manual_seed(seed)
        ).requires_grad_()
        for _ in "ab"
    )
    y, y_too = maxout(x), torch.stack([linear(x_too) for linear in linears]).amax(dim=0)
    torch.testing.assert_close(y, y_too, rtol=0, atol=1e-12)
    y.square().sum().backward()
    y_too.square().sum().backward()
    torch.testing.assert_close(x.grad, x_too.grad, rtol=0, atol=1e-10)
    for name, parameter in maxout.named_parameters():
        expected = torch.stack([getattr(linear, name).grad for linear in linears])
        torch.testing.assert_close(parameter.grad, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("second", "activation"),
    [
        (0.0, nn.ReLU()),
        (-1.0, torch.abs),
        (0.01, nn.LeakyReLU()),
        (0.25, nn.PReLU(dtype=torch.float64)),
        (1.0, nn.Identity()),
    ],
)
def test_the_activations_that_it_contains(second, activation):
    linear, maxout = nn.Linear(4, 3, **DOUBLE), Maxout(4, 3, **DOUBLE)
    with torch.no_grad():
        maxout.weight.copy_(torch.stack([linear.weight, second * linear.weight]))
        maxout.bias.copy_(torch.stack([linear.bias, second * linear.bias]))
    x = torch.randn(20, 4, **DOUBLE)
    torch.testing.assert_close(maxout(x), activation(linear(x)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("bias", [True, False])
def test_derivatives(bias):
    torch.manual_seed(0)
    maxout = Maxout(3, 2, pieces=3, bias=bias, **DOUBLE)
    x = torch.randn(4, 3, **DOUBLE, requires_grad=True)
    names = [name for name, _ in maxout.named_parameters()]

    def call(x, *values):
        return torch.func.functional_call(maxout, dict(zip(names, values, strict=True)), x)

    assert torch.autograd.gradcheck(call, (x, *maxout.parameters()))
    assert torch.autograd.gradgradcheck(call, (x, *maxout.parameters()))


def test_starts_as_linear_layers_start():
    torch.manual_seed(0)
    maxout = Maxout(25, 400, pieces=3)
    for values in (maxout.weight, maxout.bias):
        assert values.abs().max() <= 1 / 5
        assert values.std().item() == pytest.approx(1 / 5 / 3**0.5, rel=0.05)


def test_travels():
    maxout = Maxout(4, 3, 5, bias=False, device="meta", dtype=torch.float16)
    assert maxout.weight.shape == (5, 3, 4)
    assert (maxout.weight.device.type, maxout.weight.dtype) == ("meta", torch.float16)
    assert list(maxout.state_dict()) == ["weight"]
    assert repr(maxout) == "Maxout(in_features=4, out_features=3, pieces=5, bias=False)"
    maxout = Maxout(4, 3)
    x = torch.randn(2, 4)
    for again in (copy.deepcopy(maxout), pickle.loads(pickle.dumps(maxout))):
        torch.testing.assert_close(again(x), maxout(x))
    assert maxout(torch.zeros(0, 4)).shape == (0, 3)
    assert maxout(torch.zeros(4)).shape == (3,)
    assert maxout(torch.full((1, 4), torch.nan)).isnan().all()


@pytest.mark.parametrize("name", ["in_features", "out_features", "pieces"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "2"])
def test_sizes_are_checked(name, value):
    with pytest.raises(ValueError, match=f"{name} must be .* got {value!r}"):
        Maxout(**{"in_features": 4, "out_features": 3, name: value})


def test_the_input_is_checked():
    with pytest.raises(RuntimeError, match="2x5"):
        Maxout(4, 3)(torch.zeros(2, 5))
    with pytest.raises(RuntimeError, match="1D"):
        Maxout(4, 3)(torch.tensor(1.0))
    with pytest.raises(TypeError, match="Tensor"):
        Maxout(4, 3)([1.0])
