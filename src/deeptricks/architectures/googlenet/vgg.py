"""VGG: 3 × 3 convolutions and nothing else, eleven to nineteen layers deep."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deeptricks.architectures.checks import check_image, check_share, check_whole

# Filters of each 3 × 3 convolution; a maximum over 2 × 2 ends each row. Table 1 of the paper,
# columns A, B, D and E.
LAYERS = {
    11: [[64], [128], [256] * 2, [512] * 2, [512] * 2],
    13: [[64] * 2, [128] * 2, [256] * 2, [512] * 2, [512] * 2],
    16: [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3],
    19: [[64] * 2, [128] * 2, [256] * 4, [512] * 4, [512] * 4],
}
LEAST = 32  # pixels, for five halvings


class VGG(nn.Module):
    """Convolutions, means over 7 × 7 places, three fully connected layers.

    Maps images (N, 3, H, W), 224 × 224 in the paper, to logits (N, num_classes).

    Parameters
    ----------
    features
        Maps (N, 3, H, W) to (N, 512, H', W'); see `make_layers`.
    num_classes
        Of the output.
    init_weights
        Whether weights are drawn anew: those of convolutions with variance 2 / fan-out, those of
        linear layers with deviation 0.01; biases 0.
    dropout
        Probability to drop a unit of the two hidden fully connected layers.

    Raises
    ------
    ValueError
        For `num_classes` below 1 and a `dropout` outside [0, 1]; in the forward pass for images
        that are not (N, 3, H, W) or below 32 × 32 pixels.

    References
    ----------
    K. Simonyan and A. Zisserman, Very deep convolutional networks for large-scale image
    recognition, ICLR 2015, table 1. Batch norm, and the mean over places, came later.
    """

    def __init__(
        self,
        features: nn.Module,
        num_classes: int = 1000,
        init_weights: bool = True,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        check_whole(num_classes=num_classes)
        check_share(dropout=dropout)
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )
        if init_weights:
            self.apply(start)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits."""
        check_image(x, LEAST)
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


def make_layers(rows: Sequence[Sequence[int]], batch_norm: bool = False) -> nn.Sequential:
    """3 × 3 convolutions with bias, each with ReLU; a maximum over 2 × 2 behind each row.

    Parameters
    ----------
    rows
        Filters of each convolution, a row for each size of image, as in `LAYERS`.
    batch_norm
        Whether batch norm stands between convolution and ReLU.
    """
    layers: list[nn.Module] = []
    channels = 3
    for row in rows:
        for filters in row:
            check_whole(filters=filters)
            layers.append(nn.Conv2d(channels, filters, kernel_size=3, padding=1))
            layers += [nn.BatchNorm2d(filters)] if batch_norm else []
            layers.append(nn.ReLU(inplace=True))
            channels = filters
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


@torch.no_grad()
def start(module: nn.Module) -> None:
    """Draw the weights of a layer as torchvision's VGG does, before training."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.01)
        nn.init.zeros_(module.bias)


def vgg(
    depth: int,
    batch_norm: bool = False,
    num_classes: int = 1000,
    init_weights: bool = True,
    dropout: float = 0.5,
) -> VGG:
    """VGG of 11, 13, 16 or 19 layers; the arguments are those of `make_layers` and `VGG`.

    Raises
    ------
    ValueError
        For another depth.
    """
    if depth not in LAYERS:
        raise ValueError(f"depth must be one of {', '.join(map(str, LAYERS))}, got {depth!r}")
    features = make_layers(LAYERS[depth], batch_norm)
    return VGG(features, num_classes, init_weights, dropout)


def vgg11(**kwargs: float) -> VGG:
    """`vgg` of 11 layers: 132,863,336 parameters for 1000 classes."""
    return vgg(11, **kwargs)  # type: ignore[arg-type]


def vgg11_bn(**kwargs: float) -> VGG:
    """`vgg11` with batch norm."""
    return vgg(11, True, **kwargs)  # type: ignore[arg-type]


def vgg13(**kwargs: float) -> VGG:
    """`vgg` of 13 layers: 133,047,848 parameters for 1000 classes."""
    return vgg(13, **kwargs)  # type: ignore[arg-type]


def vgg13_bn(**kwargs: float) -> VGG:
    """`vgg13` with batch norm."""
    return vgg(13, True, **kwargs)  # type: ignore[arg-type]


def vgg16(**kwargs: float) -> VGG:
    """`vgg` of 16 layers: 138,357,544 parameters for 1000 classes."""
    return vgg(16, **kwargs)  # type: ignore[arg-type]


def vgg16_bn(**kwargs: float) -> VGG:
    """`vgg16` with batch norm."""
    return vgg(16, True, **kwargs)  # type: ignore[arg-type]


def vgg19(**kwargs: float) -> VGG:
    """`vgg` of 19 layers: 143,667,240 parameters for 1000 classes."""
    return vgg(19, **kwargs)  # type: ignore[arg-type]


def vgg19_bn(**kwargs: float) -> VGG:
    """`vgg19` with batch norm."""
    return vgg(19, True, **kwargs)  # type: ignore[arg-type]
