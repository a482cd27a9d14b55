"""Batch normalization: keep every channel at zero mean and unit variance."""

import torch
from torch import Tensor, nn

from deeptricks.normalization import fast
from deeptricks.normalization.checks import (
    at_least_single,
    check_channels,
    check_eps,
    check_types,
    scale_and_shift,
)
from deeptricks.normalization.normalize import normalize, normalized


class _BatchNorm(nn.modules.batchnorm._BatchNorm):
    """The arithmetic of `BatchNorm1d`, `2d` and `3d`; the framework's layer keeps the rest."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalize (N, C, …); in training mode also update the running statistics."""
        of_batch = self.training or self.running_mean is None
        self._check(input, of_batch)
        x, per_channel = at_least_single(input), (1, -1, *[1] * (input.dim() - 2))
        weight, bias = scale_and_shift(self, x, per_channel)
        if of_batch:
            y, mean, variance, count = self._over_batch(x, weight, bias)
            if self.training and self.track_running_stats:
                self._track(mean, variance, count)
        else:
            kept = self.running_mean, self.running_var
            mean, variance = (s.to(x.dtype).view(per_channel) for s in kept)
            y = normalize(x, mean, variance, weight, bias, self.eps)
        return y.to(input.dtype)

    def _over_batch(self, x, weight, bias):
        count = x.numel() // max(1, x.shape[1])  # values of a channel
        if count == 1:
            raise ValueError(f"Expected more than 1 value per channel when training, got {x.shape}")
        function = fast.FastNormalize.apply if fast.pays(x) else normalized  # the same, sooner
        return *function(x, weight, bias, (0, *range(2, x.dim())), self.eps), count

    @torch.no_grad()
    def _track(self, mean, variance, count):
        """Move to (1 − momentum) running + momentum batch, whose variance is made unbiased."""
        self.num_batches_tracked.add_(1)
        if count == 0:
            return
        batch = mean, variance * (count / (count - 1))
        for running, new in zip((self.running_mean, self.running_var), batch, strict=True):
            if running is not None:
                # each batch weighs the same
                every = 1 / self.num_batches_tracked.to(running.dtype)
                share = every if self.momentum is None else self.momentum
                running.add_(share * (new.flatten().to(running.dtype) - running))

    def _check(self, x, of_batch):
        self._check_input_dim(x)
        per_channel = self.weight, self.bias, self.running_mean, self.running_var
        check_types(x, *per_channel)
        check_channels(x, *per_channel)
        check_eps(self.eps, of_batch)


class BatchNorm1d(_BatchNorm, nn.BatchNorm1d):
    """Keep every feature of (N, C), or channel of (N, C, L), at zero mean and unit variance.

    In training the statistics are those of the batch, over all axes but the second; in evaluation
    they are averages that training kept: ``running ← (1 − momentum) running + momentum batch``,
    where the batch's variance is the unbiased one. A `torch.nn.BatchNorm1d`, with arithmetic of
    our own: arguments, parameters, buffers and state are that layer's.

    Parameters
    ----------
    num_features : int
        C.
    eps : float, default 1e-5
        Added to the variance, in squared units of the input.
    momentum : float in [0, 1] or None, default 0.1
        The weight of the newest batch in the running statistics; None: of all batches the same.
    affine, bias : bool, default True
        Learn a scale `weight` and a shift `bias` per channel.
    track_running_stats : bool, default True
        Otherwise evaluation uses the batch's statistics too.
    device, dtype
        Of parameters and statistics: that of the input, or float32 beside half precision.

    References
    ----------
    S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by reducing
    internal covariate shift", ICML 2015, algorithms 1 and 2.
    """


class BatchNorm2d(_BatchNorm, nn.BatchNorm2d):
    """Keep every channel of (N, C, H, W) at zero mean and unit variance: see `BatchNorm1d`."""


class BatchNorm3d(_BatchNorm, nn.BatchNorm3d):
    """Keep every channel of (N, C, D, H, W) at zero mean and unit variance: see `BatchNorm1d`."""
