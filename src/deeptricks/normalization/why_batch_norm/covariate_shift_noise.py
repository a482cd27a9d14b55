"""Noise that undoes what batch norm does to the distribution of a layer's inputs."""

import torch
from torch import Tensor, nn


class CovariateShiftNoise(nn.Module):
    """Give every unit a new mean and a new spread at every step of training.

    At each forward pass in training mode, unit j draws a mean from U(-shift, shift) and a scale
    from U(1, scale); each sample then draws its own offset and factor around them:

        y[n, j] = s[n, j] · x[n, j] + m[n, j],
        m[n, j] ~ U(mean_j - jitter, mean_j + jitter),   s[n, j] ~ N(scale_j, jitter²).

    Behind a batch norm this brings back a distribution whose mean is not zero, whose spread is
    not one, and which is another one in every step. In evaluation mode it is the identity.

    Maps (N, C) or (N, C, …) to the same shape; units are along dimension 1. The draws come from
    torch's global generator, as those of `nn.Dropout` do. From one step to the next the mean of a
    unit moves by shift · √(2/3) in root mean square: 0.8 times `shift`.

    Parameters
    ----------
    shift : float, default 0.5
        The means' largest size.
    scale : float, default 1.25
        The largest scale, at least 1.
    jitter : float, default 0.1
        How far a sample's offset and factor stray from those of its unit.

    Raises
    ------
    ValueError
        A negative `shift` or `jitter`, or a `scale` below 1.
    TypeError
        Inputs that are not floating-point numbers.

    References
    ----------
    S. Santurkar et al., "How does batch normalization help optimization?", NeurIPS 2018: the
    "noisy" batch norm of Figure 2.
    """

    def __init__(self, shift: float = 0.5, scale: float = 1.25, jitter: float = 0.1) -> None:
        super().__init__()
        for name, value, least in (("shift", shift, 0), ("scale", scale, 1), ("jitter", jitter, 0)):
            if not value >= least:
                raise ValueError(f"{name} must be at least {least}, got {value!r}")
        self.shift, self.scale, self.jitter = shift, scale, jitter

    def forward(self, x: Tensor) -> Tensor:
        """Return s · x + m in training, x in evaluation."""
        if x.dim() < 2:
            raise ValueError(f"expected (N, C) or (N, C, …), got shape {tuple(x.shape)}")
        if not x.is_floating_point():
            raise TypeError(f"expected floating-point inputs, got {x.dtype}")
        if not self.training:
            return x
        unit = (1, x.shape[1], *[1] * (x.dim() - 2))
        mean = x.new_empty(unit).uniform_(-self.shift, self.shift)
        scale = x.new_empty(unit).uniform_(1, self.scale)
        offsets = torch.empty_like(x).uniform_(-self.jitter, self.jitter).add_(mean)
        factors = torch.randn_like(x).mul_(self.jitter).add_(scale)
        return torch.addcmul(offsets, factors, x)

    def extra_repr(self) -> str:
        """Return the options."""
        return f"shift={self.shift}, scale={self.scale}, jitter={self.jitter}"
