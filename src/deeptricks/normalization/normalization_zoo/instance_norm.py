"""Instance normalization: every channel of every sample by itself."""

import torch
from torch import Tensor, nn

from deeptricks.normalization.checks import (
    at_least_single,
    check_channels,
    check_types,
    scale_and_shift,
)
from deeptricks.normalization.normalize import normalize, normalized


class _InstanceNorm(nn.modules.instancenorm._InstanceNorm):
    """The arithmetic of `InstanceNorm1d`, `2d` and `3d`; the framework's layer keeps the rest."""

    def _apply_instance_norm(self, input: Tensor) -> Tensor:
        """Normalize (N, C, …): the parent's `forward` adds the N to a single sample."""
        kept = self.running_mean, self.running_var
        check_types(input, self.weight, self.bias, *kept)
        check_channels(input, self.weight, self.bias, *kept)
        x, per_channel = at_least_single(input), (1, -1, *[1] * (input.dim() - 2))
        weight, bias = scale_and_shift(self, x, per_channel)
        if self.track_running_stats and not self.training:
            mean, variance = (s.to(x.dtype).view(per_channel) for s in kept)
            return normalize(x, mean, variance, weight, bias, self.eps).to(input.dtype)
        size = x.shape[2:].numel()
        if size == 1:
            raise ValueError(f"Expected more than 1 spatial element, got {tuple(input.shape)}")
        y, mean, variance = normalized(x, weight, bias, tuple(range(2, x.dim())), self.eps)
        if self.track_running_stats and x.numel():
            self._track(mean, variance * (size / (size - 1)))
        return y.to(input.dtype)

    @torch.no_grad()
    def _track(self, mean, variance):
        """Move the running averages toward the average sample; momentum None is 0."""
        for running, new in ((self.running_mean, mean), (self.running_var, variance)):
            running.lerp_(new.mean(0).flatten().to(running.dtype), self.momentum or 0.0)


class InstanceNorm1d(_InstanceNorm, nn.InstanceNorm1d):
    """Each channel of each sample of (N, C, L), or of one sample (C, L), to mean 0, variance 1.

    A `torch.nn.InstanceNorm1d`, with arithmetic of our own. An empty batch leaves the running
    statistics as they are (the framework's become NaN).

    Parameters
    ----------
    num_features : int
        C.
    eps : float, default 1e-5
        Added to the variance, in squared units of the input.
    momentum : float or None, default 0.1
        The weight of the newest batch in the running statistics; None: 0.
    affine : bool, default False
        Learn γ (`weight`) and, with `bias`, β (`bias`), one of each a channel.
    track_running_stats : bool, default False
        Average the samples' means and unbiased variances and use these in evaluation; otherwise
        training and evaluation are one.
    device, dtype
        Of parameters and statistics: that of the input, or float32 beside half precision.
    bias : bool, default True
        See `affine`.

    References
    ----------
    D. Ulyanov, A. Vedaldi, V. Lempitsky, "Instance normalization", arXiv:1607.08022, 2016.
    """


class InstanceNorm2d(_InstanceNorm, nn.InstanceNorm2d):
    """Each channel of each sample of (N, C, H, W) or (C, H, W): see `InstanceNorm1d`."""


class InstanceNorm3d(_InstanceNorm, nn.InstanceNorm3d):
    """Each channel of each sample of (N, C, D, H, W) or (C, D, H, W): see `InstanceNorm1d`."""
