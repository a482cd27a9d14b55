"""What keeps a network from learning its training set by heart."""

from deeptricks.regularization.penalties.jacobian import jacobian_penalty, projection_variance
from deeptricks.regularization.penalties.projections import (
    Constraint,
    binary,
    frobenius_ball,
    max_norm,
)
from deeptricks.regularization.penalties.proximal import ProximalSGD, l1_residual, soft_threshold

__all__ = [
    "Constraint",
    "ProximalSGD",
    "binary",
    "frobenius_ball",
    "jacobian_penalty",
    "l1_residual",
    "max_norm",
    "projection_variance",
    "soft_threshold",
]
