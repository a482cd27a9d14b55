"""Keeping the signal in shape inside the network: batch norm and its relatives."""

from deeptricks.normalization.batch_norm.batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from deeptricks.normalization.batch_norm.run_in_processes import in_processes
from deeptricks.normalization.batch_norm.sync_batch_norm import SyncBatchNorm
from deeptricks.normalization.batch_whitening.decorrelated_batch_norm import DecorrelatedBatchNorm
from deeptricks.normalization.batch_whitening.iterative_norm import IterativeNorm
from deeptricks.normalization.batch_whitening.newton_schulz import newton_schulz_inverse_sqrt
from deeptricks.normalization.batch_whitening.zca_gradient import inverse_square_root
from deeptricks.normalization.normalization_zoo.group_norm import GroupNorm
from deeptricks.normalization.normalization_zoo.instance_norm import (
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)
from deeptricks.normalization.normalization_zoo.layer_norm import LayerNorm
from deeptricks.normalization.normalization_zoo.rms_norm import RMSNorm
from deeptricks.normalization.normalization_zoo.weight_norm import weight_norm
from deeptricks.normalization.why_batch_norm.covariate_shift_noise import CovariateShiftNoise
from deeptricks.normalization.why_batch_norm.loss_along_gradient import (
    gradient_predictiveness,
    internal_covariate_shift,
    loss_along_gradient,
)

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "CovariateShiftNoise",
    "DecorrelatedBatchNorm",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "IterativeNorm",
    "LayerNorm",
    "RMSNorm",
    "SyncBatchNorm",
    "gradient_predictiveness",
    "in_processes",
    "internal_covariate_shift",
    "inverse_square_root",
    "loss_along_gradient",
    "newton_schulz_inverse_sqrt",
    "weight_norm",
]
