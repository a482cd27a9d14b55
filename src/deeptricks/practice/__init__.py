"""What is done around a network: finding what is wrong with it, searching, transferring."""

from deeptricks.practice.debugging.assert_healthy import assert_healthy
from deeptricks.practice.debugging.checkup import checkup
from deeptricks.practice.debugging.training_watch import TrainingWatch
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
from deeptricks.practice.transfer.features import features, pooled
from deeptricks.practice.transfer.freeze import freeze, is_frozen, unfreeze
from deeptricks.practice.transfer.groups import groups
from deeptricks.practice.transfer.heads import replace_head
from deeptricks.practice.transfer.lite0 import EfficientNetLite0, prepare, pretrained_lite0
from deeptricks.practice.transfer.load import Loaded, load_by_name

__all__ = [
    "EfficientNetLite0",
    "Loaded",
    "Rung",
    "TrainingWatch",
    "affordable",
    "assert_healthy",
    "best_in_bins",
    "best_of_equals",
    "best_of_random",
    "chance_of_top",
    "checkup",
    "features",
    "freeze",
    "grid",
    "groups",
    "halving",
    "halving_rungs",
    "hyperband",
    "hyperband_brackets",
    "hyperband_policy",
    "importance",
    "is_frozen",
    "load_by_name",
    "pair_importance",
    "pooled",
    "prepare",
    "pretrained_lite0",
    "random_search",
    "replace_head",
    "replay",
    "sobol",
    "successive_halving",
    "trials_for_top",
    "unfreeze",
]
