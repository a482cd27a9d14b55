"""What keeps a network from learning its training set by heart."""

# Ensembles
from deeptricks.regularization.ensembles.ambiguity import (
    Ambiguity,
    disagreement,
    log_ambiguity,
    squared_ambiguity,
)
from deeptricks.regularization.ensembles.bagging import bootstrap, out_of_bag, out_of_bag_answers
from deeptricks.regularization.ensembles.ensemble import Ensemble
from deeptricks.regularization.ensembles.snapshots import Snapshots, cyclic_cosine

__all__ = [
    "Ambiguity",
    "Ensemble",
    "Snapshots",
    "bootstrap",
    "cyclic_cosine",
    "disagreement",
    "log_ambiguity",
    "out_of_bag",
    "out_of_bag_answers",
    "squared_ambiguity",
]
