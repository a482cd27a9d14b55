"""Batch normalization: layers that keep every channel at zero mean and unit variance."""

import torch
from torch import nn

from deeptricks.normalization.batch_norm_function import NormalizeBatch, normalize
from deeptricks.normalization.precision import HALF


class _BatchNorm(nn.Module):
    """What `BatchNorm1d`, `2d` and `3d` share: all but the number of dimensions."""

    _version = 2  # of the state dict, as the framework counts: since 2 with num_batches_tracked
    dimensions: tuple[int, ...]

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats

        def values():
            return torch.empty(num_features, device=device, dtype=dtype)

        self.register_parameter("weight", nn.Parameter(values()) if affine else None)
        self.register_parameter("bias", nn.Parameter(values()) if affine and bias else None)
        tracked = track_running_stats
        self.register_buffer("running_mean", values() if tracked else None)
        self.register_buffer("running_var", values() if tracked else None)
        batches = torch.zeros((), dtype=torch.long, device=device) if tracked else None
        self.register_buffer("num_batches_tracked", batches)
        self.reset_parameters()

    def reset_running_stats(self):
        """Forget what was tracked: mean 0, variance 1, no batch."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self):
        """Weight 1 and bias 0: the layer starts as plain normalization."""
        self.reset_running_stats()
        if self.weight is not None:
            nn.init.ones_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, input):
        """Normalize (N, C, …); in training mode also update the running statistics."""
        self._check(input)
        tracking = self.training and self.track_running_stats
        if tracking and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        x, weight, bias = laid_out(input), self.weight, self.bias
        if x.dtype in HALF:
            x, weight, bias = (t if t is None else t.float() for t in (x, weight, bias))
        if self.training or self.running_mean is None:
            y, mean, variance, count = self._over_batch(x, weight, bias)
            if tracking and count:
                self._track(mean, variance, count)
        else:
            statistics = (s.to(x.dtype) for s in (self.running_mean, self.running_var))
            y = normalize(x, *statistics, weight, bias, self.eps)
        return y if y.dtype == input.dtype else y.to(input.dtype)

    def _over_batch(self, x, weight, bias):
        """The output, the batch's mean and variance, and how many values a channel they are of."""
        count = x.numel() // x.shape[1] if x.numel() else 0
        if count == 1:
            raise ValueError(
                "Expected more than 1 value per channel when training: one value is its own mean, "
                f"and its variance is 0; got input of shape {tuple(x.shape)}"
            )
        if count == 0:  # nothing to normalize, and no statistics
            return normalize(x, None, None, weight, bias, self.eps), None, None, 0
        return *NormalizeBatch.apply(x, weight, bias, self.eps), count

    def _track(self, mean, variance, count):
        """Move the running statistics towards the batch's; its variance is made unbiased first."""
        step = self.momentum
        if step is None:  # the plain average over all batches so far
            step = 1 / self.num_batches_tracked.item()
        unbiased = variance * (count / (count - 1))
        for running, batch in ((self.running_mean, mean), (self.running_var, unbiased)):
            running.lerp_(batch.flatten().to(running.dtype), step)

    def _check(self, x):
        if x.dim() not in self.dimensions:
            allowed = " or ".join(f"{d}D" for d in self.dimensions)
            raise ValueError(f"expected {allowed} input (got {x.dim()}D input, {tuple(x.shape)})")
        for name, t in self._per_channel():
            if len(t) != x.shape[1]:
                raise RuntimeError(
                    f"input must have {len(t)} channels, as {name} has, got {tuple(x.shape)}"
                )
        self._check_types(x)
        if self.eps < 0 or (self.eps == 0 and (self.training or self.running_mean is None)):
            raise ValueError(
                "eps must be positive where the batch's own variance is used, and at least 0 "
                f"elsewhere, got {self.eps}"
            )

    def _per_channel(self):
        """Names and values of what there is of parameters and running statistics."""
        names = ("running_mean", "running_var", "weight", "bias")
        return [(name, t) for name in names if (t := getattr(self, name)) is not None]

    def _check_types(self, x):
        if not x.is_floating_point():
            raise NotImplementedError(f"input must be of a floating-point type, got {x.dtype}")
        for name, t in self._per_channel():
            if t.dtype != x.dtype and not (t.dtype == torch.float32 and x.dtype in HALF):
                raise RuntimeError(
                    f"input is of mixed type: {x.dtype} where {name} is of {t.dtype}; allowed are "
                    "the same type, and float32 parameters for float16 or bfloat16 input"
                )

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
        version, key = local_metadata.get("version"), prefix + "num_batches_tracked"
        if (version is None or version < 2) and self.track_running_stats:
            state_dict.setdefault(key, self.num_batches_tracked)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

    def extra_repr(self):
        """The options, as the framework's layer prints them."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Keep every feature of (N, C), or channel of (N, C, L), at zero mean and unit variance.

    In training the statistics are those of the batch, over all axes but the second; in evaluation
    they are averages that training kept: ``running ← (1 − momentum) running + momentum batch``,
    where the batch's variance is the unbiased one. A drop-in for `torch.nn.BatchNorm1d`.

    Parameters
    ----------
    num_features : int, C
    eps : float, default 1e-5, in squared units of the input
        Added to the variance, so that a channel that does not vary is not divided by 0.
    momentum : float in [0, 1] or None, default 0.1
        The weight of the newest batch in the running statistics; None: of all batches the same.
    affine : bool, default True
        Learn a scale `weight` and a shift `bias` per channel, both of shape (C,); the latter not
        with ``bias=False``.
    track_running_stats : bool, default True
        Keep `running_mean` and `running_var`, shape (C,), and `num_batches_tracked`. Otherwise
        evaluation uses the batch's statistics too.
    device, dtype
        Of the parameters and running statistics. Input has the same dtype; float16 and bfloat16
        input also meets float32 parameters. Statistics are computed in float32 at least.

    Raises
    ------
    ValueError
        Input of another number of dimensions; one value per channel where the batch's statistics
        are used; `eps` that is not positive.
    RuntimeError
        Another number of channels; dtypes that do not go together (NotImplementedError: integers).

    References
    ----------
    S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by reducing
    internal covariate shift", ICML 2015, algorithms 1 and 2.
    """

    dimensions = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Keep every channel of (N, C, H, W) at zero mean and unit variance: see `BatchNorm1d`."""

    dimensions = (4,)


class BatchNorm3d(_BatchNorm):
    """Keep every channel of (N, C, D, H, W) at zero mean and unit variance: see `BatchNorm1d`."""

    dimensions = (5,)


def laid_out(x):
    """x with its values in order in memory, channels last if they were, as in the framework."""
    last = {4: torch.channels_last, 5: torch.channels_last_3d}.get(x.dim())
    return x if last and x.is_contiguous(memory_format=last) else x.contiguous()
