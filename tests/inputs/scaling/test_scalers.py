"""StandardScaler and MinMaxScaler: equal to scikit-learn's, and right where numbers are awkward."""

import numpy as np
import pytest
import sklearn.preprocessing
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deeptricks.inputs import MinMaxScaler, StandardScaler

quick = settings(max_examples=60, deadline=None, derandomize=True)
tables = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 5)),
    # Multiples of 1/16: no feature whose range is lost in rounding, where scikit-learn differs.
    elements=st.integers(-(2**24), 2**24).map(lambda i: i / 16),
)


def assert_same(ours, theirs, X, attributes):
    new = X[::-1] * 2 + 1
    ours, theirs = ours.fit(X), theirs.fit(X)
    for name in attributes:
        expected = getattr(theirs, name)
        if expected is None:
            assert getattr(ours, name) is None
        else:
            np.testing.assert_allclose(getattr(ours, name), expected, rtol=1e-10, atol=1e-10)
    for call in ("transform", "inverse_transform"):
        # Differences are relative to the largest number that enters: 1e6 here.
        np.testing.assert_allclose(
            getattr(ours, call)(new), getattr(theirs, call)(new), rtol=1e-10, atol=1e-7
        )


@quick
@given(tables, st.booleans(), st.booleans())
def test_standard_scaler_equals_scikit_learn(X, with_mean, with_std):
    options = {"with_mean": with_mean, "with_std": with_std}
    names = ["var_", "scale_", "n_samples_seen_", "n_features_in_"]
    if with_mean or with_std:  # scikit-learn learns no mean when it needs none
        names.append("mean_")
    theirs = sklearn.preprocessing.StandardScaler(**options)
    assert_same(StandardScaler(**options), theirs, X, names)


@quick
@given(tables, st.sampled_from([(0, 1), (-1, 1), (-3.5, 2)]))
def test_min_max_scaler_equals_scikit_learn(X, feature_range):
    names = ["data_min_", "data_max_", "data_range_", "scale_", "min_", "n_samples_seen_"]
    theirs = sklearn.preprocessing.MinMaxScaler(feature_range=feature_range)
    assert_same(MinMaxScaler(feature_range), theirs, X, names)


def test_standardized_features_have_zero_mean_and_unit_population_variance():
    X = np.random.default_rng(0).normal([1, -50, 1e4], [1, 20, 1e-3], size=(7, 3))
    Z = StandardScaler().fit_transform(X)
    np.testing.assert_allclose(Z.mean(axis=0), 0, rtol=0, atol=1e-8)
    np.testing.assert_allclose((Z**2).mean(axis=0), 1, rtol=1e-9)


def test_min_max_puts_the_extremes_on_the_ends():
    X = np.array([[2.0, -1], [4, 1], [3, 0]])
    Z = MinMaxScaler((-1, 1)).fit_transform(X)
    np.testing.assert_array_equal(Z, [[-1, -1], [1, 1], [0, 0]])
    assert MinMaxScaler().fit(X).transform([[6.0, 0]])[0, 0] == 2  # beyond the range of training


@pytest.mark.parametrize("constant", [0.0, 0.1, 7.0, -1e8 / 3, 1e-30])
def test_constant_feature_is_centred_and_not_blown_up(constant):
    X = np.column_stack([np.full(100, constant), np.arange(100.0)])
    scaler = StandardScaler().fit(X)
    assert scaler.scale_[0] == 1
    np.testing.assert_allclose(
        scaler.transform(X)[:, 0], 0, rtol=0, atol=1e-15 * max(1, abs(constant)) * 10
    )
    later = scaler.transform([[constant + 3, 0]])[0, 0]
    np.testing.assert_allclose(later, 3, rtol=1e-6)

    to_range = MinMaxScaler((-1, 1)).fit(X)
    np.testing.assert_array_equal(to_range.transform(X)[:, 0], -1)
    np.testing.assert_allclose(
        to_range.inverse_transform(to_range.transform(X))[:, 0], constant, rtol=1e-10
    )


def test_rounding_noise_does_not_count_as_variation():
    X = np.array([0.1 + 0.2, 0.3] * 50)[:, None]  # differ in the last bit
    assert StandardScaler().fit(X).scale_[0] == 1


def test_one_sample_becomes_zero():
    X = np.array([[3.0, -2.0]])
    np.testing.assert_array_equal(StandardScaler().fit_transform(X), [[0, 0]])
    np.testing.assert_array_equal(MinMaxScaler((-1, 1)).fit_transform(X), [[-1, -1]])


def test_small_variation_far_from_zero_is_not_lost():
    noise = np.random.default_rng(2).normal(size=(1000, 1))
    X = 1e8 + noise
    exact = X - 1e8  # exact by Sterbenz's lemma: what X holds once rounded
    expected = (exact - exact.mean()) / exact.std()
    np.testing.assert_allclose(StandardScaler().fit_transform(X), expected, rtol=0, atol=2e-8)
    spread = (exact - exact.min()) / (exact.max() - exact.min())
    np.testing.assert_allclose(MinMaxScaler().fit_transform(X), spread, rtol=0, atol=1e-14)


def test_single_precision_statistics_are_computed_in_double():
    X = (4096 + np.random.default_rng(3).random((5000, 1))).astype(np.float32)
    scaler = StandardScaler().fit(X)
    np.testing.assert_allclose(scaler.mean_, X.astype(float).mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(scaler.var_, X.astype(float).var(axis=0), rtol=1e-12)


@pytest.mark.parametrize("feature_range", [(1, 1), (1, -1), (0, np.nan)])
def test_feature_range_is_checked(feature_range):
    with pytest.raises(ValueError, match="feature_range must be"):
        MinMaxScaler(feature_range).fit([[1.0], [2.0]])
