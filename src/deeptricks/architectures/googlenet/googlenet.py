"""GoogLeNet: a stem of three convolutions, nine inception modules, a mean, one linear layer."""

from functools import partial

import torch
from torch import Tensor, nn

from deeptricks.architectures.checks import check_image, check_share, check_whole
from deeptricks.architectures.googlenet.auxiliary import GoogLeNetOutputs, InceptionAux
from deeptricks.architectures.googlenet.inception import BasicConv2d, BiasedConv2d, Inception

# Channels in; filters of 1 × 1; of 1 × 1 before 3 × 3, of 3 × 3; before 5 × 5, of 5 × 5; behind
# the maximum. Table 1 of the paper.
INCEPTION = {
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}
LEAST = {"torchvision": 15, "paper": 31}  # pixels that leave one for each maximum


class GoogLeNet(nn.Module):
    """GoogLeNet, or Inception v1, of 2014; weights published by torchvision load by name.

    Maps images (N, 3, H, W), 224 × 224 in the paper, to logits (N, num_classes); in training to
    `GoogLeNetOutputs` if it has heads. Without heads, for 1000 classes: 6,624,904 parameters in
    torchvision's form, 6,998,552 in the paper's.

    Parameters
    ----------
    num_classes
        Of the output.
    aux_logits
        Whether there are heads behind inception 4a and 4d.
    transform_input
        The images come with the means and deviations of ImageNet taken out, and are brought back
        to (pixel − 0.5) / 0.5, on which the published weights were trained.
    init_weights
        Whether the weights are drawn anew: in torchvision's form from a normal distribution of
        deviation 0.01, in the paper's (which says nothing of it) with variance 1 / fan-in and
        biases of 0.2, 0 in linear layers' of the answers, as Caffe's authors replicated it.
    dropout, dropout_aux
        Probabilities to drop an input of the last layer, a unit of the heads. The paper has 0.4
        and 0.7.
    form
        "torchvision": batch norm, no biases before it, 3 × 3 where the paper has 5 × 5.
        "paper": 5 × 5, biases, local response norm behind the first maximum and before the
        second, no batch norm; the last maximum over 3 × 3, not 2 × 2; heads with windows of 5 × 5.

    Raises
    ------
    ValueError
        For an unknown form, sizes or probabilities that mean nothing; in the forward pass for
        images that are not (N, 3, H, W) or below 15 × 15 pixels (31 × 31 in the paper's form).

    References
    ----------
    C. Szegedy et al., Going deeper with convolutions, CVPR 2015, table 1.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        aux_logits: bool = True,
        transform_input: bool = False,
        init_weights: bool = True,
        dropout: float = 0.2,
        dropout_aux: float = 0.7,
        form: str = "torchvision",
    ) -> None:
        super().__init__()
        check_whole(num_classes=num_classes)
        check_share(dropout=dropout, dropout_aux=dropout_aux)
        if form not in LEAST:
            raise ValueError(f"form must be one of {', '.join(LEAST)}, got {form!r}")
        self.aux_logits, self.transform_input, self.form = aux_logits, transform_input, form
        paper = form == "paper"
        block = BiasedConv2d if paper else BasicConv2d
        pool = partial(nn.MaxPool2d, stride=2, ceil_mode=True)
        module = partial(Inception, conv_block=block, size5x5=5 if paper else 3)
        head = partial(
            InceptionAux, num_classes=num_classes, conv_block=block, dropout=dropout_aux,
            strided=paper,
        )  # fmt: skip

        self.conv1 = block(3, 64, kernel_size=7, stride=2, padding=3)
        self.maxpool1 = pool(3)
        self.norm1 = nn.LocalResponseNorm(5) if paper else nn.Identity()
        self.conv2 = block(64, 64, kernel_size=1)
        self.conv3 = block(64, 192, kernel_size=3, padding=1)
        self.norm2 = nn.LocalResponseNorm(5) if paper else nn.Identity()
        self.maxpool2 = pool(3)
        self.inception3a = module(*INCEPTION["3a"])
        self.inception3b = module(*INCEPTION["3b"])
        self.maxpool3 = pool(3)
        self.inception4a = module(*INCEPTION["4a"])
        self.inception4b = module(*INCEPTION["4b"])
        self.inception4c = module(*INCEPTION["4c"])
        self.inception4d = module(*INCEPTION["4d"])
        self.inception4e = module(*INCEPTION["4e"])
        self.maxpool4 = pool(3 if paper else 2)
        self.inception5a = module(*INCEPTION["5a"])
        self.inception5b = module(*INCEPTION["5b"])
        self.aux1 = head(512) if aux_logits else None
        self.aux2 = head(528) if aux_logits else None
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(1024, num_classes)
        if init_weights:
            self.apply(start_as_caffe if paper else start_as_torchvision)

    def forward(self, x: Tensor) -> Tensor | GoogLeNetOutputs:
        """Return logits, in training with those of the heads."""
        check_image(x, LEAST[self.form])
        heads = self.training and self.aux_logits
        x = self.conv1(as_published(x) if self.transform_input else x)
        x = self.norm1(self.maxpool1(x))
        x = self.conv3(self.conv2(x))
        x = self.maxpool2(self.norm2(x))
        x = self.inception3b(self.inception3a(x))
        x = self.inception4a(self.maxpool3(x))
        aux1 = self.aux1(x) if heads and self.aux1 is not None else None
        x = self.inception4d(self.inception4c(self.inception4b(x)))
        aux2 = self.aux2(x) if heads and self.aux2 is not None else None
        x = self.maxpool4(self.inception4e(x))
        x = self.inception5b(self.inception5a(x))
        x = torch.flatten(self.avgpool(x), 1)
        logits = self.fc(self.dropout(x))
        return GoogLeNetOutputs(logits, aux2, aux1) if heads else logits


def as_published(x: Tensor) -> Tensor:
    """Images with ImageNet's means and deviations taken out, as (pixel − 0.5) / 0.5 instead."""
    mean = x.new_tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    deviation = x.new_tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    return x * (deviation / 0.5) + (mean - 0.5) / 0.5


@torch.no_grad()
def start_as_torchvision(module: nn.Module) -> None:
    """Weights with deviation 0.01; biases stay as the framework draws them."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.01, a=-2, b=2)


@torch.no_grad()
def start_as_caffe(module: nn.Module) -> None:
    """Weights uniform with variance 1 / fan-in; biases 0.2, and 0 for the answers.

    Source: ``models/bvlc_googlenet/train_val.prototxt`` in BVLC/caffe.
    """
    if isinstance(module, nn.Conv2d | nn.Linear):
        bound = (3 / module.weight[0].numel()) ** 0.5
        nn.init.uniform_(module.weight, -bound, bound)
        answers = isinstance(module, nn.Linear) and module.in_features == 1024
        nn.init.constant_(module.bias, 0.0 if answers else 0.2)
