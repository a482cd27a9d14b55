"""StandardScaler and MinMaxScaler: equal to scikit-learn's, and right where numbers are awkward."""

import warnings

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
def test_constant_feature_is_centered_and_not_blown_up(constant):
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


@quick
@given(tables, st.integers(0, 2**32 - 1))
def test_weighted_statistics_equal_those_of_repeated_samples(X, seed):
    times = np.random.default_rng(seed).integers(0, 4, len(X))
    times[0] += 1
    ours = StandardScaler().fit(X, sample_weight=times)
    theirs = sklearn.preprocessing.StandardScaler().fit(X, sample_weight=times)
    repeated = StandardScaler().fit(np.repeat(X, times, axis=0))
    for other in (repeated, theirs):
        assert ours.n_samples_seen_ == other.n_samples_seen_
        np.testing.assert_allclose(ours.mean_, other.mean_, rtol=1e-10, atol=1e-8)
        np.testing.assert_allclose(ours.var_, other.var_, rtol=1e-9, atol=1e-3)


def test_weights_are_checked():
    with pytest.raises(ValueError, match="sample_weight"):
        StandardScaler().fit([[1.0], [2.0]], sample_weight=[1, 2, 3])
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        StandardScaler().fit([[1.0], [2.0]], sample_weight=[1, -0.5])


@pytest.mark.parametrize("cuts", [[1], [10, 20], [5, 6, 7, 35]])
@pytest.mark.parametrize("weighted", [False, True])
def test_batches_teach_what_all_of_them_together_do(cuts, weighted):
    rng = np.random.default_rng(4)
    X = rng.normal([1, 1e6, 0], [1, 10, 0], size=(40, 3))
    weight = rng.random(40) if weighted else np.ones(40)
    ours, theirs = StandardScaler(), sklearn.preprocessing.StandardScaler()
    for rows, w in zip(np.split(X, cuts), np.split(weight, cuts), strict=True):
        ours.partial_fit(rows, sample_weight=w if weighted else None)
        theirs.partial_fit(rows, sample_weight=w if weighted else None)
    whole = StandardScaler().fit(X, sample_weight=weight if weighted else None)
    for other in (whole, theirs):
        for name in ("n_samples_seen_", "mean_", "var_", "scale_"):
            np.testing.assert_allclose(getattr(ours, name), getattr(other, name), rtol=1e-9)


def test_min_max_of_batches_is_that_of_all_and_fit_forgets():
    X = np.random.default_rng(5).normal(size=(30, 3))
    ours = MinMaxScaler()
    for batch in np.split(X, [7, 19]):
        ours.partial_fit(batch)
    np.testing.assert_array_equal(ours.transform(X), MinMaxScaler().fit_transform(X))
    assert ours.n_samples_seen_ == 30
    np.testing.assert_array_equal(ours.fit(X[:4]).data_max_, X[:4].max(axis=0))
    assert ours.n_samples_seen_ == 4
    assert StandardScaler().fit(X).fit(X[:4]).n_samples_seen_ == 4


def test_clip_keeps_later_data_in_the_range():
    options = {"feature_range": (-1, 2), "clip": True}
    ours = MinMaxScaler(**options).fit([[0.0], [6.0]])
    np.testing.assert_array_equal(ours.transform([[-3.0], [2.0], [60.0]]), [[-1], [0], [2]])


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 1e-310), (5e-324, 1e-323), (-5e-324, 0), (1, 1 + 2**-52), (-1e308, 1e308)],
)
@pytest.mark.parametrize("feature_range", [(0, 1), (-1, 1)])
def test_range_however_small_or_large_is_filled(low, high, feature_range):
    X = np.array([[low, 0.0], [high, 1.0], [high, 0.5]])
    scaler = MinMaxScaler(feature_range)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Z = scaler.fit_transform(X)
        back = scaler.inverse_transform(Z)
    np.testing.assert_array_equal(Z[:2], np.array(feature_range)[:, None].repeat(2, axis=1))
    np.testing.assert_array_equal(back[:, 0], X[:, 0])
    assert np.isfinite(scaler.min_).all()
