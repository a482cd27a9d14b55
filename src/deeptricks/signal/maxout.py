"""Maxout: a unit that learns its own convex activation."""

import math

import torch
from torch import Tensor, nn


class Maxout(nn.Module):
    """The largest of several linear functions of the input, each output with its own.

    Maps (…, in_features) to (…, out_features): out_j = max over k of (x · w_kj + b_kj),
    k = 1 … pieces. It takes the place of a linear layer *and* the activation behind it.

    bias: whether there are b. device, dtype: of the parameters. State: `weight` of shape
    (pieces, out_features, in_features), `bias` of shape (pieces, out_features); each piece starts
    as `torch.nn.Linear` does. Where pieces tie they share the gradient.

    Raises ValueError for sizes or pieces that are not positive whole numbers; TypeError unless the
    input is a tensor; RuntimeError unless its last dimension is in_features.
    Source: Goodfellow, Warde-Farley, Mirza, Courville and Bengio 2013, §3.
    """

    def __init__(self, in_features, out_features, pieces=2, bias=True, device=None, dtype=None):
        super().__init__()
        sizes = {"in_features": in_features, "out_features": out_features, "pieces": pieces}
        for name, value in sizes.items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")
            setattr(self, name, value)
        shape = (pieces, out_features, in_features)
        self.weight = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = nn.Parameter(torch.empty(shape[:2], device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters from U(−1/√in_features, 1/√in_features), as `nn.Linear` does."""
        bound = 1 / math.sqrt(self.in_features)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        """The largest piece for each sample and output."""
        if not isinstance(input, Tensor):
            raise TypeError(f"the input of Maxout must be a Tensor, got {type(input).__name__}")
        if input.ndim == 0 or input.shape[-1] != self.in_features:
            raise RuntimeError(
                f"Maxout has in_features={self.in_features}, so the last dimension of its input "
                f"must be that, got shape {tuple(input.shape)}"
            )
        bias = None if self.bias is None else self.bias.flatten()
        lines = nn.functional.linear(input, self.weight.flatten(0, 1), bias)
        return lines.unflatten(-1, self.weight.shape[:2]).amax(dim=-2)

    def extra_repr(self) -> str:
        """What the constructor was told."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"pieces={self.pieces}, bias={self.bias is not None}"
        )
