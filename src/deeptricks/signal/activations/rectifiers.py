"""The activations made of two straight lines."""

import torch
from torch import Tensor, nn

from deeptricks.signal.activations.elementwise import HALF, apply


def relu(x: Tensor) -> Tensor:
    """max(x, 0), with derivative 0 at 0."""
    # Three shorter ways are wrong somewhere: x * (x > 0) makes NaN of −∞; where(x > 0, x, 0)
    # makes a healthy 0 of NaN and hides it; x.clamp(min=0) has derivative 1 at 0.
    return torch.where(x <= 0, 0, x)


def leaky_relu(x: Tensor, slope: float | Tensor) -> Tensor:
    """Return x where it is positive, slope · x elsewhere."""
    # The inner `where`: the slope of PReLU has a gradient, the sum of x over x ≤ 0. Where
    # x is +∞ the outer `where` alone would pass it 0 · ∞, which is not a number.
    positive = x > 0
    return torch.where(positive, x, slope * torch.where(positive, 0, x))


class ReLU(nn.ReLU):
    """max(x, 0), elementwise, with derivative 0 at 0; `torch.nn.ReLU`.

    Parameters
    ----------
    inplace : bool
        Overwrite the input.

    References
    ----------
    Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, ICML 2010;
    Glorot, Bordes and Bengio, Deep sparse rectifier neural networks, AISTATS 2011.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Take the positive part of each entry; whole numbers stay whole numbers."""
        return apply(relu, input, self.inplace, integers=True)


class LeakyReLU(nn.LeakyReLU):
    """x where it is positive, negative_slope · x elsewhere; `torch.nn.LeakyReLU`.

    Parameters
    ----------
    negative_slope : float
        The slope on the left side.
    inplace : bool
        Overwrite the input.

    References
    ----------
    Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic models, 2013,
    where the slope is 0.01.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Scale each entry by the slope unless it is positive."""
        return apply(lambda x: leaky_relu(x, self.negative_slope), input, self.inplace)


class PReLU(nn.PReLU):
    """x where it is positive, weight · x elsewhere, the weight learned; `torch.nn.PReLU`.

    Weight decay pulls the weights toward 0, that is toward ReLU; the source uses none here.

    Parameters
    ----------
    num_parameters : int
        1, or one weight for each channel (dimension 1 of the input).
    init : float
        What the weights start from.
    device, dtype
        Of the weights.

    References
    ----------
    He, Zhang, Ren and Sun, Delving deep into rectifiers, ICCV 2015, §2.1.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Scale each entry by its channel's weight unless it is positive.

        Raises
        ------
        RuntimeError
            Unless the input has the weight's type and, with several weights, as many channels.
        """
        x, weight = as_autocast_wants(input, self.weight)
        if not torch.is_floating_point(x) or x.dtype != weight.dtype:
            raise RuntimeError(f"the input must have the weight's {weight.dtype}, got {x.dtype}")
        slope = beside_channels(weight, x)
        return apply(lambda x: leaky_relu(x, slope.to(x.dtype)), x)


def beside_channels(weight: Tensor, x: Tensor) -> Tensor:
    """Shape the weights of a PReLU so that they stand beside dimension 1 of `x`.

    Raises
    ------
    RuntimeError
        Unless there is one weight, or one for each channel.
    """
    if len(weight) == 1:
        return weight[0]
    if x.shape[1:2] != weight.shape:
        raise RuntimeError(
            f"dimension 1 of the input must be num_parameters={len(weight)} channels, "
            f"got shape {tuple(x.shape)}"
        )
    return weight.view(-1, *[1] * (x.ndim - 2))


def as_autocast_wants(*tensors: Tensor) -> list[Tensor]:
    """Cast to the type of `torch.autocast` where it is on, as it casts what goes into a PReLU.

    A PReLU stands on the framework's list of functions whose arguments are cast, because its
    weight would otherwise meet a half-precision input in single precision.
    """
    device = tensors[-1].device.type
    if not torch.is_autocast_enabled(device):
        return list(tensors)
    dtype = torch.get_autocast_dtype(device)
    return [t.to(dtype) if t.dtype in (torch.float32, *HALF) else t for t in tensors]
