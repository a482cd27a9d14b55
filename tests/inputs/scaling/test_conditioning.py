"""The condition number of symmetric matrices, flat directions included."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from deeptricks.inputs import LeastSquares, StandardScaler, Whitening, condition_number, curvatures


def rotated(eigenvalues, seed=0):
    size = len(eigenvalues)
    Q = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[0]
    return Q @ np.diag(eigenvalues) @ Q.T


def test_curvatures_are_sorted_eigenvalues():
    np.testing.assert_allclose(curvatures(rotated([3.0, -2, 7])), [7, 3, -2], rtol=0, atol=1e-12)


@pytest.mark.parametrize("kappa", [1.0, 2.0, 1e6, 1e10])
def test_ratio_of_largest_to_smallest(kappa):
    H = rotated(np.geomspace(5, 5 * kappa, 6))
    assert condition_number(H) == pytest.approx(kappa, rel=1e-5)
    assert condition_number(H) == pytest.approx(np.linalg.cond(H), rel=1e-5)
    assert condition_number(H, ignore_null=True) == condition_number(H)


def test_flat_directions():
    H = rotated([8.0, 2, 0, 0])
    assert condition_number(H) == np.inf
    assert condition_number(H, ignore_null=True) == pytest.approx(4)
    assert condition_number(np.zeros((3, 3))) == np.inf
    assert condition_number(np.zeros((3, 3)), ignore_null=True) == np.inf


def test_rounding_is_not_a_curvature():
    assert (curvatures(rotated([1e6, 1, 0, 0], seed=4))[2:] == 0).all()
    X = load_digits().data  # three pixels are always black
    H = LeastSquares(StandardScaler().fit_transform(X), load_digits().target).hessian(np.zeros(64))
    assert condition_number(H) == np.inf
    assert np.count_nonzero(curvatures(H)) == 61
    white = Whitening().fit_transform(X)
    H = LeastSquares(white, load_digits().target).hessian(np.zeros(64))
    assert condition_number(H, ignore_null=True) == pytest.approx(1)


def test_one_dimension_and_integers():
    assert condition_number([[3]]) == 1
    assert condition_number(np.array([[2, 0], [0, 8]], dtype=np.int8)) == 4


@pytest.mark.parametrize(
    ("H", "message"),
    [
        (np.ones((2, 3)), r"square.*\(2, 3\)"),
        (np.ones(4), r"2 dimension.*\(4,\)"),
        (np.ones((0, 0)), r"square.*\(0, 0\)"),
        ([[1, 2], [0, 1]], "symmetric"),
        ([[1, np.nan], [np.nan, 1]], "finite, got nan"),
        (np.diag([1.0, -0.5]), "semidefinite, got a curvature -0.5"),
    ],
)
def test_bad_matrices(H, message):
    with pytest.raises(ValueError, match=message):
        condition_number(H)
