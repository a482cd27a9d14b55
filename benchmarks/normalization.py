"""`deeptricks.normalization` beside torch's own layers, and beside what a reader would write first.

One step of training: forward, and backward to the input and the parameters.
"""

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.utils import parametrizations

from benchmarks.compare import Pair, Tensors
from deeptricks import normalization
from deeptricks.normalization import BatchNorm1d, BatchNorm2d, group_norm, layer_norm

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def pairs() -> Iterator[Pair]:
    """Of each layer in turn."""
    yield from batch_norm()
    yield from relatives()


def batch_norm() -> Iterator[Pair]:
    """Feature maps of sequences and of images; then small ones and rows, where calls cost most."""
    for device in DEVICES:
        for shape in BATCHES:
            channels = shape[1]
            images = len(shape) == 4
            ours = BatchNorm2d(channels) if images else BatchNorm1d(channels)
            theirs = nn.BatchNorm2d(channels) if images else nn.BatchNorm1d(channels)
            name = f"{type(ours).__name__}, {' × '.join(map(str, shape))}, {device}"
            for layer, counterpart in [
                (theirs, f"torch's {type(theirs).__name__}"),
                (TextbookBatchNorm(channels), TEXTBOOK),
            ]:
                steps = [step(each, shape, device) for each in (ours, layer)]
                yield Pair(name, *steps, counterpart, tolerance=1e-4)


def relatives() -> Iterator[Pair]:
    """Instance and group norm on images, layer and RMS norm on rows, weight norm in a layer."""
    layers = [
        (kind, shape, arguments(shape[1]))
        for kind, shapes, arguments in [
            ("InstanceNorm2d", IMAGES, lambda channels: (channels, 1e-5, 0.1, True)),
            ("GroupNorm", IMAGES, lambda channels: (8, channels)),
            ("LayerNorm", ROWS, lambda features: (features,)),
            ("RMSNorm", ROWS, lambda features: (features,)),
        ]
        for shape in shapes
    ]
    for device in DEVICES:
        for kind, shape, arguments in layers:
            both = [getattr(package, kind)(*arguments) for package in (normalization, nn)]
            yield race(kind, both, shape, device)
            if kind in FORMULAS:
                yield race(kind, [both[0], Formula(kind, both[0])], shape, device, TEXTBOOK)
        for features in (64, 256, 1024):
            both = [w(nn.Linear(features, features)) for w in WEIGHT_NORMS]
            yield race("weight_norm of a Linear", both, (128, features), device)


BATCHES = [(64, 128, 256), (64, 64, 16, 16), (32, 64, 32, 32), (64, 32, 16, 16), (128, 64)]
IMAGES = [(16, 128, 8, 8), (64, 32, 16, 16), (32, 64, 32, 32)]
ROWS = [(4096, 64), (2048, 256), (1024, 1024)]
WEIGHT_NORMS = normalization.weight_norm, parametrizations.weight_norm


FORMULAS = {
    "LayerNorm": lambda x, *parameters: layer_norm.plain(x, *parameters, 1e-5),
    "GroupNorm": lambda x, *parameters: group_norm.plain(x.flatten(2), *parameters, 8, 1e-5),
}
TEXTBOOK = "the textbook's formula, with autograd"


class Formula(nn.Module):
    """A layer's formula and nothing else, its gradient left to autograd."""

    def __init__(self, kind, layer):
        super().__init__()
        self.formula = FORMULAS[kind]
        self.weight, self.bias = (nn.Parameter(p.detach().clone()) for p in layer.parameters())

    def forward(self, x):
        """Of the same shape."""
        return self.formula(x, self.weight, self.bias).view_as(x)


def race(kind, both, shape, device, counterpart="torch's") -> Pair:
    """Ours and another with the same parameters."""
    ours, theirs = both
    theirs.load_state_dict(ours.state_dict())
    name = f"{kind}, {' × '.join(map(str, shape))}, {device}"
    steps = [step(layer, shape, device) for layer in both]
    return Pair(name, *steps, counterpart, tolerance=1e-4)


class TextbookBatchNorm(nn.Module):
    """Batch normalization as it stands in the paper, its gradient left to autograd."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        """In training mode."""
        axes, shape = [0, *range(2, x.dim())], (1, -1, *[1] * (x.dim() - 2))
        mean, var = x.mean(axes), x.var(axes, unbiased=False)
        with torch.no_grad():
            n = x.numel() / x.shape[1]
            self.running_mean += self.momentum * (mean - self.running_mean)
            self.running_var += self.momentum * (var * n / (n - 1) - self.running_var)
        x_hat = (x - mean.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return self.weight.view(shape) * x_hat + self.bias.view(shape)


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
