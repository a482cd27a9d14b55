"""What is done around a network: finding what is wrong with it, searching, transferring."""

from deeptricks.practice.hyperparameter_search.best_of import (
    best_of_equals,
    best_of_random,
    chance_of_top,
    trials_for_top,
)
from deeptricks.practice.hyperparameter_search.brackets import (
    Rung,
    affordable,
    halving_rungs,
    hyperband_brackets,
)
from deeptricks.practice.hyperparameter_search.halving import hyperband, successive_halving
from deeptricks.practice.hyperparameter_search.importance import (
    best_in_bins,
    importance,
    pair_importance,
)
from deeptricks.practice.hyperparameter_search.replay import (
    halving,
    hyperband_policy,
    random_search,
    replay,
)
from deeptricks.practice.hyperparameter_search.spaces import grid, sobol

__all__ = [
    "Rung",
    "affordable",
    "best_in_bins",
    "best_of_equals",
    "best_of_random",
    "chance_of_top",
    "grid",
    "halving",
    "halving_rungs",
    "hyperband",
    "hyperband_brackets",
    "hyperband_policy",
    "importance",
    "pair_importance",
    "random_search",
    "replay",
    "sobol",
    "successive_halving",
    "trials_for_top",
]
