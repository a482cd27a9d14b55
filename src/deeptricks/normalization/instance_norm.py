"""Instance normalization: every channel of every sample by itself."""

import math
import warnings

import torch

from deeptricks.normalization.batch_norm import _BatchNorm
from deeptricks.normalization.batch_norm_function import NormalizeBatch, normalize
from deeptricks.normalization.precision import at_least_single


class _InstanceNorm(_BatchNorm):
    """What `InstanceNorm1d`, `2d` and `3d` share.

    To batch norm, N samples of C channels are one sample of N·C channels. That is the whole
    layer: another view of the same numbers.
    """

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=False,
        track_running_stats=False,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def forward(self, input):
        """Normalize (N, C, …), or one sample (C, …)."""
        self._check(input)
        if input.dim() == self.dimensions[0]:
            return self._normalize(input.unsqueeze(0)).squeeze(0)
        return self._normalize(input)

    def _normalize(self, input):
        x = at_least_single(input)
        weight, bias = (p if p is None else p.to(x.dtype) for p in (self.weight, self.bias))
        if self.track_running_stats and not self.training:
            statistics = (s.to(x.dtype) for s in (self.running_mean, self.running_var))
            return normalize(x, *statistics, weight, bias, self.eps).to(input.dtype)
        if x.numel() == 0:
            return input.clone()
        samples, channels = x.shape[:2]
        one_sample = x.reshape(1, samples * channels, math.prod(x.shape[2:]))
        weight, bias = (p if p is None else p.repeat(samples) for p in (weight, bias))
        y, mean, variance = NormalizeBatch.apply(one_sample, weight, bias, self.eps)
        if self.track_running_stats:
            mean, variance = (s.view(samples, channels).mean(0) for s in (mean, variance))
            self._track(mean, variance, one_sample.shape[2])
        return y.view(input.shape).to(input.dtype)

    @torch.no_grad()
    def _track(self, mean, variance, count):
        """Running averages of the samples' means and unbiased variances; momentum None is 0."""
        step = self.momentum or 0.0
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), step)
        unbiased = variance * (count / (count - 1))
        self.running_var.lerp_(unbiased.to(self.running_var.dtype), step)

    def _check(self, input):
        if input.dim() not in self.dimensions:
            allowed = " or ".join(f"{d}D" for d in self.dimensions)
            raise ValueError(
                f"expected {allowed} input (got {input.dim()}D input, {tuple(input.shape)})"
            )
        axis = int(input.dim() == self.dimensions[1])
        channels, size = input.shape[axis], math.prod(input.shape[axis + 1 :])
        if channels != self.num_features:
            text = f"input must have num_features={self.num_features} channels in dimension {axis}"
            text += f", got {tuple(input.shape)}"
            if self.affine:
                raise ValueError(text)
            if self.track_running_stats:
                raise RuntimeError(text)
            warnings.warn(f"{text}; it makes no difference without affine", stacklevel=3)
        if size == 1 and (self.training or not self.track_running_stats):
            raise ValueError(
                "Expected more than 1 spatial element: one value is its own mean, and its variance "
                f"is 0; got input of shape {tuple(input.shape)}"
            )
        self._check_types(input)


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample of (N, C, L), or of one sample (C, L), to mean 0, variance 1.

    Drop-in for `torch.nn.InstanceNorm1d`: same arguments, parameters, buffers and state.

    num_features: int, C.
    eps: added to the variance, in squared units of the input.
    affine: learn γ (`weight`) and, with `bias`, β (`bias`), one of each a channel; by default not.
    track_running_stats: average the samples' means and unbiased variances with `momentum` and
        use these in evaluation; by default not, and training and evaluation are one.

    Maps to the same shape. Raises ValueError for another number of dimensions, another number of
    channels where there are parameters for them (RuntimeError: running statistics), or a single
    position; NotImplementedError for integers. An empty batch leaves the running statistics as
    they are (the framework's become NaN).

    Source: D. Ulyanov, A. Vedaldi, V. Lempitsky, "Instance normalization", arXiv:1607.08022, 2016.
    """

    dimensions = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Each channel of each sample of (N, C, H, W) or (C, H, W): see `InstanceNorm1d`."""

    dimensions = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Each channel of each sample of (N, C, D, H, W) or (C, D, H, W): see `InstanceNorm1d`."""

    dimensions = (4, 5)
