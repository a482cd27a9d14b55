"""Whitening: the covariance becomes the identity; equal to scikit-learn's PCA(whiten=True)."""

import numpy as np
import pytest
import sklearn.decomposition
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from sklearn.datasets import load_digits

from deeptricks.inputs import StandardScaler, Whitening

both_methods = pytest.mark.parametrize("method", ["pca", "zca"])


def correlated(samples, features, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(5, 1, (samples, features)) @ rng.normal(0, 1, (features, features))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1, 8), st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_pca_whitening_equals_scikit_learn(features, more, seed):
    X = correlated(features + more, features, seed)
    ours = Whitening("pca").fit(X)
    theirs = sklearn.decomposition.PCA(whiten=True, svd_solver="full").fit(X)
    # A direction of little variance magnifies rounding by 1 / its standard deviation.
    tolerance = 1e-10 * max(1, 1 / np.sqrt(ours.explained_variance_[-1]))
    Z = ours.transform(X)
    np.testing.assert_allclose(Z, theirs.transform(X), rtol=0, atol=tolerance)
    np.testing.assert_allclose(
        ours.inverse_transform(Z), theirs.inverse_transform(Z), rtol=0, atol=1e-9
    )


@both_methods
def test_covariance_of_the_output_is_the_identity(method):
    X = correlated(60, 6, seed=0)
    Z = Whitening(method).fit_transform(X)
    np.testing.assert_allclose(np.cov(Z, rowvar=False), np.eye(6), rtol=0, atol=1e-10)  # ÷ (N - 1)
    np.testing.assert_allclose(Z.mean(axis=0), 0, rtol=0, atol=1e-12)


@both_methods
def test_whitening_matrix_squares_to_the_inverse_covariance(method):
    X = correlated(60, 6, seed=1)
    W = Whitening(method).fit(X).whitening_
    np.testing.assert_allclose(W.T @ W @ np.cov(X, rowvar=False), np.eye(6), rtol=0, atol=1e-9)


def test_zca_is_the_symmetric_inverse_square_root():
    X = correlated(60, 6, seed=2)
    W = Whitening("zca").fit(X).whitening_
    np.testing.assert_allclose(W, W.T, rtol=0, atol=1e-10)
    np.testing.assert_allclose(W, np.linalg.inv(sqrtm(np.cov(X, rowvar=False))), rtol=0, atol=1e-8)


def test_zca_stays_closest_to_the_data():
    X = correlated(60, 6, seed=3)
    centered = X - X.mean(axis=0)
    zca, pca = (Whitening(m).fit_transform(X) for m in ("zca", "pca"))
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0]
    distance = np.linalg.norm(zca - centered)
    assert distance < np.linalg.norm(pca - centered)
    assert distance < np.linalg.norm(zca @ rotation - centered)


@both_methods
def test_eps_is_added_to_each_variance(method):
    X = correlated(60, 4, seed=4)
    eps = 0.7
    whitening = Whitening(method, eps=eps).fit(X)
    covariance = np.cov(X, rowvar=False)
    W = whitening.whitening_
    np.testing.assert_allclose(
        W.T @ W, np.linalg.inv(covariance + eps * np.eye(4)), rtol=0, atol=1e-10
    )
    variances = np.linalg.eigvalsh(np.cov(whitening.transform(X), rowvar=False))
    shrunk = whitening.explained_variance_ / (whitening.explained_variance_ + eps)
    np.testing.assert_allclose(variances[::-1], shrunk, rtol=0, atol=1e-10)
    np.testing.assert_allclose(
        whitening.inverse_transform(whitening.transform(X)), X, rtol=0, atol=1e-12
    )


@both_methods
def test_independent_features_are_only_standardized(method):
    # Orthogonal columns: the principal directions are the axes.
    X = np.array([[2.0, 1, 1], [2, -1, -1], [-2, 1, -1], [-2, -1, 1]]) * [1, 10, 1] + [0, 5, -3]
    Z = Whitening(method).fit_transform(X)
    standardized = StandardScaler().fit_transform(X) * np.sqrt(3 / 4)  # ÷ (N - 1) against ÷ N
    if method == "pca":
        Z = Z[:, [1, 0, 2]]
    np.testing.assert_allclose(np.abs(Z), np.abs(standardized), rtol=0, atol=1e-12)


def rank_deficient(kind):
    X = correlated(30, 5, seed=5)
    if kind == "constant feature":
        X[:, 2] = 1 / 3
    elif kind == "constant far from zero":
        X[:, 2] = 1e8 / 3
    elif kind == "copied feature":
        X[:, 2] = 3 * X[:, 0]
    elif kind == "sum of features":
        X[:, 2] = X[:, 0] + X[:, 1] + X[:, 3] + X[:, 4]
    elif kind == "few samples":
        X = X[:4]
    elif kind == "as many samples as features":
        X = X[:5]
    return X


DEFICIENT = {
    "constant feature": 4,
    "constant far from zero": 4,
    "copied feature": 4,
    "sum of features": 4,
    "few samples": 3,
    "as many samples as features": 4,
}


@both_methods
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("kind", "rank"), DEFICIENT.items())
def test_directions_without_variance_come_out_as_zero(method, dtype, kind, rank):
    X = rank_deficient(kind).astype(dtype)
    if kind == "constant far from zero" and dtype == np.float32:
        pytest.skip("at 3e7 single precision resolves 2: the other features drown by definition")
    whitening = Whitening(method).fit(X)
    assert whitening.rank_ == rank
    Z = whitening.transform(X).astype(np.float64)
    variances = np.sort(np.linalg.eigvalsh(np.cov(Z, rowvar=False)))[::-1]
    # Rounding of the data, magnified by whitening.
    tolerance = {np.float64: 1e-5 if "far" in kind else 1e-9, np.float32: 1e-3}[dtype]
    np.testing.assert_allclose(variances[:rank], 1, rtol=0, atol=tolerance)
    np.testing.assert_allclose(variances[rank:], 0, rtol=0, atol=tolerance)
    back = whitening.inverse_transform(Z)
    np.testing.assert_allclose(back, X, rtol=1e-5, atol=1e-4 if dtype == np.float32 else 1e-7)


@both_methods
def test_new_data_cannot_escape_along_directions_without_variance(method):
    X = rank_deficient("constant feature")
    whitening = Whitening(method).fit(X)
    odd = X.copy()
    odd[:, 2] += 100
    np.testing.assert_allclose(whitening.transform(odd), whitening.transform(X), rtol=0, atol=1e-9)


@both_methods
@pytest.mark.parametrize("eps", [0.0, 1e-3])
def test_digits_with_their_three_constant_pixels(method, eps):
    X = load_digits().data
    whitening = Whitening(method, eps=eps).fit(X)
    assert whitening.rank_ == 61
    variances = np.linalg.eigvalsh(np.cov(whitening.transform(X), rowvar=False))[::-1]
    ordinary = whitening.explained_variance_[:61]
    np.testing.assert_allclose(variances[:61], ordinary / (ordinary + eps), rtol=0, atol=1e-10)
    np.testing.assert_allclose(variances[61:], 0, rtol=0, atol=1e-12)


@both_methods
def test_constant_data_becomes_zero(method):
    X = np.full((4, 3), 7.0)
    whitening = Whitening(method).fit(X)
    assert whitening.rank_ == 0
    np.testing.assert_array_equal(whitening.transform(X), np.zeros((4, 3)))
    np.testing.assert_array_equal(whitening.inverse_transform(np.ones((4, 3))), X)


@both_methods
def test_small_variation_far_from_zero_is_whitened(method):
    rng = np.random.default_rng(6)
    X = 1e8 + rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3))
    Z = Whitening(method).fit_transform(X)
    np.testing.assert_allclose(np.cov(Z, rowvar=False), np.eye(3), rtol=0, atol=1e-8)


def test_output_shapes_with_fewer_samples_than_features():
    X = correlated(4, 7, seed=7)
    assert Whitening("pca").fit_transform(X).shape == (4, 4)
    assert Whitening("zca").fit_transform(X).shape == (4, 7)


def test_one_sample_has_no_covariance():
    with pytest.raises(ValueError, match=r"1 sample.*minimum of 2"):
        Whitening().fit([[1.0, 2.0]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "cholesky"}, "method must be .* got 'cholesky'"),
        ({"eps": -1e-3}, "eps must be .* got -0.001"),
        ({"eps": np.nan}, "eps must be .* got nan"),
        ({"eps": np.inf}, "eps must be .* got inf"),
    ],
)
def test_parameters_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        Whitening(**options).fit(correlated(9, 3, seed=8))
