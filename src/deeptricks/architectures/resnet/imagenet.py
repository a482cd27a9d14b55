"""The residual networks for images of 224 × 224 pixels: 18, 34, 50, 101 and 152 layers."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from deeptricks.architectures.checks import check_whole
from deeptricks.architectures.resnet.blocks import BasicBlock, Bottleneck, Norm, convolution

Block = type[BasicBlock] | type[Bottleneck]
LAYERS: dict[int, tuple[Block, tuple[int, ...]]] = {
    18: (BasicBlock, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
    101: (Bottleneck, (3, 4, 23, 3)),
    152: (Bottleneck, (3, 8, 36, 3)),
}  # the paper's table 1: blocks in each of the four stages


class ResNet(nn.Module):
    """A 7 × 7 convolution, four stages of blocks, the mean over the image, one linear layer.

    Maps (N, 3, H, W) to (N, num_classes). From stage to stage the channels double and the image's
    sides halve; 224 × 224 pixels leave 7 × 7. Depth counts convolutions and the linear layer,
    not those on the way around. Names of parameters are torchvision's, in its order.

    Parameters
    ----------
    block
        `BasicBlock` or `Bottleneck`.
    layers
        Blocks in each of the four stages.
    num_classes
        Outputs.
    zero_init_residual
        Start the weight of each block's last norm at 0, so that the block starts as ReLU(x)
        (Goyal et al. 2017).
    norm_layer
        Called with the number of channels behind each convolution.
    stride_in_1x1
        As in `Bottleneck`.

    Raises
    ------
    TypeError
        For another block.
    ValueError
        For layers that are not four whole numbers above 0, or `num_classes` below 1.

    References
    ----------
    He et al. 2016, table 1. Shortcuts are option B of section 4.1: a 1 × 1 convolution where the
    shape changes, nothing elsewhere.
    """

    def __init__(
        self,
        block: Block,
        layers: Sequence[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
        norm_layer: Norm = nn.BatchNorm2d,
        stride_in_1x1: bool = False,
    ) -> None:
        super().__init__()
        if block not in (BasicBlock, Bottleneck):
            raise TypeError(f"block must be BasicBlock or Bottleneck, got {block!r}")
        if len(layers) != 4:
            raise ValueError(f"layers must hold the blocks of four stages, got {layers!r}")
        for number in layers:
            check_whole(layers=number)
        check_whole(num_classes=num_classes)
        if stride_in_1x1 and block is BasicBlock:
            raise ValueError("stride_in_1x1 is for block=Bottleneck: a BasicBlock has no 1 × 1")

        self.norm_layer = norm_layer
        self.extra = {"stride_in_1x1": True} if stride_in_1x1 else {}
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = norm_layer(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        wide = block.expansion
        self.layer1 = self._stage(block, 64, 64, layers[0], stride=1)
        self.layer2 = self._stage(block, wide * 64, 128, layers[1], stride=2)
        self.layer3 = self._stage(block, wide * 128, 256, layers[2], stride=2)
        self.layer4 = self._stage(block, wide * 256, 512, layers[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(wide * 512, num_classes)
        self.reset(zero_init_residual)

    def _stage(
        self, block: Block, inplanes: int, planes: int, blocks: int, stride: int
    ) -> nn.Sequential:
        """Put blocks in a row; the first one alone changes shape, and needs a way around for it."""
        outplanes = block.expansion * planes
        around = None
        if stride > 1 or inplanes != outplanes:
            shape = convolution(inplanes, outplanes, size=1, stride=stride)
            around = nn.Sequential(shape, self.norm_layer(outplanes))
        make: Any = partial(block, norm_layer=self.norm_layer, **self.extra)
        first = make(inplanes, planes, stride, around)
        return nn.Sequential(first, *(make(outplanes, planes) for _ in range(blocks - 1)))

    def reset(self, zero_init_residual: bool = False) -> None:
        """Draw the convolutions anew, normal with variance 2 / fan-out; norms start as nothing."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm2d | nn.GroupNorm):
                module.reset_parameters()
        for module in self.modules():
            if zero_init_residual and isinstance(module, BasicBlock | Bottleneck):
                silence(module.last_norm)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores (N, num_classes)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def silence(norm: nn.Module) -> None:
    """Set the weight of a norm to 0; one without a weight is a ValueError."""
    weight = getattr(norm, "weight", None)
    if weight is None:
        raise ValueError(f"zero_init_residual needs norms with a weight, got {norm!r}")
    nn.init.zeros_(weight)


def resnet(depth: int, **arguments: Any) -> ResNet:
    """Make the residual network of 18, 34, 50, 101 or 152 layers.

    Parameters
    ----------
    depth
        Convolutions on the main path and the linear layer.
    **arguments
        Of `ResNet`, all but the first two.

    Raises
    ------
    ValueError
        For another depth.
    """
    if depth not in LAYERS:
        raise ValueError(f"depth must be one of {', '.join(map(str, LAYERS))}, got {depth!r}")
    block, layers = LAYERS[depth]
    return ResNet(block, layers, **arguments)
