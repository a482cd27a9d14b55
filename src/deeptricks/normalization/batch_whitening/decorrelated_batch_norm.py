"""Decorrelated batch normalization: ZCA whitening of a batch, by eigendecomposition."""

from deeptricks.normalization.batch_whitening.batch_whitening import BatchWhitening
from deeptricks.normalization.batch_whitening.zca_gradient import inverse_square_root


class DecorrelatedBatchNorm(BatchWhitening):
    """ZCA whitening of each group of channels: (x − μ) (Σ + εI)^(−1/2) · weight + bias.

    Takes (N, C) or (N, C, …) and returns the same shape; μ and Σ are over all samples and
    positions of the batch in training, running averages of μ and of the whitening matrix in
    evaluation. With `group_size=1` it is batch normalization, except that 1/√(variance + ε) is
    averaged and not the variance.

    Parameters
    ----------
    num_features : int, C
    eps : float, added to each eigenvalue of Σ, a variance (default 1e-5)
    momentum : float or None, share of the new batch in the running averages; None weighs all
        batches equally
    affine : bool, learn `weight` and `bias`, one of each per channel
    track_running_stats : bool; False takes the batch's statistics in evaluation too
    group_size : int that divides C, channels whitened together (default: all)

    Half precision is computed in float32 inside and returned as half. Gradients can be taken
    once: a second backward raises RuntimeError.

    Raises
    ------
    ValueError
        `group_size` does not divide; fewer than two dimensions; fewer than two values per channel
        where the batch's statistics are needed.
    RuntimeError
        Another number of channels, or integers.

    Source: L. Huang, D. Yang, B. Lang, J. Deng, "Decorrelated Batch Normalization", CVPR 2018, §3.
    """

    def whitening_matrix(self, covariance):
        return inverse_square_root(covariance, self.eps)
