"""What is trained, and how: deeptricks' own parts from the first layer to the last step."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from benchmarks.capstone.distort import ElasticAffine
from deeptricks.architectures import SmallNet, WhiteningConv2d
from deeptricks.normalization import BatchNorm2d
from deeptricks.optimization import SGD, OneCycleLR
from deeptricks.regularization import (
    Compose,
    CrossEntropyLoss,
    MixUp,
    RandomAffine,
    RandomHorizontalFlip,
    shift,
)
from deeptricks.signal import ReLU, initialize_, kaiming_normal_


@dataclass(frozen=True)
class Recipe:
    """Settings of one training; `nets` of them are averaged."""

    steps: int
    batch_size: int
    lr: float  # the peak
    kind: str = "handwriting"  # or "clothes": how images are changed
    widths: tuple[int, ...] = (16, 32, 64)
    whitening: bool = False  # a computed first layer
    momentum: float = 0.9
    weight_decay: float = 5e-4  # of weights, not of norms and biases
    label_smoothing: float = 0.1
    mixup: float = 0.0
    strength: float = 1.0  # of elastic and affine changes, 0 for none
    warmup: float = 0.2  # part of the steps until the peak
    decay: float = 0.99  # of the moving average of the weights, less at its beginning
    averaged: float = 0.3  # part of the steps, the last ones, that it averages; 0 for none
    views: bool = True  # average the answers over a few looks at each image
    nets: int = 1


def network(
    recipe: Recipe,
    images: Tensor,
    norm: Callable = BatchNorm2d,
    activation: Callable = ReLU,
) -> SmallNet:
    """The network before training; `images` (N, 1, H, W) are those it will be trained on."""
    first = WhiteningConv2d(images[:1000]) if recipe.whitening else None
    net = SmallNet(recipe.widths, norm=norm, activation=activation, whitening=first)
    initialize_(net.stages, partial(kaiming_normal_, nonlinearity="relu"))
    return net


def optimizer(recipe: Recipe, net: nn.Module) -> tuple[SGD, OneCycleLR]:
    """Nesterov's momentum; the rate goes straight up and straight down to almost nothing."""
    matrices = [p for p in net.parameters() if p.dim() > 1]
    vectors = [p for p in net.parameters() if p.dim() == 1]
    groups = [
        {"params": matrices, "weight_decay": recipe.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    sgd = SGD(groups, lr=recipe.lr, momentum=recipe.momentum, nesterov=True)
    schedule = OneCycleLR(
        sgd, recipe.lr, total_steps=recipe.steps, pct_start=recipe.warmup,
        anneal_strategy="linear", cycle_momentum=False,
    )  # fmt: skip
    return sgd, schedule


def loss(recipe: Recipe) -> nn.Module:
    """Cross entropy against targets that are not quite sure."""
    return CrossEntropyLoss(label_smoothing=recipe.label_smoothing)


def augmentation(recipe: Recipe, size: int, fill: float, generator: torch.Generator) -> nn.Module:
    """Changes that leave the label as it is; `fill` is the background's gray."""
    if recipe.strength == 0:
        return nn.Identity()
    how = {"interpolation": "bilinear", "fill": fill, "generator": generator}
    s = recipe.strength
    if recipe.kind == "clothes":
        far = (1.5 * s / size,) * 2
        affine = RandomAffine(6 * s, far, (1 - 0.08 * s, 1 + 0.08 * s), 3 * s, **how)
        return Compose([affine, RandomHorizontalFlip(generator=generator)])
    far = (2 * s / size,) * 2
    return ElasticAffine(68.0 * s, 4.0, 12 * s, far, (1 - 0.12 * s, 1 + 0.12 * s), 8.5 * s, **how)


def mixing(recipe: Recipe, classes: int, generator: torch.Generator) -> MixUp | None:
    """MixUp where the recipe asks for it."""
    if not recipe.mixup:
        return None
    return MixUp(alpha=recipe.mixup, num_classes=classes, generator=generator)


def looks(recipe: Recipe, fill: float) -> list[Callable[[Tensor], Tensor]]:
    """The looks at a test image whose answers are averaged: as it is, and moved or mirrored."""
    same = nn.Identity()
    if not recipe.views:
        return [same]
    if recipe.kind == "clothes":
        return [same, RandomHorizontalFlip(p=1.0)]
    moves = [(1, 0), (-1, 0), (0, 1), (0, -1)]
    return [same, *(partial(shift, right=x, down=y, fill=fill) for x, y in moves)]
