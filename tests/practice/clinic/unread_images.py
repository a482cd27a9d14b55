"""Images: conv nets plain and residual, autoencoders, segmentation, pairs, color pictures."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from tests.practice.clinic.unread_cases import (
    Batches,
    accuracy,
    broken,
    certainty,
    healthy,
    loader,
    r2,
    set_up,
)  # fmt: skip
from tests.practice.clinic.unread_data import digits, split


def plain_conv(rng, fault=None):
    """LeNet in small: two convolutions without a norm."""
    top = 255.0 if fault == "0 to 255" else 1.0
    (xt, yt), (xv, yv), (xs, ys) = digits(rng, top=top)
    if fault == "uint8 divided by 255":
        xt, xv = [(x * 16).byte() // 255 * 1.0 for x in (xt, xv)]
    if fault == "classes 1 to 10":
        yt, yv = yt + 1, yv + 1
    if fault == "labels not sorted along":
        yt = yt.roll(1)
    model = nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(96, 48), nn.ReLU(), nn.Linear(48, 10),
    )  # fmt: skip
    if fault == "softmax at the end":
        model.append(nn.Softmax(1))
    if fault == "output bias of 60":
        nn.init.normal_(model[-1].bias, 0, 60)
    criterion = nn.NLLLoss() if fault == "NLLLoss of logits" else nn.CrossEntropyLoss()
    rate = 8.0 if fault == "rate of 8" else 0.1
    optimizer = torch.optim.SGD(model.parameters(), rate, momentum=0.5)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)

    def clipped(x, y):
        optimizer.zero_grad(set_to_none=True)
        value = criterion(model(x), y)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
        optimizer.step()
        return value.detach()

    def uncleared(x, y):
        value = criterion(model(x), y)
        value.backward()
        optimizer.step()
        return value.item()

    def scheduled(x, y):
        optimizer.zero_grad()
        value = criterion(model(x), y)
        value.backward()
        optimizer.step()
        schedule.step()
        return value.item()

    own = {"norm clipped at .001": clipped, "never cleared": uncleared,
           "gamma .9 per batch": scheduled}  # fmt: skip
    return set_up(
        model, loader(xt, yt, 40), criterion, optimizer, 300, lambda: accuracy(model, xs, ys),
        val_batches=loader(xv, yv, 100, False), step=own.get(fault),
    )  # fmt: skip


def norm_conv(rng, fault=None):
    """Three convolutions with BatchNorm."""
    (xt, yt), (xv, yv), (xs, ys) = digits(rng)
    xt, xv, xs = [(x - 0.305) / 0.376 for x in (xt, xv, xs)]
    if fault == "validation not standardized":
        xv = (xv * 0.376 + 0.305) * 255
    if fault == "validation of training images":
        xv, yv = torch.cat([xv[:100], xt[:200]]), torch.cat([yv[:100], yt[:200]])
    momentum = 1e-4 if fault == "momentum of .0001" else 0.1
    layers = []
    for a, b in ((1, 8), (8, 12), (12, 16)):
        layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b, momentum=momentum), nn.ReLU()]
    layers[3:3] = [nn.MaxPool2d(2)]
    drop = 0.5 if fault in {"validated with dropout", None} else 0.0
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(drop),
                          nn.Linear(64, 10))  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    criterion = nn.CrossEntropyLoss()

    def evaluate(batches):
        with torch.no_grad():
            return float(np.mean([criterion(model(x), y).item() for x, y in batches]))

    own = {"validated with dropout": evaluate}
    return set_up(
        model, loader(xt, yt, 50), criterion, optimizer, 200, lambda: accuracy(model, xs, ys),
        val_batches=loader(xv, yv, 50, False), evaluate=own.get(fault),
    )  # fmt: skip


def deep_norm(rng, fault=None):
    """Ten layers that live by their BatchNorm."""
    (xt, yt), (xv, yv), (xs, ys) = [(x.flatten(1), y) for x, y in digits(rng)]
    sizes = [64] + [40] * 10
    body = []
    for a, b in pairwise(sizes):
        body += [nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU()]
    model = nn.Sequential(*body, nn.Linear(40, 10))
    if fault == "model.eval() before training":
        model.eval()
    size = {"batches of one": 1}.get(fault, 50)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    criterion = nn.CrossEntropyLoss()

    def evaluate_and_stay(batches):
        model.eval()
        with torch.no_grad():
            return float(np.mean([criterion(model(x), y).item() for x, y in batches]))

    own = evaluate_and_stay if fault == "eval mode after validation" else None
    return set_up(
        model, loader(xt, yt, size), criterion, optimizer, 120,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 100, False), evaluate=own,
    )  # fmt: skip


class Residual(nn.Module):
    """A stem, blocks x + f(x) and a head; without any norm."""

    def __init__(self, blocks, gain=0.3, width=12):
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, 2, 1)
        made = [nn.Conv2d(width, width, 3, padding=1) for _ in range(blocks)]
        for conv in made:
            nn.init.kaiming_normal_(conv.weight)
            conv.weight.data *= gain
        self.blocks = nn.ModuleList(made)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.stem(x)
        for conv in self.blocks:
            x = x + conv(F.relu(x))
        return self.head(x.mean((2, 3)))


def norm_perceptron(rng, fault=None):
    """Two hidden layers with BatchNorm; every batch counts."""
    (xt, yt), (xv, yv), (xs, ys) = [(x.flatten(1), y) for x, y in digits(rng)]
    body = [nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(),
            nn.Linear(48, 48), nn.BatchNorm1d(48), nn.ReLU()]  # fmt: skip
    model = nn.Sequential(*body, nn.Linear(48, 10))
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    return set_up(
        model, loader(xt, yt, 2 if fault == "batches of two" else 20), nn.CrossEntropyLoss(),
        optimizer, 500, lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 100, False),
    )  # fmt: skip


def residual(rng, fault=None):
    """A residual network of six blocks without a norm."""
    (xt, yt), (xv, yv), (xs, ys) = digits(rng)
    gain = 6.0 if fault == "blocks at a gain of 6" else 0.3
    model = Residual(6, gain=gain, width=8)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    return set_up(
        model, loader(xt, yt, 40), nn.CrossEntropyLoss(), optimizer, 200,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 100, False),
    )  # fmt: skip


class Listed(nn.Module):
    """Hidden layers kept in a list."""

    def __init__(self, keep):
        super().__init__()
        self.hidden = keep([nn.Linear(64, 8), nn.Linear(8, 8), nn.Linear(8, 8)])
        self.out = nn.Linear(8, 10)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.tanh(layer(x))
        return self.out(x)


def listed(rng, fault=None):
    """A perceptron whose layers stand in a list."""
    (xt, yt), (xv, yv), (xs, ys) = [(x.flatten(1), y) for x, y in digits(rng)]
    model = Listed(list if fault == "a plain list of layers" else nn.ModuleList)
    if fault == "hidden layers frozen":
        for layer in model.hidden:
            layer.requires_grad_(False)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    return set_up(
        model, loader(xt, yt, 50), nn.CrossEntropyLoss(), optimizer, 250,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 100, False),
    )  # fmt: skip


class AutoEncoder(nn.Module):
    """64 - 48 - 12 - 48 - 64 with a sigmoid."""

    def __init__(self, cut=False):
        super().__init__()
        self.cut = cut
        self.encoder = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 12))
        self.decoder = nn.Sequential(nn.Linear(12, 48), nn.ReLU(), nn.Linear(48, 64))

    def forward(self, x):
        code = self.encoder(x)
        if self.cut:
            code = torch.from_numpy(code.detach().numpy().clip(-3, 3))  # "keep codes bounded"
        return self.decoder(code)


def autoencoder(rng, fault=None):
    """Digits in, digits out: the target is the input."""
    (xt, _), (xv, _), (xs, _) = [(x.flatten(1), y) for x, y in digits(rng)]
    model = AutoEncoder(cut=fault == "codes over numpy")
    params = model.decoder.parameters() if fault == "only the decoder" else model.parameters()
    optimizer = torch.optim.Adam(params, 3e-3)
    return set_up(
        model, loader(xt, xt, 40), nn.BCEWithLogitsLoss(), optimizer, 350,
        lambda: r2(nn.Sequential(model, nn.Sigmoid()), xs, xs),
        val_batches=loader(xv, xv, 100, False),
    )  # fmt: skip


def blobs(rng, n, size=12):
    """Noisy pictures with a bright ellipse, and its mask."""
    at = np.arange(size)
    cx, cy = rng.uniform(2, size - 3, (2, n, 1, 1))
    a, b = rng.uniform(1.2, 3.5, (2, n, 1, 1))
    mask = ((at[None, :, None] - cy) / a) ** 2 + ((at[None, None] - cx) / b) ** 2 < 1
    x = mask * 1.0 + rng.normal(0, 0.8, mask.shape)
    return x[:, None].astype("float32"), mask[:, None].astype("float32")


def segmentation(rng, fault=None):
    """Which pixels belong to the cell: a small fully convolutional network."""
    (xt, yt), (xv, yv), (xs, ys) = split(rng, *blobs(rng, 700), (400, 100, 200))
    if fault == "masks of 0 and 255":
        yt, yv = yt * 255, yv * 255
    change = None
    if fault == "images flipped, masks not":

        def change(x, y):
            return (x.flip(3) if torch.rand(()) < 0.5 else x.flip(2)), y

    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=2, dilation=2),
        nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1),
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    criterion = nn.BCEWithLogitsLoss()
    if fault == "dice plus instead of minus":

        def criterion(out, y):
            p = out.sigmoid()
            dice = 2 * (p * y).sum((1, 2, 3)) / ((p + y).sum((1, 2, 3)) + 1)
            return dice.mean()

    return set_up(
        model, Batches(xt, yt, 25, change=change), criterion, optimizer, 200,
        lambda: certainty(model, xs, ys), val_batches=Batches(xv, yv, 50, shuffle=False),
    )  # fmt: skip


class Siamese(nn.Module):
    """One encoder for both pictures, a logit from the distance of the codes."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))
        self.scale, self.offset = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.zeros(()))

    def forward(self, pair):
        a, b = pair
        far = (self.encoder(a) - self.encoder(b)).square().mean(-1)
        return self.offset - self.scale * far


def pairs(rng, x, y, n):
    """n pairs of images, half of the same digit."""
    first = torch.as_tensor(rng.integers(0, len(y), n))
    second = torch.as_tensor(rng.integers(0, len(y), n))
    for i in range(0, n, 2):
        same = (y == y[first[i]]).nonzero()[:, 0]
        second[i] = same[int(rng.integers(len(same)))]
    return (x[first], x[second]), (y[first] == y[second]).float()


def siamese(rng, fault=None):
    """Do two pictures show the same digit?"""
    (xt, yt), (xv, yv), (xs, ys) = [(x.flatten(1), y) for x, y in digits(rng)]
    (xt, yt), (xv, yv), (xs, ys) = (pairs(rng, x, y, n) for x, y, n in
                                    ((xt, yt, 1600), (xv, yv, 200), (xs, ys, 400)))  # fmt: skip
    if fault == "second picture from another row":
        xt = (xt[0], xt[1].roll(7, 0))
    model = Siamese()
    if fault == "encoder without gradients":
        model.encoder.requires_grad_(False)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    return set_up(
        model, Batches(xt, yt, 50), nn.BCEWithLogitsLoss(), optimizer, 400,
        lambda: certainty(model, xs, ys), val_batches=Batches(xv, yv, 100, shuffle=False),
    )  # fmt: skip


def house_numbers(rng, fault=None):
    """Color pictures, stored as Matlab does (SVHN): height, width, channel, sample."""
    (xt, yt), (xv, yv), (xs, ys) = digits(rng, (900, 250, 400))

    def colored(x):
        ink, paper = torch.rand(2, len(x), 3, 1, 1)
        return x * (1 - paper * 0.6) + (1 - x) * ink * 0.5

    xt, xv, xs = colored(xt), colored(xv), colored(xs)
    if fault == "reshape of (H, W, C, N)":
        xt = xt.permute(2, 3, 1, 0).contiguous().reshape(xt.shape)
        xv = xv.permute(2, 3, 1, 0).contiguous().reshape(xv.shape)
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.GroupNorm(4, 16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 24, 3, padding=1), nn.GroupNorm(4, 24), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(24, 10),
    )  # fmt: skip
    optimizer = torch.optim.NAdam(model.parameters(), 5e-3)
    return set_up(
        model, loader(xt, yt, 45), nn.CrossEntropyLoss(), optimizer, 240,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


C, B = "conv net", "conv net with BatchNorm"
CASES = [
    broken(plain_conv, "0 to 255", "data.not_normalized", "pixels of 0..255, no norm, SGD .1", C),
    broken(plain_conv, "uint8 divided by 255", "data.degenerate",
           "integer division: every picture is black", C),
    broken(plain_conv, "classes 1 to 10", "data.label_range", "labels 1..10 for ten outputs", C),
    broken(plain_conv, "labels not sorted along", "data.label_mismatch", "off by one row", C),
    broken(plain_conv, "softmax at the end", "loss.activation_twice",
           "softmax before CrossEntropyLoss", C),
    broken(plain_conv, "output bias of 60", "init.scale", "N(0, 60) in the last biases", C),
    broken(plain_conv, "NLLLoss of logits", "loss.activation_missing",
           "NLLLoss without log-softmax: the loss falls without end", C),
    broken(plain_conv, "rate of 8", "optimizer.lr_too_high", "SGD at 8: 2.3 for ever or NaN", C),
    broken(plain_conv, "norm clipped at .001", "loop.clipping", "clip_grad_norm_(..., 1e-3)", C),
    broken(plain_conv, "never cleared", "loop.no_zero_grad", "no zero_grad", C),
    broken(plain_conv, "gamma .9 per batch", "loop.schedule",
           "an ExponentialLR meant for epochs, stepped with every batch", C),
    broken(norm_conv, "validation not standardized", "data.train_val_mismatch",
           "validation pictures in 0..255", B, "training is well; what validation says is wrong"),
    broken(norm_conv, "validation of training images", "data.leakage",
           "two thirds of the validation pictures are training pictures", B,
           "validation looks better than it is"),
    broken(norm_conv, "momentum of .0001", "model.batchnorm",
           "running averages that never arrive: training is well, evaluation at chance", B),
    broken(norm_conv, "validated with dropout", "loop.eval_in_train_mode",
           "evaluate without eval(): dropout .5 and batch statistics in validation", B,
           "training is well; what validation says is wrong, and BatchNorm has seen it"),
    broken(deep_norm, "eval mode after validation", "loop.train_in_eval_mode",
           "evaluate() leaves the model in eval mode: from the second epoch on",
           "deep perceptron"),
    broken(listed, "hidden layers frozen", "model.frozen",
           "layers frozen that were never trained, yet in the optimizer", "perceptron"),
    broken(deep_norm, "model.eval() before training", "loop.train_in_eval_mode",
           "BatchNorm uses its starting averages and normalizes nothing", "deep perceptron"),
    broken(norm_perceptron, "batches of two", "model.batchnorm",
           "of two samples one is +1 and the other -1 after the norm", "perceptron"),
    broken(deep_norm, "batches of one", "model.batchnorm",
           "raises: more than one value per channel", "deep perceptron"),
    broken(residual, "blocks at a gain of 6", ("model.exploding", "init.scale"),
           "each block multiplies by four or five: thousands at the top", "residual conv net"),
    broken(listed, "a plain list of layers", "model.unregistered",
           "only the last layer is in parameters()", "perceptron"),
    broken(autoencoder, "codes over numpy", "model.detached",
           "the encoder gets no gradient", "autoencoder"),
    broken(autoencoder, "only the decoder", "optimizer.missing_params",
           "optimizer(model.decoder.parameters())", "autoencoder"),
    broken(segmentation, "masks of 0 and 255", "data.label_range",
           "masks as PNG files hold them", "segmentation"),
    broken(segmentation, "images flipped, masks not", "data.label_mismatch",
           "augmentation of the image alone", "segmentation"),
    broken(segmentation, "dice plus instead of minus", "loss.sign",
           "the dice coefficient is minimized", "segmentation"),
    broken(siamese, "second picture from another row", "data.label_mismatch",
           "pairs taken apart", "siamese"),
    broken(siamese, "encoder without gradients", "model.frozen",
           "an encoder frozen before it learned, yet in the optimizer", "siamese"),
    broken(house_numbers, "reshape of (H, W, C, N)", ("data.layout", "data.label_mismatch"),
           "Matlab's order reshaped: every picture mixes many", "color conv net"),
    healthy(norm_conv, "dropout .5 before the last layer", B),
    healthy(residual, "six residual blocks without a norm", "residual conv net", odd=False),
    healthy(autoencoder, "targets in 0..1 with BCE; inputs are the targets", "autoencoder"),
    healthy(segmentation, "the ordinary case", "segmentation", odd=False),
    healthy(siamese, "a tuple of inputs, one encoder used twice", "siamese"),
    healthy(house_numbers, "the ordinary case", "color conv net", odd=False),
    healthy(listed, "three layers of eight units", "perceptron", odd=False),
    healthy(deep_norm, "ten layers with BatchNorm", "deep perceptron", odd=False),
]  # fmt: skip
