"""AlexNet in one tower, as it is downloaded today: under torchvision's names."""

import torch
from torch import Tensor, nn

from deeptricks.architectures.checks import check_whole

SMALLEST = 63  # pixels: below it nothing is left for the last maximum


class AlexNet(nn.Module):
    """Five convolutions, three linear layers: 61,100,840 parameters.

    Maps (N, 3, H, W) to the scores of the classes, (N, num_classes); the published weights were
    trained on 224 × 224 pixels, which take 714,188,480 multiply–adds an image. Constructor and
    names of the parameters are torchvision's, whose weights load; the framework draws the first
    ones. This is not the network of 2012 (see `PaperAlexNet`) but follows Krizhevsky's of 2014:
    one tower, narrower at the start, dropout in *front* of fc6 and fc7. He had a normalization
    behind conv1 and conv2, which is left out here, and in the paper (not in the code that he
    published) 384 channels in conv4.

    Parameters
    ----------
    num_classes : int
        At least 1.
    dropout : float
        The probability of each input of fc6 and of fc7 to be dropped in training.

    Raises
    ------
    ValueError
        For other arguments, and for images with a side of fewer than 63 pixels.

    References
    ----------
    A. Krizhevsky, One weird trick for parallelizing convolutional neural networks,
    arXiv:1404.5997, 2014.
    """

    def __init__(self, num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        check_whole(num_classes=num_classes)
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2),  # conv1: 55 × 55
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(64, 192, kernel_size=5, padding=2),  # conv2: 27 × 27
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(192, 384, kernel_size=3, padding=1),  # conv3: 13 × 13
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),  # conv4: 13 × 13
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),  # conv5: 13 × 13
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)  # other images than 224 × 224: to 6 × 6
        self.classifier = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(256 * 6 * 6, 4096),  # fc6
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),  # fc7
            nn.ReLU(inplace=True),
            nn.Linear(4096, num_classes),  # fc8
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores (N, num_classes) of images (N, 3, H, W)."""
        check_images(x, SMALLEST)
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


def check_images(x: Tensor, least: int, most: int | None = None) -> None:
    """Raise ValueError unless `x` is a batch (N, 3, H, W) with sides of least … most pixels."""
    wanted = f"at least {least}" if most is None else f"{least} to {most}"
    sides = x.shape[2:]
    if x.dim() != 4 or x.shape[1] != 3 or min(sides) < least or (most and max(sides) > most):
        raise ValueError(
            f"x must be images (N, 3, H, W) with sides of {wanted} pixels, "
            f"got the shape {tuple(x.shape)}"
        )
