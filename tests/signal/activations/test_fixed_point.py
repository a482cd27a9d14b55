"""The map of mean and variance: against integrals, and its fixed point."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from deeptricks.signal import ReLU, gaussian_moments, selu_constants, selu_moments
from deeptricks.signal.activations.exponential import SELU_ALPHA, SELU_SCALE


def integral(function, mean, variance):
    """E[function(z)], z ~ N(mean, variance), by adaptive quadrature with the kink marked."""
    s = math.sqrt(variance)

    def integrand(z):
        return (
            function(z) * math.exp(-((z - mean) ** 2) / (2 * variance)) / s / math.sqrt(2 * math.pi)
        )

    ends = (mean - 12 * s, mean + 12 * s)
    return quad(integrand, *ends, points=[0.0], limit=200, epsabs=1e-12, epsrel=1e-12)[0]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.floats(-2, 2), st.floats(0.05, 9), st.floats(0.1, 3), st.floats(0.1, 2))
def test_the_map_equals_its_integrals(mean, variance, alpha, scale):
    def f(z):
        return scale * (z if z > 0 else alpha * math.expm1(z))

    first = integral(f, mean, variance)
    second = integral(lambda z: (f(z) - first) ** 2, mean, variance)
    got = selu_moments(mean, variance, alpha, scale)
    np.testing.assert_allclose(got, (first, second), rtol=0, atol=1e-8)


def test_the_fixed_point_gives_the_frameworks_constants():
    alpha, scale = selu_constants()
    x = torch.tensor([-1e9, 1.0], dtype=torch.float64)
    floor, one = torch.nn.SELU()(x).tolist()
    assert one == pytest.approx(scale, abs=1e-12)
    assert -floor == pytest.approx(alpha * scale, abs=1e-12)
    assert pytest.approx((alpha, scale), abs=1e-12) == (SELU_ALPHA, SELU_SCALE)


@pytest.mark.parametrize(("mean", "variance"), [(0, 1), (0, 4), (0.1, 1.2), (-0.1, 0.8)])
def test_other_fixed_points(mean, variance):
    kept = selu_moments(mean, variance, *selu_constants(mean, variance))
    np.testing.assert_allclose(kept, (mean, variance), rtol=0, atol=1e-10)


def test_what_cannot_be_kept():
    with pytest.raises(RuntimeError, match="mean=-50"):
        selu_constants(mean=-50.0)


def test_broadcasts_and_survives_large_variances():
    mean, variance = selu_moments(np.zeros((3, 1)), np.array([1.0, 1e4]))
    assert mean.shape == variance.shape == (3, 2)
    assert np.isfinite([mean, variance]).all()


@pytest.mark.parametrize("variance", [0, -1.0])
def test_the_variance_must_be_positive(variance):
    with pytest.raises(ValueError, match="variance must be positive"):
        selu_moments(0, variance)
    with pytest.raises(ValueError, match="variance must be positive"):
        gaussian_moments(torch.tanh, 0, variance)


def test_quadrature_against_known_moments():
    mean, variance = gaussian_moments(ReLU(), 0, 4)
    assert mean == pytest.approx(2 / math.sqrt(2 * math.pi), abs=2e-6)
    assert variance == pytest.approx(2 - 2 / math.pi, abs=1e-5)
    assert gaussian_moments(lambda z: 2 * z + 1, 3, 0.25) == pytest.approx((7, 1), abs=1e-6)
