"""What keeps a network from learning its training set by heart."""

from deeptricks.regularization.early_stopping.patience import EarlyStopping, Replayed, replay
from deeptricks.regularization.early_stopping.shrinkage import (
    descent_filter,
    filtered_solution,
    flow_filter,
    largest_gap,
    ridge_filter,
)

__all__ = [
    "EarlyStopping",
    "Replayed",
    "descent_filter",
    "filtered_solution",
    "flow_filter",
    "largest_gap",
    "replay",
    "ridge_filter",
]
