"""The initializers: the framework's own numbers, in place, for every shape and option."""

import math
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import init

from deeptricks import signal

quick = settings(max_examples=60, deadline=None, derandomize=True)
shapes = st.lists(st.integers(1, 5), min_size=2, max_size=5).map(tuple)
dtypes = st.sampled_from([torch.float32, torch.float64, torch.bfloat16])
gains = st.floats(0.1, 3)
modes = st.sampled_from(["fan_in", "fan_out", "FAN_IN"])
nonlinearities = st.sampled_from(
    ["linear", "conv2d", "conv_transpose1d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
)


def both(name, tensor, *args, seed=3, **kw):
    """Ours and the framework's, each on a copy of `tensor` with a generator of its own."""
    results = []
    for module in (signal, init):
        weight = tensor.clone()
        returned = getattr(module, name)(
            weight, *args, generator=torch.Generator().manual_seed(seed), **kw
        )
        assert returned is weight
        results.append(weight)
    return results


def assert_same(ours, theirs):
    assert ours.dtype == theirs.dtype
    assert torch.equal(ours, theirs)


@quick
@given(shapes, dtypes, gains, st.sampled_from(["xavier_uniform_", "xavier_normal_"]))
def test_xavier_draws_the_numbers_of_the_framework(shape, dtype, gain, name):
    assert_same(*both(name, torch.empty(shape, dtype=dtype), gain))


@quick
@given(
    shapes,
    dtypes,
    st.floats(0, 3),
    modes,
    nonlinearities,
    st.sampled_from(["kaiming_uniform_", "kaiming_normal_"]),
)
def test_kaiming_draws_the_numbers_of_the_framework(shape, dtype, a, mode, nonlinearity, name):
    assert_same(*both(name, torch.empty(shape, dtype=dtype), a, mode, nonlinearity))


@quick
@given(shapes, st.sampled_from([torch.float32, torch.float64]), gains)
def test_orthogonal_equals_the_framework(shape, dtype, gain):
    ours, theirs = both("orthogonal_", torch.empty(shape, dtype=dtype), gain)
    tolerance = 1e-6 if dtype == torch.float32 else 1e-14
    torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


@quick
@given(shapes, st.floats(-3, 3), st.floats(0, 3))
def test_fills_equal_the_framework(shape, low, size):
    assert_same(*both("normal_", torch.empty(shape), low, size))
    assert_same(*both("uniform_", torch.empty(shape), low, low + size))
    for name, args in (("zeros_", ()), ("constant_", (low,))):
        ours, theirs = torch.ones(shape), torch.ones(shape)
        assert getattr(signal, name)(ours, *args) is ours
        assert_same(ours, getattr(init, name)(theirs, *args))


@pytest.mark.parametrize(
    "name",
    ["normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "kaiming_normal_",
     "kaiming_uniform_", "orthogonal_"],
)  # fmt: skip
def test_without_a_generator_the_global_seed_decides(name):
    results = []
    for module in (signal, init):
        torch.manual_seed(7)
        results.append(getattr(module, name)(torch.empty(4, 6)))
    torch.testing.assert_close(*results, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["xavier_normal_", "kaiming_uniform_", "orthogonal_", "zeros_"])
def test_a_trainable_and_a_transposed_weight_are_filled_in_place(name):
    weight = torch.nn.Parameter(torch.full((3, 5), 9.0))
    for target in (weight, torch.full((5, 3), 9.0).T):
        assert getattr(signal, name)(target) is target
        assert (target != 9).all()
    assert weight.requires_grad
    assert weight.is_leaf


@quick
@given(shapes)
def test_fans_are_those_of_the_framework(shape):
    assert signal.fans(torch.empty(shape)) == init._calculate_fan_in_and_fan_out(torch.empty(shape))


def test_fans_count_what_an_output_sums_and_what_an_input_feeds():
    assert signal.fans(torch.nn.Linear(7, 3).weight) == (7, 3)
    assert signal.fans(torch.nn.Conv2d(4, 6, (3, 5), groups=2).weight) == (2 * 15, 6 * 15)


@given(nonlinearities, st.one_of(st.none(), st.floats(0, 9), st.integers(0, 9)))
@quick
def test_gains_are_those_of_the_framework(nonlinearity, param):
    ours = signal.calculate_gain(nonlinearity, param)
    assert ours == init.calculate_gain(nonlinearity, param)


def test_the_gain_of_relu_makes_up_for_the_half_it_drops():
    z = torch.randn(400_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for name, slope in (("relu", None), ("leaky_relu", 0.3)):
        kept = torch.nn.functional.leaky_relu(z, slope or 0.0).square().mean()
        assert signal.calculate_gain(name, slope) ** 2 * kept == pytest.approx(1, rel=0.01)


def test_lecun_is_a_gaussian_of_variance_one_over_fan_in():
    weight = torch.empty(400, 300, dtype=torch.float64)
    signal.lecun_normal_(weight, generator=torch.Generator().manual_seed(1))
    assert weight.var().item() == pytest.approx(1 / 300, rel=0.02)
    expected = init.normal_(
        torch.empty_like(weight), 0, 300**-0.5, generator=torch.Generator().manual_seed(1)
    )
    torch.testing.assert_close(weight, expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("shape", [(3, 7), (7, 3), (5, 5), (4, 2, 3, 3), (30, 2, 3)])
def test_orthogonal_has_all_singular_values_at_the_gain(shape):
    weight = signal.orthogonal_(torch.empty(shape, dtype=torch.float64), gain=1.5)
    values = torch.linalg.svdvals(weight.flatten(1))
    torch.testing.assert_close(values, torch.full_like(values, 1.5), rtol=1e-12, atol=0)


def test_orthogonal_prefers_no_sign():
    traces = [signal.orthogonal_(torch.empty(2, 2)).trace().item() for _ in range(400)]
    assert abs(sum(traces) / 400) < 0.2  # a factor QR with fixed signs is off by about 0.9


RANDOM = ["xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_"]


@pytest.mark.parametrize("name", [*RANDOM, "orthogonal_", "lecun_normal_"])
@pytest.mark.parametrize("shape", [(), (4,)])
def test_a_vector_has_no_fans(name, shape):
    with pytest.raises(ValueError, match=r"at least 2 dimensions.*got shape"):
        getattr(signal, name)(torch.empty(shape))
    if name != "lecun_normal_":
        with pytest.raises(ValueError, match="dimensions"):
            getattr(init, name)(torch.empty(shape))


BAD = [
    ({"mode": "fan_avg"}, "mode must be one of fan_in, fan_out, got 'fan_avg'"),
    ({"nonlinearity": "swish"}, "nonlinearity must be one of linear, .*got 'swish'"),
    ({"a": "steep"}, "param must be the negative slope, a number, got 'steep'"),
    ({"a": True}, "param must be the negative slope, a number, got True"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
@pytest.mark.parametrize("name", ["kaiming_uniform_", "kaiming_normal_"])
def test_bad_options_are_refused_as_the_framework_refuses_them(name, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(signal, name)(torch.empty(3, 3), **options)
    with pytest.raises(ValueError, match=str(*options.values())):
        getattr(init, name)(torch.empty(3, 3), **options)


@pytest.mark.parametrize(
    ("name", "args"), [("normal_", (0, -1)), ("uniform_", (1, 0)), ("xavier_normal_", (-1,))]
)
def test_a_negative_spread_is_refused(name, args):
    for module in (signal, init):
        with pytest.raises(RuntimeError):
            getattr(module, name)(torch.empty(3, 3), *args)


@pytest.mark.parametrize("name", [*RANDOM, "normal_", "uniform_", "orthogonal_"])
def test_random_integers_are_refused_but_constants_fit(name):
    for module in (signal, init):
        with pytest.raises(NotImplementedError):
            getattr(module, name)(torch.zeros(3, 3, dtype=torch.long))
        assert module.constant_(torch.zeros(2, dtype=torch.long), 3).tolist() == [3, 3]


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0,), (2, 0, 3)])
@pytest.mark.parametrize("name", ["kaiming_uniform_", "kaiming_normal_", "lecun_normal_"])
def test_an_empty_tensor_warns_and_stays(name, shape):
    weight = torch.empty(shape)
    with pytest.warns(UserWarning, match="nothing to initialize"):
        assert getattr(signal, name)(weight) is weight
    if name != "lecun_normal_":
        with pytest.warns(UserWarning, match="zero-element"):
            getattr(init, name)(weight)


@pytest.mark.parametrize("name", ["xavier_uniform_", "orthogonal_", "normal_", "zeros_"])
def test_the_others_take_an_empty_matrix_in_silence(name):
    for module in (signal, init):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert getattr(module, name)(torch.empty(0, 3)).shape == (0, 3)


def test_the_bound_of_a_linear_layer_is_one_over_the_root_of_fan_in():
    torch.manual_seed(0)
    theirs = torch.nn.Linear(16, 8).weight
    torch.manual_seed(0)
    ours = signal.kaiming_uniform_(torch.empty(8, 16), a=math.sqrt(5))
    assert torch.equal(ours, theirs)
    assert ours.abs().max() <= 1 / 4


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU: draws of CUDA generators")
@pytest.mark.parametrize("name", [*RANDOM, "orthogonal_"])
def test_on_a_gpu_the_draws_are_the_same(name):
    results = []
    for module in (signal, init):
        generator = torch.Generator("cuda").manual_seed(5)
        results.append(getattr(module, name)(torch.empty(6, 4).cuda(), generator=generator))
    torch.testing.assert_close(*results, rtol=0, atol=1e-6)
