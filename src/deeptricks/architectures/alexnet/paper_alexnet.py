"""AlexNet as the paper of 2012 has it: two GPUs, which are two groups of channels."""

import torch
from torch import Tensor, nn

from deeptricks.architectures.alexnet.alexnet import check_images
from deeptricks.architectures.alexnet.local_response_norm import LocalResponseNorm
from deeptricks.architectures.checks import check_whole

SIDES = (227, 258)  # pixels, least and most, of images that end in 6 × 6


class PaperAlexNet(nn.Module):
    """Five convolutions, three linear layers: 60,965,224 parameters.

    Maps (N, 3, 227, 227) to the scores of the classes, (N, num_classes), with 724,406,816
    multiply–adds an image. Half of each layer's channels lived on either of two GPUs, and conv2,
    conv4 and conv5 saw only those of their own: a convolution in two groups. The paper says 224
    pixels; its 55 × 55 outputs of conv1 need 227. Dropout stands *behind* fc6 and fc7.

    The framework draws the first weights; the paper's were normal with deviation 0.01, and the
    biases of conv2, conv4, conv5, fc6 and fc7 one.

    Parameters
    ----------
    num_classes : int
        At least 1.
    dropout : float
        The probability of each output of fc6 and of fc7 to be dropped in training.
    groups : int
        2 as in the paper; 1 is the same network on one GPU, with 62,378,344 parameters.

    Raises
    ------
    ValueError
        For other arguments, and for images with a side outside 227 … 258 pixels.

    References
    ----------
    A. Krizhevsky, I. Sutskever and G. Hinton, ImageNet classification with deep convolutional
    neural networks, NeurIPS 2012, sections 3.3 to 3.5 and 4.2.
    """

    def __init__(self, num_classes: int = 1000, dropout: float = 0.5, groups: int = 2) -> None:
        super().__init__()
        check_whole(num_classes=num_classes)
        if groups not in (1, 2):
            raise ValueError(f"groups must be 1 or 2, got {groups!r}")
        self.features = nn.Sequential(
            nn.Conv2d(3, 96, kernel_size=11, stride=4),  # conv1: 55 × 55
            nn.ReLU(inplace=True),
            LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(96, 256, kernel_size=5, padding=2, groups=groups),  # conv2: 27 × 27
            nn.ReLU(inplace=True),
            LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(256, 384, kernel_size=3, padding=1),  # conv3: 13 × 13, sees both GPUs
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 384, kernel_size=3, padding=1, groups=groups),  # conv4: 13 × 13
            nn.ReLU(inplace=True),
            nn.Conv2d(384, 256, kernel_size=3, padding=1, groups=groups),  # conv5: 13 × 13
            nn.ReLU(inplace=True),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        self.classifier = nn.Sequential(
            nn.Linear(256 * 6 * 6, 4096),  # fc6
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),  # fc7
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, num_classes),  # fc8
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores (N, num_classes) of images (N, 3, H, W)."""
        check_images(x, *SIDES)
        return self.classifier(torch.flatten(self.features(x), 1))
