"""Iterative normalization: whitening of a batch by Newton–Schulz, without eigenvectors."""

from typing import Any

import torch
from torch import Tensor

from deeptricks.normalization.batch_whitening.newton_schulz import newton_schulz_inverse_sqrt
from deeptricks.normalization.batch_whitening.whitening_layer import BatchWhitening


class IterativeNorm(BatchWhitening):
    """`DecorrelatedBatchNorm` with `steps` of Newton–Schulz in place of the eigendecomposition.

    Directions whose share of the group's variance is below about 2.25^(−steps) stay smaller than
    1: whitening that stops early. The gradient is automatic differentiation through the steps,
    which are matrix products, and so exists to any order.

    Parameters
    ----------
    num_features, eps, momentum, affine, track_running_stats, group_size, device, dtype
        As in `DecorrelatedBatchNorm`.
    steps : int, default 5
        At least 1, the T of the paper.

    Raises
    ------
    ValueError
        `steps` is below 1; and what `DecorrelatedBatchNorm` raises.

    References
    ----------
    L. Huang, Y. Zhou, F. Zhu, L. Liu, L. Shao, "Iterative Normalization: Beyond
    Standardization toward Efficient Whitening", CVPR 2019.
    """

    def __init__(self, num_features: int, *arguments: Any, steps: int = 5, **options: Any) -> None:
        super().__init__(num_features, *arguments, **options)
        if not isinstance(steps, int) or steps < 1:
            raise ValueError(f"steps must be a whole number of at least 1, got {steps!r}")
        self.steps = steps

    def whitening_matrix(self, covariance: Tensor) -> Tensor:
        """Return (Σ + εI)^(−1/2) after `steps` of Newton–Schulz."""
        ridge = self.eps * torch.eye(self.group_size).to(covariance)
        return newton_schulz_inverse_sqrt(covariance + ridge, self.steps)[-1]

    def extra_repr(self) -> str:
        """Return the options, in the words of the framework's batch norm, and `steps`."""
        return f"{super().extra_repr()}, steps={self.steps}"
