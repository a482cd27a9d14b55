"""The noise of Santurkar's experiment does what its formula says, and nothing in evaluation."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptricks.normalization import CovariateShiftNoise


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.sampled_from([(5, 3), (1, 1), (0, 4), (2, 3, 4), (2, 3, 4, 5)]),
    st.sampled_from([torch.float16, torch.float32, torch.float64]),
    st.integers(0, 100),
)
def test_shape_and_dtype_stay_and_evaluation_is_the_identity(shape, dtype, seed):
    torch.manual_seed(seed)
    x, noise = torch.randn(shape).to(dtype), CovariateShiftNoise()
    y = noise(x)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert torch.equal(noise.eval()(x), x)


def test_the_mean_of_a_unit_is_uniform_and_new_at_every_step():
    torch.manual_seed(0)
    noise = CovariateShiftNoise(shift=0.5, scale=1.0, jitter=0.0)
    zeros = torch.zeros(3, 20_000)
    first, second = noise(zeros), noise(zeros)
    assert torch.equal(first[0], first[2])  # one mean for all samples of a unit
    assert (first[0] != second[0]).float().mean() > 0.99
    assert first[0].abs().max() <= 0.5
    assert first[0].mean().abs() < 4 * 0.5 / 3**0.5 / 20_000**0.5
    assert first[0].std() == pytest.approx(0.5 / 3**0.5, rel=0.03)  # that of U(-½, ½)


def test_the_scale_of_a_unit_is_between_one_and_its_bound():
    torch.manual_seed(0)
    y = CovariateShiftNoise(shift=0.0, scale=1.25, jitter=0.0)(torch.ones(2, 20_000))
    assert torch.equal(y[0], y[1])
    assert 1 <= y.min() < 1.01
    assert 1.24 < y.max() <= 1.25


def test_samples_jitter_around_their_unit():
    torch.manual_seed(0)
    noise = CovariateShiftNoise(shift=0.0, scale=1.0, jitter=0.1)
    offsets = noise(torch.zeros(100_000, 1))
    assert offsets.abs().max() <= 0.1
    assert offsets.std() == pytest.approx(0.1 / 3**0.5, rel=0.02)
    # Around 1 with standard deviation 0.1, and the offsets' variance on top; not bounded.
    values = noise(torch.ones(100_000, 1))
    assert values.mean() == pytest.approx(1, abs=0.002)
    assert values.var() == pytest.approx(0.1**2 + 0.1**2 / 3, rel=0.03)
    assert (values - 1).abs().max() > 0.3


def test_units_are_along_dimension_one():
    torch.manual_seed(0)
    y = CovariateShiftNoise(jitter=0.0)(torch.ones(2, 3, 4, 5))
    assert torch.equal(y, y[:1, :, :1, :1].expand_as(y))
    assert len(y[0, :, 0, 0].unique()) == 3


def same_draws(noise, x):
    with torch.random.fork_rng():
        return noise(x)


def test_it_is_a_line_in_x_and_the_gradient_is_its_slope():
    torch.manual_seed(0)
    noise, x = CovariateShiftNoise(), torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(same_draws(noise, x).sum(), x)
    offset = same_draws(noise, torch.zeros_like(x))
    torch.testing.assert_close(same_draws(noise, x), slope * x + offset, rtol=1e-12, atol=1e-12)
    assert slope.std() > 0  # samples differ


@pytest.mark.parametrize(
    ("argument", "value"),
    [("shift", -0.1), ("scale", 0.9), ("jitter", -1), ("scale", float("nan"))],
)
def test_bad_arguments_are_named(argument, value):
    with pytest.raises(ValueError, match=f"{argument} must be at least"):
        CovariateShiftNoise(**{argument: value})


def test_bad_inputs():
    with pytest.raises(ValueError, match=r"got shape \(3,\)"):
        CovariateShiftNoise()(torch.zeros(3))
    with pytest.raises(TypeError, match="int64"):
        CovariateShiftNoise()(torch.zeros(2, 3, dtype=torch.int64))


def test_copies_and_pickles_and_says_what_it_is():
    noise = CovariateShiftNoise(0.3, 1.5, 0.2)
    for twin in (copy.deepcopy(noise), pickle.loads(pickle.dumps(noise))):
        assert repr(twin) == "CovariateShiftNoise(shift=0.3, scale=1.5, jitter=0.2)"
    assert not noise.state_dict()
