"""Decorrelated batch normalization: ZCA whitening of a batch, by eigendecomposition."""

from torch import Tensor

from deeptricks.normalization.batch_whitening.whitening_layer import BatchWhitening
from deeptricks.normalization.batch_whitening.zca_gradient import inverse_square_root


class DecorrelatedBatchNorm(BatchWhitening):
    """ZCA whitening of each group of channels: (x − μ) (Σ + εI)^(−1/2) · weight + bias.

    Takes (N, C) or (N, C, …) and returns the same shape; μ and Σ are over all samples and
    positions of the batch in training, running averages of μ and of the whitening matrix in
    evaluation. With `group_size=1` it is batch normalization, except that 1/√(variance + ε) is
    averaged and not the variance.

    Parameters
    ----------
    num_features : int
        C.
    eps : float, default 1e-5
        Added to each eigenvalue of Σ, a variance.
    momentum : float or None, default 0.1
        The share of the new batch in the running averages; None weighs all batches equally.
    affine : bool, default True
        Learn `weight` and `bias`, one of each per channel.
    track_running_stats : bool, default True
        False takes the batch's statistics in evaluation too.
    group_size : int or None, default None
        How many channels are whitened together, a divisor of C; None: all.
    device, dtype
        Of parameters and running averages.

    Raises
    ------
    ValueError
        `group_size` does not divide; fewer than two dimensions; fewer than two values per channel
        where the batch's statistics are needed.
    RuntimeError
        Another number of channels, or integers.

    Notes
    -----
    Half precision is computed in float32 inside and returned as half. Gradients can be taken
    once: a second backward raises RuntimeError.

    References
    ----------
    L. Huang, D. Yang, B. Lang, J. Deng, "Decorrelated Batch Normalization", CVPR 2018.
    """

    def whitening_matrix(self, covariance: Tensor) -> Tensor:
        """Return (Σ + εI)^(−1/2) by eigenvectors."""
        return inverse_square_root(covariance, self.eps)
