"""The estimators subclass scikit-learn's, and do their arithmetic themselves."""

import numpy as np
import pytest
import sklearn.decomposition
import sklearn.preprocessing

from deeptricks.inputs import PCA, MinMaxScaler, StandardScaler
from tests.forbidden import KernelUsedError, forbidden

COMPUTES = [
    *(
        f"sklearn.preprocessing.{scaler}.{method}"
        for scaler in ("StandardScaler", "MinMaxScaler")
        for method in ("fit", "partial_fit", "transform", "inverse_transform")
    ),
    *(
        f"sklearn.decomposition.PCA.{method}"
        for method in ("_fit", "_fit_full", "_fit_truncated", "fit", "fit_transform")
    ),
    *(f"sklearn.decomposition.PCA.{m}" for m in ("transform", "_transform", "inverse_transform")),
    "sklearn.utils.extmath._incremental_mean_and_var",
    "sklearn.preprocessing._data._incremental_mean_and_var",
]
X = np.random.default_rng(0).normal(3, [1, 10, 0.1], size=(20, 3))
WEIGHT = np.arange(20.0)


def standard(estimator):
    estimator.fit(X, sample_weight=WEIGHT)
    estimator.partial_fit(X)
    return estimator.inverse_transform(estimator.transform(X))


def min_max(estimator):
    estimator.fit(X)
    estimator.partial_fit(X)
    return estimator.inverse_transform(estimator.transform(X))


def rotate(estimator):
    estimator.fit(X)
    return estimator.inverse_transform(estimator.fit_transform(X))


USES = {
    "standard": (StandardScaler, standard),
    "min-max": (MinMaxScaler, min_max),
    "PCA": (PCA, rotate),
    "PCA, whitened": (lambda: PCA(whiten=True), rotate),
}


@pytest.mark.parametrize(("make", "use"), USES.values(), ids=USES)
def test_nothing_of_the_parent_computes(make, use):
    with forbidden(functions=COMPUTES):
        back = use(make())
    np.testing.assert_allclose(back, X, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("ours", "method", "use"),
    [
        *((StandardScaler, name, standard) for name in ("fit", "partial_fit")),
        *((StandardScaler, name, standard) for name in ("transform", "inverse_transform")),
        *((MinMaxScaler, name, min_max) for name in ("fit", "partial_fit")),
        *((MinMaxScaler, name, min_max) for name in ("transform", "inverse_transform")),
        *((PCA, name, rotate) for name in ("fit", "fit_transform")),
        *((PCA, name, rotate) for name in ("transform", "inverse_transform")),
    ],
)
def test_a_class_that_falls_back_is_seen(ours, method, use):
    def fall_back(self, *args, **kwargs):
        return getattr(super(ours, self), method)(*args, **kwargs)

    fallen = type(ours.__name__, (ours,), {method: fall_back})
    with forbidden(functions=COMPUTES), pytest.raises(KernelUsedError, match=method):
        use(fallen())


def test_they_are_what_they_replace():
    assert isinstance(StandardScaler(), sklearn.preprocessing.StandardScaler)
    assert isinstance(MinMaxScaler(), sklearn.preprocessing.MinMaxScaler)
    assert isinstance(PCA(), sklearn.decomposition.PCA)
