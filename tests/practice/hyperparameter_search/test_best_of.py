"""The best of n: exact formulas against enumeration."""

import itertools
from collections import Counter
from math import comb

import numpy as np
import pytest

from deeptricks.practice.hyperparameter_search.best_of import (
    best_of_equals,
    best_of_random,
    chance_of_top,
    trials_for_top,
)


def test_sixty_trials():
    assert chance_of_top(60, 0.05) == pytest.approx(1 - 0.95**60, rel=1e-12)
    assert round(chance_of_top(60, 0.05), 3) == 0.954
    assert chance_of_top(0, 0.05) == 0
    assert chance_of_top(1, 0.05) == pytest.approx(0.05)
    assert chance_of_top(3, 1e-17) == pytest.approx(3e-17)  # no cancellation


@pytest.mark.parametrize("share", [0.001, 0.01, 0.05, 0.3, 0.9])
@pytest.mark.parametrize("confidence", [0.01, 0.5, 0.95, 0.999])
def test_trials_are_the_fewest_that_are_enough(share, confidence):
    n = trials_for_top(share, confidence)
    assert 1 - (1 - share) ** n >= confidence - 1e-12
    assert n == 0 or 1 - (1 - share) ** (n - 1) < confidence


def test_59_are_enough_for_a_twentieth():
    assert trials_for_top(0.05, 0.95) == 59


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_best_of_random_against_all_subsets(n):
    values = [0.5, 0.2, 0.9, float("nan"), 0.5, 0.7]
    clean = [v if v == v else -np.inf for v in values]
    counts = Counter(max(subset) for subset in itertools.combinations(clean, n))
    found = Counter()
    for value, chance in zip(*best_of_random(values, n), strict=True):
        found[value] += chance
    for value in set(clean):
        assert found[value] == pytest.approx(counts[value] / comb(6, n), abs=1e-12)
    assert sum(found.values()) == pytest.approx(1)


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_best_of_equals_against_all_outcomes(looks):
    images, accuracy = 3, 0.7
    chance = [comb(3, k) * 0.7**k * 0.3 ** (3 - k) for k in range(4)]
    expected = sum(
        max(outcome) / images * np.prod([chance[k] for k in outcome])
        for outcome in itertools.product(range(4), repeat=looks)
    )
    assert best_of_equals(accuracy, images, looks) == pytest.approx(expected, rel=1e-12)


def test_one_look_is_honest_and_more_are_not():
    assert best_of_equals(0.9, 200, 1) == pytest.approx(0.9)
    scores = [best_of_equals(0.9, 200, m) for m in (1, 2, 10, 100, 1000)]
    assert scores == sorted(scores)
    assert scores[-1] < 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: chance_of_top(-1, 0.1), "n must be a whole number of at least 0"),
        (lambda: chance_of_top(3, 1.0), "share must be a number above 0 and below 1"),
        (lambda: trials_for_top(0.05, 1), "confidence must be"),
        (lambda: best_of_random([1.0, 2.0], 3), "n must be at most the number of values, 2, got 3"),
        (lambda: best_of_random([], 1), "values must be a list"),
        (lambda: best_of_equals(1.5, 3, 3), "accuracy must be"),
        (lambda: best_of_equals(0.5, 0, 3), "images must be a whole number"),
    ],
)
def test_bad_arguments(call, words):
    with pytest.raises(ValueError, match=words):
        call()
