"""Configurations against the distributions they come from, and scikit-learn's own grid."""

import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from deeptricks.practice.hyperparameter_search.spaces import grid, sobol

SPACE = {
    "lr": stats.loguniform(1e-4, 1),
    "dropout": stats.uniform(0.1, 0.5),
    "width": stats.randint(8, 40),
    "kind": ["relu", "tanh", "gelu"],
}


def test_each_half_quarter_eighth_of_each_range_gets_its_share():
    found = sobol(SPACE, 32, seed=3)
    for name in ("lr", "dropout"):
        places = SPACE[name].cdf([c[name] for c in found])
        for parts in (2, 4, 8, 16, 32):
            assert (
                np.bincount((places * parts).astype(int), minlength=parts).tolist()
                == [32 // parts] * parts
            )
    kinds = [c["kind"] for c in found]
    assert {kinds.count(kind) for kind in SPACE["kind"]} <= {10, 11, 12}
    assert all(isinstance(c["width"], int) and 8 <= c["width"] < 40 for c in found)
    assert all(type(c["lr"]) is float for c in found)


def test_points_are_scipys_through_the_quantiles():
    points = qmc.Sobol(4, rng=np.random.default_rng(5)).random_base2(3)[:6]
    for setting, point in zip(sobol(SPACE, 6, seed=5), points, strict=True):
        assert setting["lr"] == pytest.approx(10 ** (-4 + 4 * point[0]))
        assert setting["dropout"] == pytest.approx(0.1 + 0.5 * point[1])
        assert setting["width"] == 8 + int(np.ceil(32 * point[2])) - 1
        assert setting["kind"] == SPACE["kind"][int(3 * point[3])]


def test_a_seed_is_a_sequence():
    assert sobol(SPACE, 8, seed=1) == sobol(SPACE, 8, seed=1)
    assert sobol(SPACE, 8, seed=1) != sobol(SPACE, 8, seed=2)
    assert len(sobol(SPACE, 1)) == 1
    assert len(sobol(SPACE, 33)) == 33


def test_a_grid_lies_in_the_middles_of_equal_shares():
    found = grid({"lr": stats.loguniform(1e-4, 1)}, 4)
    assert [c["lr"] for c in found] == pytest.approx([10**-3.5, 10**-2.5, 10**-1.5, 10**-0.5])
    found = grid(SPACE, {"lr": 2, "dropout": 1, "width": 2, "kind": 1})
    assert len(found) == 2 * 1 * 2 * 3  # of a list all values
    assert {c["dropout"] for c in found} == {0.35}
    assert {c["width"] for c in found} == {15, 31}
    assert len({tuple(c.items()) for c in found}) == len(found)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: sobol({}, 3), TypeError, "space must be a dictionary with at least one name"),
        (
            lambda: sobol({"lr": 0.1}, 3),
            TypeError,
            r"space\['lr'\] must be a distribution",
        ),
        (lambda: sobol({"kind": "relu"}, 3), TypeError, "space"),
        (lambda: sobol({"kind": []}, 3), TypeError, "space"),
        (lambda: sobol(SPACE, 0), ValueError, "n must be a whole number of at least 1, got 0"),
        (lambda: grid(SPACE, {"lr": 3}), ValueError, "points must be given for"),
        (lambda: grid({"lr": SPACE["lr"]}, 0), ValueError, r"points\['lr'\] must be"),
    ],
)
def test_bad_spaces(call, error, words):
    with pytest.raises(error, match=words):
        call()
