"""What the four estimators share: scikit-learn's contract, and bad input."""

import warnings

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from deeptricks.inputs import PCA, MinMaxScaler, StandardScaler, Whitening

ESTIMATORS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    StandardScaler(with_std=False),
    MinMaxScaler((-1, 1)),
    PCA(),
    Whitening("pca"),
    Whitening("zca", eps=0.1),
]
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)


@pytest.fixture
def X():  # noqa: N802
    return np.random.default_rng(0).normal(3, [1, 10, 0.1], size=(20, 3))


@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_contract(estimator, check):
    check(estimator)


@every_estimator
@pytest.mark.parametrize(("bad", "named"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_bad_values_are_named_when_fitted_and_when_transformed(estimator, X, bad, named):
    broken = X.copy()
    broken[3, 1] = bad
    with pytest.raises(ValueError, match=named):
        estimator.fit(broken)
    with pytest.raises(ValueError, match=named):
        estimator.fit(X).transform(broken)


@every_estimator
def test_wrong_width(estimator, X):
    with pytest.raises(ValueError, match=r"2 features, but .* expecting 3"):
        estimator.fit(X).transform(X[:, :2])
    with pytest.raises(ValueError, match="2"):
        estimator.inverse_transform(X[:, :2])


@every_estimator
def test_not_fitted(estimator, X):
    fresh = type(estimator)()
    with pytest.raises(NotFittedError, match="fit"):
        fresh.transform(X)
    with pytest.raises(NotFittedError, match="fit"):
        fresh.inverse_transform(X)


@every_estimator
@pytest.mark.parametrize("shape", [(0, 3), (20, 0), (20,), (4, 5, 3)])
def test_no_samples_no_features_or_no_table(estimator, shape):
    with pytest.raises(ValueError, match="array"):
        estimator.fit(np.ones(shape))


@every_estimator
def test_sparse_matrices_and_words_are_refused(estimator):
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        estimator.fit(sparse.eye(5).tocsr())
    with pytest.raises(ValueError, match="could not convert string"):
        estimator.fit([["a", "b"], ["c", "d"]])


@every_estimator
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, bool])
def test_integers_are_computed_as_double_precision(estimator, dtype):
    X = np.random.default_rng(1).integers(0, 2 if dtype is bool else 256, (30, 4)).astype(dtype)
    expected = estimator.fit(X.astype(float)).transform(X.astype(float))
    Z = estimator.fit(X).transform(X)
    assert Z.dtype == np.float64
    np.testing.assert_array_equal(Z, expected)


@every_estimator
@pytest.mark.parametrize(("dtype", "relative"), [(np.float32, 1e-5), (np.float16, 1e-2)])
def test_floating_types_are_kept(estimator, X, dtype, relative):
    expected = estimator.fit(X.astype(dtype).astype(float)).transform(X.astype(dtype))
    Z = estimator.fit(X.astype(dtype)).transform(X.astype(dtype))
    assert Z.dtype == estimator.inverse_transform(Z).dtype == dtype
    np.testing.assert_allclose(Z, expected, rtol=0, atol=relative * np.abs(expected).max())


@every_estimator
def test_memory_layout_does_not_matter(estimator, X):
    wide = np.zeros((40, 6))
    wide[::2, ::2] = X
    expected = estimator.fit(X).transform(X)
    for same in (wide[::2, ::2], np.asfortranarray(X), X.tolist(), torch.from_numpy(X)):
        Z = estimator.fit(same).transform(same)
        np.testing.assert_allclose(Z, expected, rtol=0, atol=1e-12)


@every_estimator
def test_input_is_left_alone_and_output_is_new(estimator, X):
    before = X.copy()
    Z = estimator.fit(X).transform(X)
    estimator.inverse_transform(Z)
    np.testing.assert_array_equal(X, before)
    assert not np.shares_memory(Z, X)


def test_scaler_that_does_nothing_still_copies(X):
    Z = StandardScaler(with_mean=False, with_std=False).fit_transform(X)
    np.testing.assert_array_equal(Z, X)
    assert not np.shares_memory(Z, X)


@every_estimator
def test_inverse_transform_is_the_inverse(estimator, X):
    Z = estimator.fit(X).transform(X)
    np.testing.assert_allclose(estimator.inverse_transform(Z), X, rtol=0, atol=1e-12)


@every_estimator
def test_statistics_come_from_fit_only(estimator, X):
    new = 5 * X[:4] - 7
    together = estimator.fit(X).transform(new)
    one_by_one = np.vstack([estimator.transform(row[None]) for row in new])
    np.testing.assert_allclose(one_by_one, together, rtol=0, atol=1e-12)


@every_estimator
def test_feature_names_and_pandas_output(estimator, X):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(X, columns=["age", "height", "dose"])
    Z = (
        type(estimator)(**estimator.get_params())
        .set_output(transform="pandas")
        .fit_transform(table)
    )
    rotates = isinstance(estimator, PCA) or getattr(estimator, "method", "zca") == "pca"
    prefix = type(estimator).__name__.lower()
    names = [f"{prefix}{i}" for i in range(3)] if rotates else ["age", "height", "dose"]
    assert list(Z.columns) == names


@every_estimator
def test_inverse_transform_does_not_look_at_names(estimator, X):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(X, columns=["age", "height", "dose"])
    Z = estimator.fit(table).transform(table)
    expected = estimator.inverse_transform(Z)
    for names in (["age", "height", "dose"], ["a", "b", "c"], None):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            back = estimator.inverse_transform(pandas.DataFrame(Z, columns=names))
        np.testing.assert_array_equal(back, expected)
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.transform(table.rename(columns={"dose": "pill"}))


@pytest.mark.parametrize("whole", [np.int8, np.int64, np.uint16])
def test_integers_of_numpy_are_whole_numbers(X, whole):
    same = np.testing.assert_array_equal
    same(PCA(whole(2)).fit_transform(X), PCA(2).fit_transform(X))
    ours = MinMaxScaler((whole(0), whole(2))).fit_transform(X)
    same(ours, MinMaxScaler((0, 2)).fit_transform(X))
    same(Whitening(eps=whole(1)).fit_transform(X), Whitening(eps=1).fit_transform(X))
    weight = np.arange(20)
    ours = StandardScaler(with_mean=np.bool_(True)).fit(X, sample_weight=weight.astype(whole))
    same(ours.transform(X), StandardScaler().fit(X, sample_weight=weight).transform(X))
