"""Rungs and brackets against the paper's algorithm, Optuna's and scikit-learn's own numbers."""

import math

import numpy as np
import pytest
from optuna.pruners import HyperbandPruner
from sklearn.datasets import make_classification
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import HalvingRandomSearchCV

from deeptricks.practice.hyperparameter_search.brackets import (
    Rung,
    affordable,
    cost,
    halving_rungs,
    hyperband_brackets,
)


def test_the_brackets_of_81_epochs():
    """Algorithm 1 of Li et al., by hand: n = ceil(5/(s + 1) 3^s), then thirds, rounded down."""
    assert hyperband_brackets(81, 3) == [
        [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        [(34, 3), (11, 9), (3, 27), (1, 81)],
        [(15, 9), (5, 27), (1, 81)],
        [(8, 27), (2, 81)],
        [(5, 81)],
    ]


@pytest.mark.parametrize("eta", [2, 3, 4, 7])
@pytest.mark.parametrize("power", [0, 1, 3, 4])
def test_as_many_begin_as_optuna_allots(eta, power):
    pruner = HyperbandPruner(min_resource=1, max_resource=eta**power, reduction_factor=eta)
    pruner._n_brackets = power + 1  # its own floor of a logarithm loses brackets to rounding
    expected = [pruner._calculate_trial_allocation_budget(i) for i in range(power + 1)]
    brackets = hyperband_brackets(eta**power, eta)
    assert [rungs[0].configurations for rungs in brackets] == expected
    assert [rungs[0].epochs for rungs in brackets] == [eta**i for i in range(power + 1)]


@pytest.mark.parametrize("most", [1, 2, 26, 27, 28, 100, 243, 1000])
@pytest.mark.parametrize("eta", [2, 3, 5])
def test_every_bracket_ends_with_a_full_training_and_costs_no_more_than_its_share(most, eta):
    brackets = hyperband_brackets(most, eta)
    assert eta ** (len(brackets) - 1) <= most < eta ** len(brackets)
    for rungs in brackets:
        assert rungs[-1].epochs == most
        assert rungs[-1].configurations >= 1
        epochs = [rung.epochs for rung in rungs]
        assert epochs == sorted(set(epochs))
        # each rung trains what the paper's B/(s_max + 1) pays for, but for rounding up
        share = len(brackets) * most
        per_rung = [r.configurations * r.epochs for r in rungs]
        assert max(per_rung) <= share / len(rungs) + most


@pytest.mark.parametrize("eta", [2, 3, 4])
def test_rungs_are_those_of_scikit_learn(eta):
    """n_candidates_ and n_resources_ of a search whose resource is a number of iterations."""
    X, y = make_classification(60, random_state=0)
    least, most, n = 2, 2 * eta**3, 40
    search = HalvingRandomSearchCV(
        SGDClassifier(random_state=0, tol=None),
        {"alpha": np.logspace(-6, 0, n)},
        n_candidates=n, resource="max_iter", min_resources=least, max_resources=most,
        factor=eta, cv=2, random_state=0, aggressive_elimination=False,
    ).fit(X, y)  # fmt: skip
    ours = halving_rungs(n, least, most, eta)
    # scikit-learn rounds the survivors up, we (and Hyperband) down; it stops before it has one
    assert [r.epochs for r in ours][: search.n_iterations_] == search.n_resources_
    for i, theirs in enumerate(search.n_candidates_):
        assert theirs == math.ceil(n / eta**i)
        assert ours[i].configurations == max(1, n // eta**i)


def test_rungs_that_do_not_come_out_even():
    assert halving_rungs(10, 1, 27, 3) == [(10, 1), (3, 3), (1, 9), (1, 27)]
    assert halving_rungs(10, 2, 27, 3) == [(10, 2), (3, 6), (1, 18), (1, 27)]
    assert halving_rungs(4, 5, 5) == [(4, 5)]
    assert halving_rungs(1, 1, 9) == [(1, 1), (1, 3), (1, 9)]


def test_a_rung_pays_for_what_it_adds():
    assert cost([Rung(9, 1), Rung(3, 3), Rung(1, 9)]) == 9 * 1 + 3 * 2 + 1 * 6
    assert cost(halving_rungs(7, 4, 4)) == 28


@pytest.mark.parametrize("budget", [27, 28, 54, 81, 250, 1000])
def test_affordable_is_the_largest_that_fits(budget):
    rungs = affordable(budget, 1, 27)
    n = rungs[0].configurations
    assert rungs == halving_rungs(n, 1, 27)
    assert cost(rungs) <= budget < cost(halving_rungs(n + 1, 1, 27))


def test_costs_never_fall_with_more_configurations():
    """What the bisection in `affordable` rests on."""
    for eta in (2, 3, 4):
        costs = [cost(halving_rungs(n, 1, 50, eta)) for n in range(1, 300)]
        assert costs == sorted(costs)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: halving_rungs(0, 1, 9), "configurations must be a whole number"),
        (lambda: halving_rungs(3, 1, 9, 1), "eta must be a whole number of at least 2"),
        (lambda: halving_rungs(3, 10, 9), "least must be at most most, got 10 and 9"),
        (lambda: halving_rungs(3, 1.5, 9), "least must be a whole number"),
        (lambda: hyperband_brackets(0), "most must be a whole number"),
        (lambda: hyperband_brackets(9, 1), "eta must be"),
        (lambda: affordable(26, 1, 27), "budget must be at least most = 27 epochs, got 26"),
    ],
)
def test_bad_sizes(call, words):
    with pytest.raises(ValueError, match=words):
        call()
