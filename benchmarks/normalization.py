"""`deeptricks.normalization` beside torch's own layers, and beside what a reader would write first.

One step of training: forward, and backward to the input and the parameters.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from benchmarks.compare import Pair, Tensors
from deeptricks import normalization
from deeptricks.normalization.normalize import normalize, normalized, statistics

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
SHAPES = {  # feature maps of sequences and of images; then small ones and rows: calls cost most
    "batches": [(64, 128, 256), (64, 64, 16, 16), (32, 64, 32, 32), (64, 32, 16, 16), (128, 64)],
    "images": [(16, 128, 8, 8), (64, 32, 16, 16), (32, 64, 32, 32)],
    "rows": [(4096, 64), (2048, 256), (1024, 1024)],
    "layers": [(128, 64), (128, 256), (128, 1024)],
}
TINY = {  # for tests
    "batches": [(4, 8, 3), (4, 8, 2, 2), (4, 8)],
    "images": [(4, 8, 2, 2)],
    "rows": [(4, 8)],
    "layers": [(4, 8)],
}
PLAIN = "the textbook's formula, with autograd"
OPTIONS = {"eps": 1e-5, "momentum": 0.1, "affine": True}


def pairs() -> Iterator[Pair]:
    """Of each layer in turn."""
    for device in DEVICES:
        for shape in SHAPES["batches"]:
            yield from batch_norm(shape, device)
        for shape in SHAPES["images"]:
            channels = shape[1]
            yield from relative("InstanceNorm2d", (channels,), shape, device, (2, 3), **OPTIONS)
            groups = (8, channels // 8, shape[2], shape[3])
            yield from relative("GroupNorm", (8, channels), shape, device, (2, 3, 4), view=groups)
        for shape in SHAPES["rows"]:
            yield from relative("LayerNorm", (shape[1],), shape, device, (1,))
            yield from race("RMSNorm", (shape[1],), shape, device)
        for shape in SHAPES["layers"]:
            ours, theirs = (put(nn.Linear(shape[1], shape[1])) for put in WEIGHT_NORMS)
            yield pair("weight_norm of a Linear", ours, theirs, "torch's", shape, device)


WEIGHT_NORMS = normalization.weight_norm, parametrizations.weight_norm


def batch_norm(shape: tuple[int, ...], device: str) -> Iterator[Pair]:
    """Beside torch's, beside our formula without `fast.py`, and beside the textbook's."""
    kind = "BatchNorm2d" if len(shape) == 4 else "BatchNorm1d"
    axes = (0, *range(2, len(shape)))
    yield from relative(kind, (shape[1],), shape, device, axes)
    ours, theirs = (getattr(normalization, kind)(shape[1]) for _ in range(2))
    formula = Formula(theirs, axes, normalized)
    yield pair(kind, ours, formula, "our formula without fast.py", shape, device)


def relative(
    kind: str,
    arguments: tuple,
    shape: tuple[int, ...],
    device: str,
    axes: tuple[int, ...],
    view: tuple[int, ...] = (),
    **options: object,
) -> Iterator[Pair]:
    """A layer beside torch's, and beside the textbook's formula over `axes`."""
    yield from race(kind, arguments, shape, device, **options)
    ours, theirs = (getattr(normalization, kind)(*arguments, **options) for _ in range(2))
    yield pair(kind, ours, Formula(theirs, axes, plain, view), PLAIN, shape, device)


def race(
    kind: str, arguments: tuple, shape: tuple[int, ...], device: str, **options: object
) -> Iterator[Pair]:
    """A layer beside torch's."""
    ours, theirs = (getattr(p, kind)(*arguments, **options) for p in (normalization, nn))
    yield pair(kind, ours, theirs, f"torch's {kind}", shape, device)


def pair(
    name: str, ours: nn.Module, other: nn.Module, counterpart: str, shape: tuple, device: str
) -> Pair:
    """Ours and another with the same parameters."""
    for a, b in zip(ours.parameters(), other.parameters(), strict=True):
        b.data.copy_(a.data)
    name = f"{name}, {' × '.join(map(str, shape))}, {device}"
    steps = [step(layer, shape, device) for layer in (ours, other)]
    return Pair(name, *steps, counterpart, tolerance=1e-4)


def plain(
    x: Tensor, weight: Tensor, bias: Tensor, axes: tuple[int, ...], eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """What `normalized` returns, its gradient left to autograd."""
    mean, variance = statistics(x, axes)
    return normalize(x, mean, variance, weight, bias, eps), mean.detach(), variance.detach()


class Formula(nn.Module):
    """A layer's parameters and statistics with a formula, and no checks."""

    def __init__(self, layer, axes, formula, view=()):
        super().__init__()
        self.layer, self.axes, self.formula, self.view = layer, axes, formula, view

    def forward(self, x):
        """In training mode."""
        layer, shape = self.layer, x.shape
        x = x.view(len(x), *self.view) if self.view else x
        # The parameters vary along the axes that are not those of a batch: channels, or a row.
        per_channel = [1] * (x.dim() - 1)
        per_channel[: 2 if self.view else 1] = x.shape[1 : 3 if self.view else 2]
        weight, bias = (p.view(per_channel) for p in (layer.weight, layer.bias))
        y, mean, variance = self.formula(x, weight, bias, self.axes, layer.eps)
        if getattr(layer, "track_running_stats", False):
            layer._track(mean, variance, x.numel() // x.shape[1])
        return y.view(shape)


def step(layer, shape, device):
    """A call that runs the layer forward and backward and returns the gradient of its input."""
    draws = torch.Generator().manual_seed(0)
    x, g = (torch.randn(shape, generator=draws).to(device) for _ in range(2))
    layer = layer.to(device)
    inputs = [x.requires_grad_(), *layer.parameters()]

    def call():
        dx, *_ = torch.autograd.grad(layer(x), inputs, g)
        if device == "cuda":
            torch.cuda.synchronize()
        return Tensors(dx)

    return call
