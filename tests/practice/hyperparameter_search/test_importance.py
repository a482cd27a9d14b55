"""Shares of variance against effects that are known."""

import numpy as np
import pytest

from deeptricks.practice.hyperparameter_search.importance import (
    best_in_bins,
    importance,
    pair_importance,
)


def many(function, names="abc", n=512, bins=8, repeats=60, pairs=False):
    """Mean shares over repeated draws."""
    found = []
    for seed in range(repeats):
        draw = np.random.default_rng(seed)
        settings = {name: draw.random(n) for name in names}
        values = function(settings, draw)
        rule = pair_importance if pairs else importance
        found.append(rule(settings, values, bins))
    return {key: float(np.mean([f[key] for f in found])) for key in found[0]}


def test_known_shares():
    """Effects of variance 4/12, 1/12 and noise of variance 1/12: two thirds, a sixth, none."""
    found = many(lambda s, d: 2 * s["a"] + s["b"] + d.standard_normal(512) / 12**0.5)
    kept = 1 - 1 / 64  # what b = 8 equal bins keep of a linear effect: 1 - 1/b²
    assert found["a"] == pytest.approx(4 / 6 * kept, abs=0.01)
    assert found["b"] == pytest.approx(1 / 6 * kept, abs=0.01)
    assert abs(found["c"]) < 0.004


def test_noise_alone_gets_nothing():
    """The plain share of the bins' means would be 7/63 = 0.11 here."""
    found = many(lambda s, d: d.standard_normal(64), n=64, repeats=300)
    assert all(abs(share) < 0.02 for share in found.values())


def test_a_pure_interaction():
    """Both above their medians, or both below: no single share, all of it the pair's."""

    def both(settings, draw):
        above = [settings[name] > np.median(settings[name]) for name in "ab"]
        return (above[0] == above[1]).astype(float)

    found = many(both, bins=4, repeats=20)
    assert all(abs(share) < 0.01 for share in found.values())
    pairs = many(both, bins=4, repeats=20, pairs=True)
    assert pairs["a", "b"] > 0.98
    assert abs(pairs["a", "c"]) < 0.02


def test_effects_that_add_are_no_interaction():
    found = many(lambda s, d: 2 * s["a"] + s["b"], bins=4, repeats=20, pairs=True)
    assert all(abs(share) < 0.02 for share in found.values())


def test_only_the_order_of_a_setting_matters():
    draw = np.random.default_rng(0)
    rate, y = draw.random(100), draw.random(100)
    assert importance({"r": rate}, y) == importance({"r": np.exp(9 * rate)}, y)


def test_by_hand():
    """Bins (1, 3) and (6, 8): means 2 and 7, SSB 25, SST 29, MSW 2."""
    found = importance({"a": [1, 2, 3, 4]}, [1, 3, 6, 8], bins=2)
    assert found["a"] == pytest.approx((25 - 2) / 29)
    assert importance({"a": [4, 3, 2, 1]}, [2.0] * 4, bins=2) == {"a": 0.0}


def test_isolation_plot():
    assert best_in_bins([5, 1, 3, 7], [0.1, 0.9, 0.3, 0.2], bins=2).tolist() == [0.9, 0.2]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: importance({"a": [1, 2, 3, 4]}, [1, 2, 3, 4], 3), "bins must be at most half"),
        (lambda: importance({"a": [1, 2, 3, 4]}, [1, 2, 3, 4], 1), "bins must be a whole number"),
        (lambda: importance({"a": [1, 2]}, [1, 2, 3, 4], 2), r"settings\['a'\] must have 4"),
        (lambda: importance({"a": [1, 2]}, [1, float("nan")], 2), "values must be finite"),
    ],
)
def test_bad_arguments(call, words):
    with pytest.raises(ValueError, match=words):
        call()
