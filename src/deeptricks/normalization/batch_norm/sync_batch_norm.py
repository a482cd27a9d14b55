"""Batch normalization over a batch that is spread over several processes."""

from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.autograd.function import once_differentiable

from deeptricks.normalization.batch_norm.batch_norm import _BatchNorm
from deeptricks.normalization.normalize import normalize, statistics


class NormalizeJointBatch(torch.autograd.Function):
    """`Normalize` where x, of shape (N, C, …), is this process's part of the batch.

    Whatever is summed over the batch is summed over the processes too: one exchange of 2C + 1
    numbers forward, one of 2C backward. The gradients of weight and bias stay those of this
    process's part, as in the framework: who trains on several processes adds them up anyway.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        axes: tuple[int, ...],
        eps: float,
        group: Any,
    ) -> tuple[Tensor, ...]:
        """Compute as for one process, with the statistics of all of them."""
        count, mean, variance = joint_statistics(x, axes, group)
        ctx.mark_non_differentiable(mean, variance, count)
        ctx.save_for_backward(x, weight, bias, mean, variance, count)
        ctx.axes, ctx.eps, ctx.group = axes, eps, group
        return normalize(x, mean, variance, weight, bias, eps), mean, variance, count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        """Take the two means of `Normalize`'s derivative over all processes."""
        x, weight, bias, mean, variance, count = ctx.saved_tensors
        sigma = (variance + ctx.eps).sqrt()
        x_hat, v = (x - mean) / sigma, weight * g
        sums = torch.stack([v.sum(ctx.axes, True), (v * x_hat).sum(ctx.axes, True)])
        distributed.all_reduce(sums, group=ctx.group)
        mean_v, mean_vx = sums / count
        of_weight, of_bias = (g * x_hat).sum_to_size(weight.shape), g.sum_to_size(bias.shape)
        return (v - mean_v - x_hat * mean_vx) / sigma, of_weight, of_bias, None, None, None


def joint_statistics(x: Tensor, axes: tuple[int, ...], group: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Return count, mean and variance of each channel over the parts of all processes of `group`.

    Each process sends its count n, mean m and sum of squared deviations M. Those of the union
    follow without loss: mean = Σ n m / Σ n, and M = Σ M + Σ n (m − mean)².

    References
    ----------
    T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for
    computing sample variances", 1979.
    """
    m, variance = (s.nan_to_num() for s in statistics(x, axes))  # without a sample NaN; n is 0
    n = torch.full_like(m, x.numel() // x.shape[1])
    own = torch.stack([n, m, n * variance])
    parts = [torch.empty_like(own) for _ in range(distributed.get_world_size(group))]
    distributed.all_gather(parts, own, group=group)
    n, m, M = torch.stack(parts, dim=1)
    count = n.sum(0).clamp(min=1)
    mean = (n * m).sum(0) / count
    variance = (M + n * (m - mean).square()).sum(0) / count
    return n.sum(0).flatten()[0], mean, variance


class SyncBatchNorm(_BatchNorm, nn.SyncBatchNorm):
    """`BatchNorm1d`, `2d` or `3d` whose batch is that of all processes of a group together.

    Small batches on each of many devices make noisy statistics; the devices' joint batch does
    not. A `torch.nn.SyncBatchNorm`, which works on GPUs only: this one also on CPUs, over gloo.
    In evaluation, outside `torch.distributed` and in a group of one process it is plain batch
    norm. Gradients of gradients across processes are not offered, as in the framework.

    Parameters
    ----------
    process_group : torch.distributed group or None
        Whose batch is normalized together; None: all processes. The others are those of
        `BatchNorm1d`.

    References
    ----------
    C. Peng et al., "MegDet: a large mini-batch object detector", CVPR 2018, section 3.3.
    """

    def _over_batch(self, x, weight, bias):
        alone = not (distributed.is_available() and distributed.is_initialized())
        if not self.training or alone or distributed.get_world_size(self.process_group) == 1:
            return super()._over_batch(x, weight, bias)
        axes = (0, *range(2, x.dim()))
        *y_mean_variance, count = NormalizeJointBatch.apply(
            x, weight, bias, axes, self.eps, self.process_group
        )
        if count == 1:  # known to every process, so that none waits for another
            raise ValueError(f"Expected more than 1 value per channel in all, here {x.shape}")
        return *y_mean_variance, count.item()

    def _check(self, x, of_batch):
        super()._check(x, of_batch)
        self._check_non_zero_input_channels(x)

    @classmethod
    def convert_sync_batchnorm(cls, module: nn.Module, process_group: Any = None) -> nn.Module:
        """Replace every batch norm in `module`, ours or the framework's; parameters are shared.

        Parameters
        ----------
        module : nn.Module
            Changed in place, unless it is itself a batch norm.
        process_group : torch.distributed group or None
            See `SyncBatchNorm`.

        Returns
        -------
        nn.Module
            `module`, or the new layer.
        """
        converted = super().convert_sync_batchnorm(module, process_group)
        if type(converted) is nn.SyncBatchNorm:
            converted.__class__ = cls  # the same books, our arithmetic
        return converted
