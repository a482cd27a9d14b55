"""What keeps a network from learning its training set by heart."""

from deeptricks.regularization.augmentation.affine import RandomAffine, RandomRotation
from deeptricks.regularization.augmentation.color import ColorJitter, RandomGrayscale
from deeptricks.regularization.augmentation.compose import Compose, RandomApply, TestTimeAverage
from deeptricks.regularization.augmentation.elastic import ElasticTransform
from deeptricks.regularization.augmentation.equivariance import (
    equivariance_error,
    invariance_error,
)
from deeptricks.regularization.augmentation.erasing import RandomErasing
from deeptricks.regularization.augmentation.flips_and_crops import (
    RandomCrop,
    RandomHorizontalFlip,
    RandomVerticalFlip,
    shift,
)
from deeptricks.regularization.augmentation.mixing import CutMix, MixUp
from deeptricks.regularization.augmentation.noise_and_blur import GaussianBlur, GaussianNoise
from deeptricks.regularization.dropout.alpha_dropout import AlphaDropout, FeatureAlphaDropout
from deeptricks.regularization.dropout.calibration import (
    expected_calibration_error,
    fit_temperature,
    reliability_bins,
)
from deeptricks.regularization.dropout.drop_connect import DropConnect
from deeptricks.regularization.dropout.dropout import Dropout, OriginalDropout
from deeptricks.regularization.dropout.gaussian_dropout import GaussianDropout
from deeptricks.regularization.dropout.monte_carlo import monte_carlo
from deeptricks.regularization.dropout.subnetworks import (
    all_masks,
    arithmetic_mean,
    geometric_mean,
    mask_probabilities,
)
from deeptricks.regularization.early_stopping.patience import EarlyStopping, Replayed, replay
from deeptricks.regularization.early_stopping.shrinkage import (
    descent_filter,
    filtered_solution,
    flow_filter,
    largest_gap,
    ridge_filter,
)
from deeptricks.regularization.ensembles.ambiguity import (
    Ambiguity,
    disagreement,
    log_ambiguity,
    squared_ambiguity,
)
from deeptricks.regularization.ensembles.bagging import bootstrap, out_of_bag, out_of_bag_answers
from deeptricks.regularization.ensembles.ensemble import Ensemble
from deeptricks.regularization.ensembles.snapshots import Snapshots, cyclic_cosine
from deeptricks.regularization.penalties.jacobian import jacobian_penalty, projection_variance
from deeptricks.regularization.penalties.projections import (
    Constraint,
    binary,
    frobenius_ball,
    max_norm,
)
from deeptricks.regularization.penalties.proximal import ProximalSGD, l1_residual, soft_threshold
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
    "AlphaDropout",
    "Ambiguity",
    "ColorJitter",
    "Compose",
    "Constraint",
    "CrossEntropyLoss",
    "CutMix",
    "DropBlock2d",
    "DropCluster2d",
    "DropConnect",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "EarlyStopping",
    "ElasticTransform",
    "Ensemble",
    "FeatureAlphaDropout",
    "FractionalMaxPool2d",
    "GaussianBlur",
    "GaussianDropout",
    "GaussianNoise",
    "MixUp",
    "OriginalDropout",
    "ProximalSGD",
    "RandomAffine",
    "RandomApply",
    "RandomCrop",
    "RandomErasing",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomVerticalFlip",
    "Replayed",
    "Snapshots",
    "StochasticDepth",
    "TestTimeAverage",
    "all_masks",
    "arithmetic_mean",
    "binary",
    "bootstrap",
    "correlation_clusters",
    "cyclic_cosine",
    "descent_filter",
    "disagreement",
    "drop_block2d",
    "drop_block_gamma",
    "dropped_share",
    "equivariance_error",
    "expected_calibration_error",
    "filtered_solution",
    "fit_temperature",
    "flow_filter",
    "frobenius_ball",
    "geometric_mean",
    "invariance_error",
    "jacobian_penalty",
    "l1_residual",
    "largest_gap",
    "linear_decay",
    "log_ambiguity",
    "mask_probabilities",
    "max_norm",
    "monte_carlo",
    "out_of_bag",
    "out_of_bag_answers",
    "projection_variance",
    "reliability_bins",
    "replay",
    "ridge_filter",
    "shift",
    "smooth_labels",
    "smoothed_gap",
    "soft_threshold",
    "squared_ambiguity",
    "stochastic_depth",
]
