"""RMS normalization: layer normalization without the mean."""

import torch
from torch import Tensor, nn

from deeptricks.normalization.checks import (
    at_least_single,
    check_last_dimensions,
    check_types,
    type_of_output,
)


class RMSNorm(nn.RMSNorm):
    """y = γ ⊙ x / √(mean(x²) + ε), the mean taken over each sample's last dimensions.

    A `torch.nn.RMSNorm`, with arithmetic of our own: the formula is so short that autograd
    differentiates it as it stands.

    Parameters
    ----------
    normalized_shape : int or ints
        The sizes of the last dimensions, which share their mean square.
    eps : float or None, default None
        In squared units of the input; None stands for the machine epsilon of the type that it is
        calculated in.
    elementwise_affine : bool, default True
        Learn γ (`weight`) of that shape.
    device, dtype
        Of γ.

    References
    ----------
    B. Zhang, R. Sennrich, "Root mean square layer normalization", NeurIPS 2019, eq. 4.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalize (…, *normalized_shape)."""
        check_types(x)
        check_last_dimensions(x, self.normalized_shape)
        exact, axes = at_least_single(x), tuple(range(-len(self.normalized_shape), 0))
        eps = torch.finfo(exact.dtype).eps if self.eps is None else self.eps
        y = exact * torch.rsqrt(exact.square().mean(axes, keepdim=True) + eps)
        if self.weight is not None:
            y = y * self.weight
        return y.to(type_of_output(x))
