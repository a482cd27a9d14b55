"""Maxout: a unit that learns its own convex activation."""

import math
from numbers import Integral

import torch
from torch import Tensor, nn


class Maxout(nn.Module):
    """The largest of several linear functions of the input, each output with its own.

    Maps (…, in_features) to (…, out_features): out_j = max over k of (x · w_kj + b_kj),
    k = 1 … pieces. It takes the place of a linear layer *and* the activation behind it. Where
    pieces tie they share the gradient.

    Parameters
    ----------
    in_features, out_features, pieces : int
        How many inputs, outputs, and linear functions for each output.
    bias : bool
        Whether there are b.
    device, dtype
        Of the parameters.

    Attributes
    ----------
    weight : Parameter
        (pieces, out_features, in_features); each piece starts as `torch.nn.Linear` does.
    bias : Parameter or None
        (pieces, out_features).

    Raises
    ------
    ValueError
        For sizes or pieces that are not positive whole numbers.

    References
    ----------
    Goodfellow, Warde-Farley, Mirza, Courville and Bengio, Maxout networks, ICML 2013, §3.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        pieces: int = 2,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        sizes = {"in_features": in_features, "out_features": out_features, "pieces": pieces}
        for name, value in sizes.items():
            if not isinstance(value, Integral) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")
        self.in_features, self.out_features, self.pieces = map(int, sizes.values())
        shape = (self.pieces, self.out_features, self.in_features)
        self.weight = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.register_parameter(
            "bias",
            nn.Parameter(torch.empty(shape[:2], device=device, dtype=dtype)) if bias else None,
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters from U(−1/√in_features, 1/√in_features), as `nn.Linear` does."""
        bound = 1 / math.sqrt(self.in_features)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        """Take the largest piece for each sample and output."""
        bias = None if self.bias is None else self.bias.flatten()
        lines = nn.functional.linear(input, self.weight.flatten(0, 1), bias)
        return lines.unflatten(-1, self.weight.shape[:2]).amax(dim=-2)

    def extra_repr(self) -> str:
        """Say what the constructor was told."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"pieces={self.pieces}, bias={self.bias is not None}"
        )
