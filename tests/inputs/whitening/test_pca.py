"""PCA: equal to scikit-learn's, and exact on small cases."""

import numpy as np
import pytest
import sklearn.decomposition
from hypothesis import given, settings
from hypothesis import strategies as st

from deeptricks.inputs import PCA


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(2, 20), st.integers(1, 8), st.integers(0, 2**32 - 1), st.data())
def test_equals_scikit_learn(samples, features, seed, data):
    rng = np.random.default_rng(seed)
    X = rng.normal(5, 1, (samples, features)) @ rng.normal(0, 1, (features, features))
    # With N ≤ D the last direction has no variance, so that any direction is as good.
    keep = data.draw(st.integers(1, max(1, min(samples - 1, features))))
    ours = PCA(keep).fit(X)
    theirs = sklearn.decomposition.PCA(keep, svd_solver="full").fit(X)
    for name in (
        "mean_",
        "components_",
        "singular_values_",
        "explained_variance_",
        "explained_variance_ratio_",
        "n_components_",
        "n_samples_",
    ):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=0, atol=1e-10)
    new = rng.normal(0, 3, (4, features))
    Z = ours.transform(new)
    np.testing.assert_allclose(Z, theirs.transform(new), rtol=0, atol=1e-10)
    np.testing.assert_allclose(
        ours.inverse_transform(Z), theirs.inverse_transform(Z), rtol=0, atol=1e-10
    )


@pytest.mark.parametrize("keep", [None, 1, 3, 0.5, 0.9, 0.999])
def test_how_many_directions_are_kept(keep):
    X = np.random.default_rng(1).normal(0, [5, 3, 2, 1, 0.1], (50, 5))
    theirs = sklearn.decomposition.PCA(keep, svd_solver="full").fit(X)
    assert PCA(keep).fit(X).n_components_ == theirs.n_components_


def test_finds_the_long_axis_of_a_tilted_ellipse():
    angle = 0.3
    along, across = (
        np.array([np.cos(angle), np.sin(angle)]),
        np.array([-np.sin(angle), np.cos(angle)]),
    )
    X = 10 + np.array([3 * along, -3 * along, across, -across])
    pca = PCA().fit(X)
    np.testing.assert_allclose(pca.components_, [along, across], rtol=0, atol=1e-12)
    np.testing.assert_allclose(pca.explained_variance_, [18 / 3, 2 / 3], rtol=1e-10)
    np.testing.assert_allclose(
        pca.transform(X), [[3, 0], [-3, 0], [0, 1], [0, -1]], rtol=0, atol=1e-12
    )


def test_more_features_than_samples():
    X = np.random.default_rng(2).normal(size=(4, 9))
    pca = PCA().fit(X)
    assert pca.components_.shape == (4, 9)
    np.testing.assert_allclose(pca.explained_variance_[-1], 0, rtol=0, atol=1e-25)
    np.testing.assert_allclose(pca.inverse_transform(pca.transform(X)), X, rtol=0, atol=1e-12)


def test_constant_data_has_no_variance_to_explain():
    pca = PCA().fit(np.full((5, 3), 2.0))
    np.testing.assert_array_equal(pca.explained_variance_ratio_, 0)
    np.testing.assert_array_equal(pca.transform(np.full((5, 3), 2.0)), 0)


def test_one_sample_has_no_variance():
    with pytest.raises(ValueError, match=r"1 sample.*minimum of 2"):
        PCA().fit([[1.0, 2.0]])


@pytest.mark.parametrize("wrong", [0, 4, -1, 0.0, 1.0, 1.5, "mle"])
def test_n_components_is_checked(wrong):
    X = np.random.default_rng(3).normal(size=(6, 3))
    with pytest.raises(ValueError, match=r"n_components.* must be .* [gG]ot"):
        PCA(wrong).fit(X)


@pytest.mark.parametrize("keep", [None, 2])
def test_whitened_equals_scikit_learn(keep):
    X = np.random.default_rng(4).normal(3, [5, 3, 2], (50, 3))
    ours = PCA(keep, whiten=True).fit(X)
    theirs = sklearn.decomposition.PCA(keep, whiten=True, svd_solver="full").fit(X)
    Z = ours.transform(X)
    np.testing.assert_allclose(Z, theirs.transform(X), rtol=0, atol=1e-10)
    np.testing.assert_allclose(Z.std(axis=0, ddof=1), 1, rtol=1e-10)
    np.testing.assert_allclose(
        ours.inverse_transform(Z), theirs.inverse_transform(Z), rtol=0, atol=1e-10
    )
    np.testing.assert_array_equal(PCA(keep, whiten=True).fit_transform(X), Z)


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("keep", [None, 1, 2])
def test_probabilistic_model_equals_scikit_learn(keep, whiten):
    X = np.random.default_rng(5).normal(3, [5, 3, 2, 1], (40, 4))
    ours = PCA(keep, whiten=whiten).fit(X)
    theirs = sklearn.decomposition.PCA(keep, whiten=whiten, svd_solver="full").fit(X)
    assert ours.noise_variance_ == pytest.approx(theirs.noise_variance_, rel=1e-10)
    assert ours.score(X[:9]) == pytest.approx(theirs.score(X[:9]), rel=1e-10)
    np.testing.assert_allclose(ours.get_covariance(), theirs.get_covariance(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("solver", ["covariance_eigh", "arpack", "randomized"])
def test_other_solvers_are_refused_by_name(solver):
    with pytest.raises(ValueError, match=f'svd_solver must be "auto" or "full", got .{solver}'):
        PCA(1, svd_solver=solver).fit(np.eye(3))
