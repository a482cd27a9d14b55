"""The residual networks for small images, 20 to 1202 layers deep, and the plain ones."""

from torch import Tensor, nn
from torch.nn.functional import relu

from deeptricks.architectures.checks import check_whole
from deeptricks.architectures.resnet.blocks import Norm, convolution
from deeptricks.architectures.resnet.small_blocks import CifarBlock, PreActivationBlock


class CifarResNet(nn.Module):
    """A 3 × 3 convolution, three stages of blocks, the mean over the image, one linear layer.

    Maps (N, in_channels, H, W) to (N, num_classes). Depth is 6n + 2: n blocks of two convolutions
    in each stage. From stage to stage the channels double and the image's sides halve: with the
    defaults 16 channels of 32 × 32 pixels, 32 of 16 × 16, 64 of 8 × 8. Names of parameters are
    those of Y. Idelbayev's weights for CIFAR-10 (without their prefix ``module.``).

    Parameters
    ----------
    depth
        8, 14, 20, …; the paper trains 20, 32, 44, 56, 110 and 1202.
    num_classes
        Outputs.
    width
        Channels of the first stage.
    in_channels
        Channels of the image.
    shortcut
        Weight of the way around each block: 1 for the residual network, 0 for the plain one,
        which has the same parameters.
    block
        `CifarBlock`, or `PreActivationBlock`. The latter starts on what the first convolution's
        norm and ReLU made of the image, and needs a norm and a ReLU behind the last block; as many
        parameters.
    norm_layer
        Called with a number of channels; ``nn.Identity`` for none.

    Raises
    ------
    ValueError
        Unless depth is 6n + 2 with n at least 1, the other whole numbers are at least 1, and
        `shortcut` is at least 0.
    TypeError
        For another block.

    References
    ----------
    He et al. 2016, section 4.2.
    """

    def __init__(
        self,
        depth: int,
        num_classes: int = 10,
        width: int = 16,
        in_channels: int = 3,
        shortcut: float = 1.0,
        block: type[CifarBlock] | type[PreActivationBlock] = CifarBlock,
        norm_layer: Norm = nn.BatchNorm2d,
    ) -> None:
        super().__init__()
        check_arguments(depth, num_classes, width, in_channels, shortcut, block)
        blocks = (depth - 2) // 6
        extra = (shortcut, norm_layer)
        self.conv1 = convolution(in_channels, width, size=3)
        self.bn1 = norm_layer(width)
        self.layer1 = stage(block, blocks, width, width, 1, *extra)
        self.layer2 = stage(block, blocks, width, 2 * width, 2, *extra)
        self.layer3 = stage(block, blocks, 2 * width, 4 * width, 2, *extra)
        if block is PreActivationBlock:
            self.layer1[0].bn1 = nn.Identity()  # bn1 above has done it, before the ways part
            self.bn2 = norm_layer(4 * width)
        self.linear = nn.Linear(4 * width, num_classes)
        self.block = block
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores (N, num_classes)."""
        x = relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        if self.block is PreActivationBlock:
            x = relu(self.bn2(x))
        return self.linear(x.mean((2, 3)))


def stage(
    block: type[CifarBlock] | type[PreActivationBlock],
    blocks: int,
    inplanes: int,
    planes: int,
    stride: int,
    shortcut: float,
    norm_layer: Norm,
) -> nn.Sequential:
    """Put blocks in a row, of which the first one alone changes shape."""
    first = block(inplanes, planes, stride, shortcut, norm_layer)
    others = (block(planes, planes, 1, shortcut, norm_layer) for _ in range(blocks - 1))
    return nn.Sequential(first, *others)


def check_arguments(
    depth: int, num_classes: int, width: int, in_channels: int, shortcut: float, block: object
) -> None:
    """Raise what `CifarResNet` says it raises."""
    check_whole(8, depth=depth)
    if (depth - 2) % 6:
        raise ValueError(f"depth must be 6n + 2 (8, 14, 20, …), got {depth!r}")
    check_whole(num_classes=num_classes)
    check_whole(width=width)
    check_whole(in_channels=in_channels)
    if not shortcut >= 0:
        raise ValueError(f"shortcut must be at least 0, got {shortcut!r}")
    if block not in (CifarBlock, PreActivationBlock):
        raise TypeError(f"block must be CifarBlock or PreActivationBlock, got {block!r}")
