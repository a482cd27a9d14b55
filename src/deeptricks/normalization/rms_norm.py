"""RMS normalization: layer normalization without the mean."""

import math

import torch
from torch import nn

from deeptricks.normalization.layer_norm import as_shape, check_last_dimensions
from deeptricks.normalization.precision import at_least_single


class RMSNorm(nn.Module):
    """y = γ ⊙ x / √(mean(x²) + ε), the mean taken over each sample's last dimensions.

    Drop-in for `torch.nn.RMSNorm`: same arguments, parameters and state. The formula is so short
    that autograd differentiates it as it stands.

    normalized_shape: int or the sizes of the last dimensions, which share their mean square.
    eps: None stands for the machine epsilon of the type it is calculated in.
    elementwise_affine: learn γ (`weight`) of that shape.

    Maps (…, *normalized_shape) to the same shape. Raises RuntimeError where the last dimensions
    of the input are others.

    Source: B. Zhang, R. Sennrich, "Root mean square layer normalization", NeurIPS 2019, eq. 4.
    """

    def __init__(
        self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None
    ):
        super().__init__()
        self.normalized_shape = as_shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        values = torch.empty(self.normalized_shape, device=device, dtype=dtype)
        self.register_parameter("weight", nn.Parameter(values) if elementwise_affine else None)
        self.reset_parameters()

    def reset_parameters(self):
        """γ to 1."""
        if self.weight is not None:
            nn.init.ones_(self.weight)

    def forward(self, x):
        """Normalize `x` (…, *normalized_shape)."""
        check_last_dimensions(x, self.normalized_shape)
        exact = at_least_single(x)
        eps = torch.finfo(exact.dtype).eps if self.eps is None else self.eps
        dims = tuple(range(-len(self.normalized_shape), 0))
        norm = torch.linalg.vector_norm(exact, dim=dims, keepdim=True)
        size = math.prod(self.normalized_shape)
        y = exact * torch.rsqrt(norm.square() / size + eps)
        if self.weight is not None:
            y = y * self.weight
        return y.to(x.dtype)

    def extra_repr(self):
        """What `print` shows, in the framework's words."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )
