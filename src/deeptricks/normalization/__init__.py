"""Keeping the signal in shape inside the network: batch norm and its relatives."""

from deeptricks.normalization.batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from deeptricks.normalization.decorrelated_batch_norm import DecorrelatedBatchNorm
from deeptricks.normalization.group_norm import GroupNorm
from deeptricks.normalization.instance_norm import (
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)
from deeptricks.normalization.iterative_norm import IterativeNorm
from deeptricks.normalization.landscape import (
    gradient_predictiveness,
    internal_covariate_shift,
    loss_along_gradient,
)
from deeptricks.normalization.layer_norm import LayerNorm
from deeptricks.normalization.newton_schulz import newton_schulz_inverse_sqrt
from deeptricks.normalization.noise import CovariateShiftNoise
from deeptricks.normalization.processes import in_processes
from deeptricks.normalization.rms_norm import RMSNorm
from deeptricks.normalization.sync_batch_norm import SyncBatchNorm
from deeptricks.normalization.weight_norm import weight_norm
from deeptricks.normalization.zca_gradient import inverse_square_root

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
