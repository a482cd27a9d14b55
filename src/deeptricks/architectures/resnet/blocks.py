"""The two blocks of the residual networks for large images: y = ReLU(x + F(x))."""

from collections.abc import Callable

from torch import Tensor, nn

Norm = Callable[[int], nn.Module]


def convolution(inplanes: int, planes: int, size: int, stride: int = 1) -> nn.Conv2d:
    """Make a convolution without bias (the norm behind it has one) that keeps the image's size."""
    return nn.Conv2d(inplanes, planes, size, stride=stride, padding=size // 2, bias=False)


class BasicBlock(nn.Module):
    """Two 3 × 3 convolutions with a norm each, and a way around both.

    Maps (N, inplanes, H, W) to (N, planes, ⌈H / stride⌉, ⌈W / stride⌉). The last ReLU stands
    behind the sum.

    Parameters
    ----------
    inplanes, planes
        Channels of the input, and of both convolutions.
    stride
        Of the first convolution.
    downsample
        What x goes through on the way around, where its shape changes; None: x as it is.
    norm_layer
        Called with the number of channels behind each convolution; ``nn.Identity`` for none.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, Deep residual learning for image recognition, CVPR 2016,
    figure 5, left.
    """

    expansion = 1

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        norm_layer: Norm = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        self.conv1 = convolution(inplanes, planes, size=3, stride=stride)
        self.bn1 = norm_layer(planes)
        self.relu = nn.ReLU()
        self.conv2 = convolution(planes, planes, size=3)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample

    @property
    def last_norm(self) -> nn.Module:
        """The norm before the sum, by whose weight F can be silenced."""
        return self.bn2

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's outputs."""
        around = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(around + out)


class Bottleneck(nn.Module):
    """1 × 1 to few channels, 3 × 3 among these, 1 × 1 to four times as many; a way around all.

    Maps (N, inplanes, H, W) to (N, 4 · planes, ⌈H / stride⌉, ⌈W / stride⌉). For 256 channels it
    has 69,632 weights in its convolutions, where two 3 × 3 convolutions would have 1,179,648.

    Parameters
    ----------
    inplanes, planes
        Channels of the input, and of the 3 × 3 convolution.
    stride
        Of the 3 × 3 convolution, as torchvision and most code since has it ("v1.5").
    downsample, norm_layer
        As in `BasicBlock`.
    stride_in_1x1
        Put the stride into the first 1 × 1 convolution, as the paper's own networks have it: it
        then reads every other row and column only. Same parameters, fewer multiply–adds.

    References
    ----------
    He et al. 2016, figure 5, right.
    """

    expansion = 4

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        norm_layer: Norm = nn.BatchNorm2d,
        stride_in_1x1: bool = False,
    ) -> None:
        super().__init__()
        first, second = (stride, 1) if stride_in_1x1 else (1, stride)
        self.conv1 = convolution(inplanes, planes, size=1, stride=first)
        self.bn1 = norm_layer(planes)
        self.conv2 = convolution(planes, planes, size=3, stride=second)
        self.bn2 = norm_layer(planes)
        self.conv3 = convolution(planes, self.expansion * planes, size=1)
        self.bn3 = norm_layer(self.expansion * planes)
        self.relu = nn.ReLU()
        self.downsample = downsample

    @property
    def last_norm(self) -> nn.Module:
        """The norm before the sum, by whose weight F can be silenced."""
        return self.bn3

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's outputs."""
        around = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(around + out)
