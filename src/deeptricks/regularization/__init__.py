"""What keeps a network from learning its training set by heart."""

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

__all__ = [
    "AlphaDropout",
    "DropConnect",
    "Dropout",
    "FeatureAlphaDropout",
    "GaussianDropout",
    "OriginalDropout",
    "all_masks",
    "arithmetic_mean",
    "expected_calibration_error",
    "fit_temperature",
    "geometric_mean",
    "mask_probabilities",
    "monte_carlo",
    "reliability_bins",
]
