"""What keeps a network from learning its training set by heart."""

from deeptricks.regularization.structured_dropout.drop_block import (
    DropBlock2d,
    drop_block2d,
    drop_block_gamma,
    dropped_share,
)
from deeptricks.regularization.structured_dropout.drop_cluster import (
    DropCluster2d,
    correlation_clusters,
)
from deeptricks.regularization.structured_dropout.fractional_max_pool import FractionalMaxPool2d
from deeptricks.regularization.structured_dropout.label_smoothing import (
    CrossEntropyLoss,
    smooth_labels,
    smoothed_gap,
)
from deeptricks.regularization.structured_dropout.spatial_dropout import (
    Dropout1d,
    Dropout2d,
    Dropout3d,
)
from deeptricks.regularization.structured_dropout.stochastic_depth import (
    StochasticDepth,
    linear_decay,
    stochastic_depth,
)

__all__ = [
    "CrossEntropyLoss",
    "DropBlock2d",
    "DropCluster2d",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "FractionalMaxPool2d",
    "StochasticDepth",
    "correlation_clusters",
    "drop_block2d",
    "drop_block_gamma",
    "dropped_share",
    "linear_decay",
    "smooth_labels",
    "smoothed_gap",
    "stochastic_depth",
]
