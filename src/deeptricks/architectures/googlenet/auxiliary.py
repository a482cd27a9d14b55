"""Auxiliary heads: classifiers halfway up, whose losses join the loss while it trains."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d, cross_entropy, relu

from deeptricks.architectures.checks import check_share, check_whole
from deeptricks.architectures.googlenet.inception import BasicConv2d, ConvBlock


class GoogLeNetOutputs(NamedTuple):
    """What `GoogLeNet` returns in training: logits (N, classes), the upper head before the lower.

    The heads' logits are None where there are no heads.
    """

    logits: Tensor
    aux_logits2: Tensor | None
    aux_logits1: Tensor | None


class InceptionAux(nn.Module):
    """A head: mean over 4 × 4 places, 1 × 1 convolution to 128, 1024 units, dropout, classes.

    Maps (N, in_channels, H, W) to (N, num_classes).

    Parameters
    ----------
    in_channels
        512 and 528 in GoogLeNet.
    num_classes
        Of the output.
    conv_block
        As of `Inception`.
    dropout
        Probability to drop one of the 1024 units.
    strided
        Whether the mean is over windows of 5 × 5 at every third place, as in the paper, which
        gives 4 × 4 of them for H and W from 14 to 16 alone; else over as many pixels as it takes
        to make 4 × 4, as in torchvision, for any H and W.

    Raises
    ------
    ValueError
        For sizes that are not whole numbers above 0, and a probability outside [0, 1]; in the
        forward pass, where `strided` windows do not make 4 × 4.

    References
    ----------
    C. Szegedy et al., Going deeper with convolutions, CVPR 2015, section 5.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        conv_block: ConvBlock = BasicConv2d,
        dropout: float = 0.7,
        strided: bool = False,
    ) -> None:
        super().__init__()
        check_whole(in_channels=in_channels, num_classes=num_classes)
        check_share(dropout=dropout)
        self.strided = strided
        self.conv = conv_block(in_channels, 128, kernel_size=1)
        self.fc1 = nn.Linear(128 * 4 * 4, 1024)
        self.fc2 = nn.Linear(1024, num_classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return the head's logits."""
        x = self.pool(x)
        x = torch.flatten(self.conv(x), 1)
        x = self.dropout(relu(self.fc1(x)))
        return self.fc2(x)

    def pool(self, x: Tensor) -> Tensor:
        """Return means over 4 × 4 places: (N, in_channels, 4, 4)."""
        if not self.strided:
            return adaptive_avg_pool2d(x, 4)
        if not all(14 <= side <= 16 for side in x.shape[2:]):
            raise ValueError(
                "x must be 14 × 14 to 16 × 16 (images of 209 to 256 pixels) for a head of the "
                f"paper's form, got {x.shape[2]} × {x.shape[3]}; in evaluation no head runs"
            )
        return avg_pool2d(x, 5, stride=3)


def auxiliary_loss(outputs: GoogLeNetOutputs, targets: Tensor, weight: float = 0.3) -> Tensor:
    r"""Cross-entropy of the answer plus `weight` times that of each head.

    .. math:: L = L_{\text{answer}} + w\,(L_{\text{head 1}} + L_{\text{head 2}})

    Parameters
    ----------
    outputs
        Of a `GoogLeNet` in training; heads that are None add nothing.
    targets
        Labels (N,), or their probabilities (N, classes).
    weight
        Of each head; 0.3 in the paper.

    Raises
    ------
    TypeError
        For plain logits, as a network in evaluation returns them.
    """
    if not isinstance(outputs, tuple):
        raise TypeError(f"outputs must be GoogLeNetOutputs, got {type(outputs).__name__}")
    answer, *heads = outputs
    loss = cross_entropy(answer, targets)
    for head in heads:
        if head is not None:
            loss = loss + weight * cross_entropy(head, targets)
    return loss
