"""Policies replayed on a table of finished trainings, thousands of times in a second.

Which setting a search finds depends on what it happens to draw. One search says little about its
policy; a table of M learning curves lets each policy draw again and again from the same trainings,
and what is compared are distributions.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from deeptricks.practice.hyperparameter_search.brackets import (
    affordable,
    cost,
    halving_rungs,
    hyperband_brackets,
)
from deeptricks.practice.hyperparameter_search.checks import check_whole, ranked

Policy = Callable[[np.ndarray, int, np.random.Generator], tuple[int, int]]


class Replays(NamedTuple):
    """For each draw: the row of the table that the policy chose, and the epochs it spent."""

    chosen: np.ndarray
    epochs: np.ndarray


def replay(
    curves: ArrayLike, policy: Policy, budget: int, draws: int = 1000, seed: int = 0
) -> Replays:
    """Let a policy search the table `draws` times, each time with other draws.

    Parameters
    ----------
    curves
        (M, E): the value of each of M configurations after each of E epochs, larger is better.
    policy
        ``policy(curves, budget, generator) -> (row, epochs spent)``: `random_search`,
        `halving`, `hyperband_policy`, or one of your own. It may look at ``curves[i, e]`` only if
        it pays for e + 1 epochs of row i.
    budget
        Epochs that it may spend in one search.
    draws, seed
        How many searches; of their randomness.

    Notes
    -----
    Drawing without replacement from M rows stands for drawing from the space as long as a search
    takes few of them; one that takes all M always finds the same best.
    """
    table = as_curves(curves)
    check_whole(1, budget=budget, draws=draws)
    generator = np.random.default_rng(seed)
    found = [policy(table, int(budget), generator) for _ in range(draws)]
    return Replays(*np.array(found).T)


def random_search(curves: np.ndarray, budget: int, generator: np.random.Generator) -> tuple:
    """Train as many as the budget pays for to the end; choose by the last epoch."""
    n = min(budget // curves.shape[1], len(curves))
    if n < 1:
        raise ValueError(f"budget must be at least one training, {curves.shape[1]}, got {budget}")
    rows = generator.choice(len(curves), n, replace=False)
    return rows[ranked(curves[rows, -1])[0]], n * curves.shape[1]


def halving(eta: int = 3, least: int = 1) -> Policy:
    """Return successive halving that begins with as many configurations as its budget pays for."""

    def policy(curves: np.ndarray, budget: int, generator: np.random.Generator) -> tuple:
        rungs = affordable(budget, least, curves.shape[1], eta)
        if rungs[0].configurations > len(curves):
            rungs = halving_rungs(len(curves), least, curves.shape[1], eta)
        rows = generator.choice(len(curves), rungs[0].configurations, replace=False)
        return climb(curves, rows, rungs), cost(rungs)

    return policy


def hyperband_policy(curves: np.ndarray, budget: int, generator: np.random.Generator) -> tuple:
    """Run the brackets of Hyperband (η = 3) in their order, again and again, while they fit."""
    brackets, spent, finals = hyperband_brackets(curves.shape[1]), 0, []
    left = generator.permutation(len(curves))
    number = 0
    while True:
        rungs = brackets[number % len(brackets)]
        if spent + cost(rungs) > budget or rungs[0].configurations > len(left):
            break
        rows, left = np.split(left, [rungs[0].configurations])
        finals.append(climb(curves, rows, rungs))
        spent, number = spent + cost(rungs), number + 1
    if not finals:
        raise ValueError(f"budget must pay for a bracket, {cost(brackets[0])}, got {budget}")
    return finals[ranked(curves[finals, -1])[0]], spent


def climb(curves: np.ndarray, rows: np.ndarray, rungs: list) -> int:
    """Return the row that wins rung after rung."""
    rows = np.sort(rows)  # ties go to the row that stands first, as in `successive_halving`
    for rung, above in itertools.pairwise(rungs):
        rows = np.sort(rows[ranked(curves[rows, rung.epochs - 1])[: above.configurations]])
    return int(rows[ranked(curves[rows, -1])[0]])


def as_curves(curves: ArrayLike) -> np.ndarray:
    """Return the table as floats (M, E), checked."""
    table = np.asarray(curves, dtype=float)
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(f"curves must have the shape (M, E), got {table.shape}")
    return table
