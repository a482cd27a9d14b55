"""The activations made of two straight lines."""

import torch
from torch import Tensor, nn

from deeptricks.signal.elementwise import apply, check_tensor


def relu(x: Tensor) -> Tensor:
    """max(x, 0), with derivative 0 at 0."""
    # Three shorter ways are wrong somewhere: x * (x > 0) makes NaN of −∞; where(x > 0, x, 0)
    # makes a healthy 0 of NaN and hides it; x.clamp(min=0) has derivative 1 at 0.
    return torch.where(x <= 0, 0, x)


def leaky_relu(x: Tensor, slope: float | Tensor) -> Tensor:
    """x where it is positive, slope · x elsewhere."""
    # The inner `where`: the slope of PReLU has a gradient, the sum of x over x ≤ 0. Where x is
    # +∞ the outer `where` alone would pass it 0 · ∞, which is not a number.
    positive = x > 0
    return torch.where(positive, x, slope * torch.where(positive, 0, x))


class ReLU(nn.Module):
    """max(x, 0), elementwise; `torch.nn.ReLU`. The derivative at 0 is 0.

    inplace: overwrite the input. Any shape; whole numbers stay whole numbers.
    Raises TypeError unless the input is a tensor; RuntimeError for booleans and for `inplace` on a
    leaf that requires a gradient; NotImplementedError for complex numbers.
    Source: Nair and Hinton 2010; Glorot, Bordes and Bengio 2011.
    """

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """The positive part of each entry, in the input's shape."""
        check_tensor("ReLU", input)
        if input.dtype == torch.bool:
            raise RuntimeError("ReLU needs an input of numbers, got torch.bool")
        return apply(relu, input, "ReLU", self.inplace, integers=True)

    def extra_repr(self) -> str:
        """What the constructor was told."""
        return "inplace=True" if self.inplace else ""


class LeakyReLU(nn.Module):
    """x where it is positive, negative_slope · x elsewhere; `torch.nn.LeakyReLU`.

    inplace: overwrite the input. Any shape.
    Raises TypeError unless the input is a tensor and the slope a number; NotImplementedError for
    whole, boolean and complex inputs; RuntimeError for `inplace` on a leaf that needs a gradient.
    Source: Maas, Hannun and Ng 2013, whose slope is 0.01.
    """

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False):
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Each entry, scaled by the slope unless positive, in the input's shape."""
        slope = self.negative_slope
        if isinstance(slope, str):
            raise TypeError(f"negative_slope must be a number, got {slope!r}")
        return apply(lambda x: leaky_relu(x, slope), input, "LeakyReLU", self.inplace)

    def extra_repr(self) -> str:
        """What the constructor was told."""
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class PReLU(nn.Module):
    """x where it is positive, weight · x elsewhere, the weight learned; `torch.nn.PReLU`.

    num_parameters: 1, or one weight for each channel (dimension 1 of the input). init: what the
    weights start from. device, dtype: of the weights. State: `weight`, of shape (num_parameters,).
    Weight decay pulls the weights towards 0, that is towards ReLU; the source uses none here.

    Raises TypeError unless the input is a tensor; RuntimeError unless it has the weight's dtype
    and, with several weights, as many channels.
    Source: He, Zhang, Ren and Sun 2015, §2.1.
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = nn.Parameter(torch.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set every weight to `init`."""
        nn.init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """Each entry, scaled by its channel's weight unless positive, in the input's shape."""
        check_tensor("PReLU", input)
        if input.dtype != self.weight.dtype:
            raise RuntimeError(
                f"the input of PReLU must have the dtype of its weight, {self.weight.dtype}, "
                f"got {input.dtype}"
            )
        slope = self._slope(input)
        if input.dtype in (torch.float16, torch.bfloat16):
            slope = slope.float()
        return apply(lambda x: leaky_relu(x, slope), input, "PReLU")

    def _slope(self, input: Tensor) -> Tensor:
        """The weight, shaped to stand beside dimension 1 of the input."""
        count = len(self.weight)
        if count == 1:
            return self.weight[0]
        channels = input.shape[1] if input.ndim > 1 else None
        if channels != count:
            raise RuntimeError(
                f"PReLU has num_parameters={count}, so dimension 1 of its input must be {count} "
                f"channels, got shape {tuple(input.shape)}"
            )
        return self.weight.view(count, *[1] * (input.ndim - 2))

    def extra_repr(self) -> str:
        """What the constructor was told."""
        return f"num_parameters={self.num_parameters}"
