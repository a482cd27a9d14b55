"""The two blocks for small images, with a dial *s* from plain (0) to residual (1)."""

from torch import Tensor, nn
from torch.nn.functional import pad, relu

from deeptricks.architectures.resnet.blocks import Norm, convolution


def option_a(x: Tensor, planes: int, stride: int) -> Tensor:
    """Bring x to another shape without a parameter: every other pixel, and channels of zeros.

    Maps (N, C, H, W) to (N, planes, ⌈H / stride⌉, ⌈W / stride⌉). Half of the new channels stand
    before the old ones, half behind, as Y. Idelbayev's code has it, whose weights for CIFAR-10
    are widely used; the paper does not say where.

    References
    ----------
    He et al. 2016, section 4.1, option A.
    """
    extra = planes - x.shape[1]
    return pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, extra // 2, extra - extra // 2))


class CifarBlock(nn.Module):
    """y = ReLU(s · x + F(x)), F: convolution, norm, ReLU, convolution, norm.

    Maps (N, inplanes, H, W) to (N, planes, ⌈H / stride⌉, ⌈W / stride⌉).

    Parameters
    ----------
    inplanes, planes
        Channels of the input and of both convolutions; never fewer than before.
    stride
        Of the first convolution.
    shortcut
        s, the weight of the way around: 1 in a residual network, 0 in a plain one. Where the
        shape changes, x goes through `option_a`.
    norm_layer
        Called with the number of channels behind each convolution; ``nn.Identity`` for none.

    Raises
    ------
    ValueError
        For fewer channels than before.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, Deep residual learning for image recognition, CVPR 2016,
    figure 2.
    """

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        shortcut: float = 1.0,
        norm_layer: Norm = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        check_channels(inplanes, planes)
        self.planes, self.stride, self.shortcut = planes, stride, shortcut
        self.conv1 = convolution(inplanes, planes, size=3, stride=stride)
        self.bn1 = norm_layer(planes)
        self.conv2 = convolution(planes, planes, size=3)
        self.bn2 = norm_layer(planes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's outputs."""
        out = relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.shortcut:
            out = out + self.shortcut * option_a(x, self.planes, self.stride)
        return relu(out)


class PreActivationBlock(nn.Module):
    """y = s · x + F(x), F: norm, ReLU, convolution, norm, ReLU, convolution.

    Nothing stands between one sum and the next: with s = 1 the last block's output is the first
    one's input plus what each block added. Shapes, arguments and errors are those of `CifarBlock`.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, Identity mappings in deep residual networks, ECCV 2016,
    figure 1 (b).
    """

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        shortcut: float = 1.0,
        norm_layer: Norm = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        check_channels(inplanes, planes)
        self.planes, self.stride, self.shortcut = planes, stride, shortcut
        self.bn1 = norm_layer(inplanes)
        self.conv1 = convolution(inplanes, planes, size=3, stride=stride)
        self.bn2 = norm_layer(planes)
        self.conv2 = convolution(planes, planes, size=3)

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's outputs."""
        out = self.conv1(relu(self.bn1(x)))
        out = self.conv2(relu(self.bn2(out)))
        if self.shortcut:
            out = out + self.shortcut * option_a(x, self.planes, self.stride)
        return out


def check_channels(inplanes: int, planes: int) -> None:
    """Raise ValueError where option A would have to leave channels out."""
    if planes < inplanes:
        raise ValueError(f"planes must be at least inplanes={inplanes}, got {planes}")
