"""Batch normalization over a batch that is spread over several processes."""

import torch
from torch import distributed, nn
from torch.autograd.function import once_differentiable

from deeptricks.normalization.batch_norm import BatchNorm1d, BatchNorm2d, BatchNorm3d, _BatchNorm
from deeptricks.normalization.batch_norm_function import (
    gradient_sums,
    input_gradient,
    parameter_gradients,
    scale_and_shift,
    statistics,
)


class NormalizeJointBatch(torch.autograd.Function):
    """`NormalizeBatch` where x is this process's part of the batch.

    Whatever is summed over the batch is summed over the processes too: one exchange of 2C + 1
    numbers forward, one of 2C backward. The gradients of weight and bias stay those of this
    process's part, as in the framework: who trains on several processes adds them up anyway.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, eps, group):
        """As for one process, with the statistics of all of them."""
        count, mean, variance = joint_statistics(x, group)
        inverse = torch.rsqrt(variance + eps)
        y = scale_and_shift(x, weight, bias, mean, inverse)
        ctx.mark_non_differentiable(mean, variance, count)
        ctx.save_for_backward(x, weight, bias, mean, inverse, count)
        ctx.group = group
        return y, mean, variance, count

    @staticmethod
    @once_differentiable
    def backward(ctx, g, *_):
        """The two sums of `NormalizeBatch.backward`, added up over the processes."""
        x, weight, bias, mean, inverse, count = ctx.saved_tensors
        dx = torch.empty_like(x)
        sums = sum_g, sum_gx = gradient_sums(g, x, mean, inverse, dx)
        means = torch.stack(sums) / count
        distributed.all_reduce(means, group=ctx.group)
        input_gradient(g, x, weight, mean, inverse, *means, dx)
        return dx, *parameter_gradients(weight, bias, sum_g, sum_gx), None, None


def joint_statistics(x, group):
    """Count, mean and variance of each channel over the parts of all processes of `group`.

    Each process sends its count n, mean m and sum of squared deviations M. Those of the union
    follow without loss: mean = Σ n m / Σ n, and M = Σ M + Σ n (m − mean)².

    Source: T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm
    for computing sample variances", 1979.
    """
    channels, n = x.shape[1], x.numel() // x.shape[1]
    own = x.new_zeros(2 * channels + 1)  # of a process without samples
    if n:
        m, variance = statistics(x)
        own = torch.cat([m, n * variance, m.new_tensor([n])])
    parts = [torch.empty_like(own) for _ in range(distributed.get_world_size(group))]
    distributed.all_gather(parts, own, group=group)
    m, M, n = torch.stack(parts).split([channels, channels, 1], dim=1)
    count = n.sum().clamp(min=1)
    mean = (n * m).sum(0) / count
    variance = (M + n * (m - mean).square()).sum(0) / count
    return n.sum(), mean, variance


class SyncBatchNorm(_BatchNorm):
    """`BatchNorm1d`, `2d` or `3d` whose batch is that of all processes of a group together.

    Small batches on each of many devices make noisy statistics; the devices' joint batch does
    not. A drop-in for `torch.nn.SyncBatchNorm`, which works on GPUs only: this one also on CPUs,
    over gloo. In evaluation, outside `torch.distributed` and in a group of one process it is
    plain batch norm. Gradients of gradients across processes are not offered, as in the framework.

    Parameters
    ----------
    process_group : torch.distributed group or None
        Whose batch is normalized together; None: all processes.

    The others are those of `BatchNorm1d`, as is what is raised, except: input has two dimensions
    or more, (N, C, …); one value per channel is enough for a process, if another one has more.

    References
    ----------
    C. Peng et al., "MegDet: a large mini-batch object detector", CVPR 2018, section 3.3.
    """

    dimensions = range(2, 65)  # as many as a tensor can have

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        process_group=None,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )
        self.process_group = process_group

    def _over_batch(self, x, weight, bias):
        alone = not (distributed.is_available() and distributed.is_initialized())
        if not self.training or alone or distributed.get_world_size(self.process_group) == 1:
            return super()._over_batch(x, weight, bias)
        *y_mean_variance, count = NormalizeJointBatch.apply(
            x, weight, bias, self.eps, self.process_group
        )
        if count == 1:  # known to every process, so that none waits for another
            raise ValueError(
                "Expected more than 1 value per channel when training: all processes together "
                f"have one, here input of shape {tuple(x.shape)}"
            )
        return *y_mean_variance, count.item()

    def _check(self, x):
        super()._check(x)
        if x.shape[1] == 0:
            raise ValueError(f"input must have at least one channel, got {tuple(x.shape)}")

    @classmethod
    def convert_sync_batchnorm(cls, module, process_group=None):
        """Replace every batch norm in `module`, ours or the framework's; parameters are shared.

        Returns `module`, or the new layer if `module` is itself a batch norm.
        """
        ours = (BatchNorm1d, BatchNorm2d, BatchNorm3d, SyncBatchNorm)
        result = module
        if isinstance(module, (*ours, nn.modules.batchnorm._BatchNorm)):
            result = cls(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
                bias=module.bias is not None,
            )
            for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
                setattr(result, name, getattr(module, name))
            result.training = module.training
        for name, child in module.named_children():
            result.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return result
