"""Replays against exact distributions, the real search, and a table that counts what is read."""

import numpy as np
import pytest

from deeptricks.practice.hyperparameter_search.best_of import best_of_random
from deeptricks.practice.hyperparameter_search.brackets import (
    affordable,
    cost,
    halving_rungs,
    hyperband_brackets,
)
from deeptricks.practice.hyperparameter_search.halving import successive_halving
from deeptricks.practice.hyperparameter_search.replay import (
    climb,
    halving,
    hyperband_policy,
    random_search,
    replay,
)

CURVES = np.random.default_rng(1).random((60, 9)).cumsum(1)
FINAL = CURVES[:, -1]


@pytest.mark.parametrize("n", [1, 4, 15])
def test_random_search_has_its_exact_distribution(n):
    found = replay(CURVES, random_search, 9 * n + 5, draws=4000, seed=n)
    assert set(found.epochs) == {9 * n}
    values, chances = best_of_random(FINAL, n)
    cumulated = np.array([(FINAL[found.chosen] <= v).mean() for v in values])
    assert np.abs(cumulated - chances.cumsum()).max() < 1.63 / 4000**0.5  # Kolmogorov, 1 %


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("n", [3, 10, 27, 60])
def test_halving_replayed_is_halving_run(n, ties):
    """The same rows through the same rungs: what the table says is what a search would find."""
    rows = np.random.default_rng(n).choice(60, n, replace=False)
    curves = CURVES.round(0) if ties else CURVES

    def train(configuration, state, epochs):
        done = (state or 0) + epochs
        return done, curves[configuration["row"], done - 1]

    found = successive_halving(
        train, [{"row": int(i)} for i in np.sort(rows)], least=1, most=9
    ).best.configuration
    assert climb(curves, rows, halving_rungs(n, 1, 9)) == found["row"]


@pytest.mark.parametrize("policy", [random_search, halving(), halving(2, 3), hyperband_policy])
@pytest.mark.parametrize("budget", [30, 90, 200])
def test_no_policy_reads_what_it_has_not_paid_for(policy, budget):
    """A table that is NaN beyond what was read: count reads of rows through a spy."""
    read = np.zeros(60, dtype=int)

    class Spy(np.ndarray):
        def __getitem__(self, where):
            if isinstance(where, tuple) and len(where) == 2:
                rows, epoch = where
                if isinstance(rows, slice):
                    rows = np.arange(60)
                np.maximum.at(read, np.atleast_1d(rows), epoch % 9 + 1)
            return np.asarray(super().__getitem__(where))

    spent = policy(CURVES.view(Spy), budget, np.random.default_rng(0))[1]
    assert read.sum() <= spent <= budget


def test_policies_are_given_different_draws_and_repeat_by_seed():
    first = replay(CURVES, halving(), 45, draws=50, seed=7)
    assert len(set(first.chosen)) > 3
    assert (first.chosen == replay(CURVES, halving(), 45, draws=50, seed=7).chosen).all()
    assert (first.chosen != replay(CURVES, halving(), 45, draws=50, seed=8).chosen).any()


def test_halving_that_could_afford_more_than_the_table_takes_all_of_it():
    found = replay(CURVES, halving(), 10_000, draws=3)
    assert set(found.epochs) == {cost(halving_rungs(60, 1, 9))}


def test_hyperband_runs_whole_brackets():
    costs = np.cumsum([cost(rungs) for rungs in hyperband_brackets(9)])
    assert set(replay(CURVES, hyperband_policy, int(costs[2]), draws=3).epochs) == {costs[2]}
    assert set(replay(CURVES, hyperband_policy, int(costs[2]) - 1, draws=3).epochs) == {costs[1]}


def test_a_table_in_which_the_first_epoch_tells_all():
    """Halving then finds the best of as many as it begins with."""
    curves = np.sort(CURVES[:, :1], 0) + np.zeros(9)
    n = affordable(45, 1, 9)[0].configurations
    found = replay(curves, halving(), 45, draws=3000)
    values, chances = best_of_random(curves[:, -1], n)
    assert curves[found.chosen, -1].mean() == pytest.approx(values @ chances, rel=0.01)
    assert n > 5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: replay(CURVES[0], random_search, 9), r"curves must have the shape \(M, E\)"),
        (lambda: replay(CURVES, random_search, 8), "budget must be at least one training, 9"),
        (lambda: replay(CURVES, halving(), 8), "budget must be at least most = 9 epochs, got 8"),
        (lambda: replay(CURVES, hyperband_policy, 8), "budget must pay for a bracket"),
        (lambda: replay(CURVES, random_search, 9, draws=0), "draws must be a whole number"),
    ],
)
def test_bad_arguments(call, words):
    with pytest.raises(ValueError, match=words):
        call()
