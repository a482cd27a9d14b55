"""The inception module: 1 × 1, 3 × 3 and 5 × 5 filters and a maximum, side by side."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from deeptricks.architectures.checks import check_whole

ConvBlock = Callable[..., nn.Module]


class BasicConv2d(nn.Module):
    """Convolution without bias, batch norm (ε = 0.001), ReLU; (N, C, H, W) to (N, C', H', W').

    Parameters
    ----------
    in_channels, out_channels
        C and C'.
    **kwargs
        Passed to `torch.nn.Conv2d`: ``kernel_size``, ``stride``, ``padding``.
    """

    def __init__(self, in_channels: int, out_channels: int, **kwargs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, bias=False, **kwargs)  # type: ignore
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """Return relu(bn(conv(x)))."""
        return relu(self.bn(self.conv(x)), inplace=True)


class BiasedConv2d(nn.Module):
    """Convolution with bias, ReLU: the block of 2014, before batch norm.

    The parameters are those of `BasicConv2d`.
    """

    def __init__(self, in_channels: int, out_channels: int, **kwargs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, **kwargs)  # type: ignore

    def forward(self, x: Tensor) -> Tensor:
        """Return relu(conv(x))."""
        return relu(self.conv(x), inplace=True)


class Inception(nn.Module):
    """Four branches over the same input, their outputs one behind the other along the channels.

    Maps (N, in_channels, H, W) to (N, ch1x1 + ch3x3 + ch5x5 + pool_proj, H, W), in this order.
    A 1 × 1 convolution in front of the 3 × 3 and of the 5 × 5 filters, and one behind the
    maximum, keep the number of channels small where filters are large.

    Parameters
    ----------
    in_channels
        Of the input.
    ch1x1
        Filters of 1 × 1.
    ch3x3red, ch3x3
        Filters of 1 × 1 in front of those of 3 × 3, and these.
    ch5x5red, ch5x5
        The same of 5 × 5.
    pool_proj
        Filters of 1 × 1 behind the maximum over 3 × 3.
    conv_block
        Called as ``conv_block(in_channels, out_channels, kernel_size=…, padding=…)``.
    size5x5
        Side of the filters that are called 5 × 5: 5 in the paper, 3 in torchvision and in the
        weights that it publishes.

    Raises
    ------
    ValueError
        For channels that are not whole numbers above 0, for a `size5x5` that is even or below 1.

    References
    ----------
    C. Szegedy et al., Going deeper with convolutions, CVPR 2015, figure 2(b).
    """

    def __init__(
        self,
        in_channels: int,
        ch1x1: int,
        ch3x3red: int,
        ch3x3: int,
        ch5x5red: int,
        ch5x5: int,
        pool_proj: int,
        conv_block: ConvBlock = BasicConv2d,
        size5x5: int = 3,
    ) -> None:
        super().__init__()
        check_whole(in_channels=in_channels, ch1x1=ch1x1, ch3x3red=ch3x3red, ch3x3=ch3x3)
        check_whole(ch5x5red=ch5x5red, ch5x5=ch5x5, pool_proj=pool_proj)
        check_odd(size5x5)
        self.branch1 = conv_block(in_channels, ch1x1, kernel_size=1)
        self.branch2 = nn.Sequential(
            conv_block(in_channels, ch3x3red, kernel_size=1),
            conv_block(ch3x3red, ch3x3, kernel_size=3, padding=1),
        )
        self.branch3 = nn.Sequential(
            conv_block(in_channels, ch5x5red, kernel_size=1),
            conv_block(ch5x5red, ch5x5, kernel_size=size5x5, padding=size5x5 // 2),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(kernel_size=3, stride=1, padding=1),
            conv_block(in_channels, pool_proj, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the four branches' outputs, concatenated."""
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(x) for branch in branches], dim=1)


class NaiveInception(nn.Module):
    """The inception module without 1 × 1 reduction, which the paper starts from.

    Maps (N, in_channels, H, W) to (N, ch1x1 + ch3x3 + ch5x5 + in_channels, H, W): the maximum
    hands all of its channels on, so a stack of these modules grows wider with every one.

    Parameters
    ----------
    in_channels, ch1x1, ch3x3, ch5x5, conv_block, size5x5
        As of `Inception`.

    Raises
    ------
    ValueError
        As `Inception`.

    References
    ----------
    C. Szegedy et al., Going deeper with convolutions, CVPR 2015, figure 2(a).
    """

    def __init__(
        self,
        in_channels: int,
        ch1x1: int,
        ch3x3: int,
        ch5x5: int,
        conv_block: ConvBlock = BasicConv2d,
        size5x5: int = 3,
    ) -> None:
        super().__init__()
        check_whole(in_channels=in_channels, ch1x1=ch1x1, ch3x3=ch3x3, ch5x5=ch5x5)
        check_odd(size5x5)
        self.branch1 = conv_block(in_channels, ch1x1, kernel_size=1)
        self.branch2 = conv_block(in_channels, ch3x3, kernel_size=3, padding=1)
        self.branch3 = conv_block(in_channels, ch5x5, kernel_size=size5x5, padding=size5x5 // 2)
        self.branch4 = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the four branches' outputs, concatenated."""
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(x) for branch in branches], dim=1)


def check_odd(size5x5: int) -> None:
    """Refuse filters without a pixel in the middle: their output would have another size."""
    check_whole(size5x5=size5x5)
    if size5x5 % 2 == 0:
        raise ValueError(f"size5x5 must be odd, so that the image keeps its size, got {size5x5}")
