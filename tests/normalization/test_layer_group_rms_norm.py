"""LayerNorm, GroupNorm and RMSNorm: equal to the framework's, and exactly related."""

import copy
import pickle
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from deeptricks.normalization import GroupNorm, LayerNorm, RMSNorm, fast
from deeptricks.normalization.normalize import normalized

TOLERANCE = {torch.float64: 1e-10, torch.float32: 2e-5, torch.bfloat16: 0.04, torch.float16: 0.005}
dtypes = st.sampled_from(list(TOLERANCE))
sizes = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)


def twins(ours, theirs, seed):
    """The two modules with the same random parameters."""
    generator = torch.Generator().manual_seed(seed)
    state = {
        name: torch.randn(value.shape, generator=generator).to(value.dtype)
        for name, value in theirs.state_dict().items()
    }
    ours.load_state_dict(state)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def sample(shape, dtype, seed, contiguous):
    """Random numbers far from 0; not contiguous where asked: a transposed view of others."""
    generator = torch.Generator().manual_seed(seed)
    x = 3 + 2 * torch.randn(shape, generator=generator, dtype=torch.float64)
    return x.to(dtype) if contiguous else x.to(dtype).mT.contiguous().mT


def assert_same(ours, theirs, x, tolerance):
    """Outputs and the gradients of input and parameters."""
    generator = torch.Generator().manual_seed(1)
    results = []
    for module in (ours, theirs):
        leaf = x.clone(memory_format=torch.preserve_format).requires_grad_()
        y = module(leaf)
        g = torch.randn(y.shape, generator=generator.manual_seed(1), dtype=torch.float64)
        y.backward(g.to(y.dtype))
        gradients = [leaf.grad, *(p.grad for p in module.parameters())]
        results.append([y.detach(), *gradients])
    for a, b in zip(*results, strict=True):
        assert a.dtype == b.dtype
        torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance * max(1, len(x)))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    sizes, sizes, st.booleans(), st.booleans(), dtypes, st.integers(0, 99), st.booleans(), st.data()
)
def test_layer_norm_equals_the_frameworks(
    outer, inner, affine, bias, dtype, seed, contiguous, data
):
    if data.draw(st.booleans(), "empty batch"):
        outer = (0, *outer[1:])
    options = {"elementwise_affine": affine, "bias": bias, "eps": 1e-3, "dtype": dtype}
    ours, theirs = twins(LayerNorm(inner, **options), nn.LayerNorm(inner, **options), seed)
    x = sample((*outer, *inner), dtype, seed, contiguous)
    assert_same(ours, theirs, x, TOLERANCE[dtype])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(sizes, sizes, st.booleans(), dtypes, st.sampled_from([None, 1e-3]), st.integers(0, 99))
def test_rms_norm_equals_the_frameworks(outer, inner, affine, dtype, eps, seed):
    options = {"elementwise_affine": affine, "eps": eps, "dtype": dtype}
    ours, theirs = twins(RMSNorm(inner, **options), nn.RMSNorm(inner, **options), seed)
    assert_same(ours, theirs, sample((*outer, *inner), dtype, seed, True), TOLERANCE[dtype])


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.integers(0, 4), st.integers(1, 3), st.integers(1, 3), sizes, st.booleans(), st.booleans(),
    dtypes, st.integers(0, 99), st.booleans(),
)  # fmt: skip
def test_group_norm_equals_the_frameworks(
    samples, groups, channels, positions, affine, bias, dtype, seed, contiguous
):
    options = {"affine": affine, "bias": bias, "eps": 1e-3, "dtype": dtype}
    make = [kind(groups, groups * channels, **options) for kind in (GroupNorm, nn.GroupNorm)]
    x = sample((samples, groups * channels, 2, *positions), dtype, seed, contiguous)
    assert_same(*twins(*make, seed), x, TOLERANCE[dtype])


@pytest.mark.parametrize("channels_last", [False, True])
def test_group_norm_of_images_in_either_memory_layout(channels_last):
    x = torch.randn(3, 6, 5, 4, dtype=torch.float64)
    x = x.contiguous(memory_format=torch.channels_last) if channels_last else x
    pair = GroupNorm(2, 6, dtype=torch.float64), nn.GroupNorm(2, 6, dtype=torch.float64)
    assert_same(*twins(*pair, 0), x, 1e-10)


MODULES = {
    "layer": (lambda kind: kind.LayerNorm((3, 4), dtype=torch.float64)),
    "group": (lambda kind: kind.GroupNorm(2, 6, dtype=torch.float64)),
    "rms": (lambda kind: kind.RMSNorm((3, 4), dtype=torch.float64)),
}


class Ours:
    LayerNorm, GroupNorm, RMSNorm = LayerNorm, GroupNorm, RMSNorm


@pytest.mark.parametrize("name", MODULES)
def test_first_and_second_derivatives(name):
    torch.manual_seed(0)
    module = MODULES[name](Ours)
    parameters = [torch.randn_like(p).requires_grad_() for p in module.parameters()]
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64, requires_grad=True)
    names = [n for n, _ in module.named_parameters()]

    def function(x, *parameters):
        values = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(module, values, (x,))

    assert torch.autograd.gradcheck(function, (x, *parameters))
    assert torch.autograd.gradgradcheck(function, (x, *parameters))


@pytest.mark.parametrize("name", MODULES)
def test_the_gradient_is_one_whether_or_not_a_second_one_is_wanted(name):
    module = twins(MODULES[name](Ours), MODULES[name](nn), 0)[0]
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64, requires_grad=True)
    wanted = [x, *module.parameters()]
    y = module(x)
    g = torch.randn_like(y)
    first = torch.autograd.grad(y, wanted, g, retain_graph=True)
    again = torch.autograd.grad(y, wanted, g, create_graph=True)
    for a, b in zip(first, again, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", MODULES)
def test_second_derivatives_where_only_the_input_wants_them(name):
    module = MODULES[name](Ours).requires_grad_(False)
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(module, (x,))


@pytest.mark.parametrize("name", MODULES)
def test_only_the_parameters_may_want_a_gradient(name):
    ours, theirs = twins(MODULES[name](Ours), MODULES[name](nn), 0)
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64)
    for module in (ours, theirs):
        module(x).square().sum().backward()
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", MODULES)
def test_says_what_the_framework_says_of_itself(name):
    ours, theirs = MODULES[name](Ours), MODULES[name](nn)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())


@pytest.mark.parametrize("name", MODULES)
def test_copies_and_pickles(name):
    module = twins(MODULES[name](Ours), MODULES[name](nn), 0)[0]
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64)
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert torch.equal(twin(x), module(x))


def test_a_constant_input_comes_out_as_the_bias():
    x = torch.full((2, 4, 3), 7.0)
    for module in (LayerNorm((4, 3)), GroupNorm(2, 4)):
        nn.init.constant_(module.bias, 0.5)
        torch.testing.assert_close(module(x), torch.full((2, 4, 3), 0.5))


def test_group_norm_stands_between_layer_and_instance_norm():
    x = torch.randn(3, 6, 4, 5, dtype=torch.float64)
    layer = LayerNorm((6, 4, 5), elementwise_affine=False)
    instance = nn.InstanceNorm2d(6)
    torch.testing.assert_close(GroupNorm(1, 6, affine=False)(x), layer(x), rtol=0, atol=1e-12)
    torch.testing.assert_close(GroupNorm(6, 6, affine=False)(x), instance(x), rtol=0, atol=1e-12)


def test_rms_norm_is_layer_norm_where_the_mean_is_zero():
    x = torch.randn(5, 8, dtype=torch.float64)
    x -= x.mean(1, keepdim=True)
    layer, rms = LayerNorm(8, eps=0.1, dtype=x.dtype), RMSNorm(8, eps=0.1, dtype=x.dtype)
    torch.testing.assert_close(rms(x), layer(x), rtol=0, atol=1e-12)


BAD = [
    (lambda kind: kind.LayerNorm(4)(torch.ones(2, 3)), RuntimeError, "last dimensions .* 3"),
    (lambda kind: kind.LayerNorm((3, 4))(torch.ones(4)), RuntimeError, "last dimensions"),
    (lambda kind: kind.LayerNorm(())(torch.ones(4)), RuntimeError, "at least one"),
    (lambda kind: kind.LayerNorm(4)(torch.ones(2, 4).long()), RuntimeError, "got torch.int64"),
    (lambda kind: kind.GroupNorm(2, 4)(torch.ones(2, 4).long()), RuntimeError, "torch.int64"),
    (lambda kind: kind.RMSNorm(4)(torch.ones(2, 3)), RuntimeError, "last dimensions .* 3"),
    (lambda kind: kind.GroupNorm(2, 3), ValueError, "divisible by num_groups"),
    (lambda kind: kind.GroupNorm(0, 3), ZeroDivisionError, "zero"),
    (lambda kind: kind.GroupNorm(2, 4)(torch.ones(4)), RuntimeError, "at least 2 dimensions"),
    (lambda kind: kind.GroupNorm(2, 4)(torch.ones(3, 6, 2)), RuntimeError, "must have 4 channels"),
    (lambda kind: kind.GroupNorm(4, 4)(torch.ones(1, 4)), ValueError, "more than 1 value"),
]


@pytest.mark.parametrize(("call", "error", "message"), BAD)
def test_bad_input_is_refused_as_the_framework_refuses_it(call, error, message):
    with pytest.raises(error):
        call(nn)
    with pytest.raises(error, match=message):
        call(Ours)


@pytest.mark.parametrize("axes", [(-1,), (1, 2), (2,)])
@pytest.mark.parametrize("mean", [0, 100])
def test_the_quick_rows_are_those_of_the_formula(axes, mean, monkeypatch):
    quick = []
    once = fast.FastNormalize.apply
    monkeypatch.setattr(fast.FastNormalize, "apply", lambda *a: quick.append(a) or once(*a))
    draw = partial(torch.randn, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    shape = (4, 3, 5)
    affine = [draw(shape[axes[0] :]) for _ in range(2)]
    inputs = [t.requires_grad_() for t in (draw(shape) + mean, *affine)]
    g, found = draw(shape), []
    for function in (fast.normalized_rows, lambda *a: normalized(*a)[0]):
        y = function(*inputs, axes, 1e-3)
        found.append([y, *torch.autograd.grad(y, inputs, g)])
    assert len(quick) == 1
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)
    one, zero = torch.ones(()), torch.zeros(())
    fast.normalized_rows(inputs[0].transpose(0, 1), one, zero, (-1,), 1e-3)
    assert len(quick) == 1  # what does not lie side by side takes the formula


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU on this machine")
@pytest.mark.parametrize("name", MODULES)
def test_on_a_gpu(name):
    ours, theirs = twins(MODULES[name](Ours), MODULES[name](nn), 0)
    x = torch.randn(2, 6, 3, 4, dtype=torch.float64, device="cuda")
    assert_same(ours.cuda(), theirs.cuda(), x, 1e-10)
