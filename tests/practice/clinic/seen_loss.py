"""Seen half, broken: a loss that is not made for these outputs, targets, or this task."""

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional

from .cases import broken
from .parts import cnn, diabetes, digits, disks, floats, loader, mlp, setup, start, table, tones


@broken("loss.softmax_and_ce", "loss.activation_twice", says="softmax before CrossEntropyLoss")
def softmax_and_ce(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    net = mlp(64, 64, 10)
    if ill:
        net.append(nn.Softmax(dim=1))
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, val=loader(xv, yv, 100, False))


class Tagger(nn.Module):
    """A network as in many tutorials: the activation stands in forward."""

    def __init__(self, twice):
        super().__init__()
        self.fc1, self.fc2, self.twice = nn.Linear(30, 16), nn.Linear(16, 1), twice

    def forward(self, x):
        x = self.fc2(functional.relu(self.fc1(x)))
        return torch.sigmoid(x) if self.twice else x


@broken("loss.sigmoid_twice", "loss.activation_twice", says="sigmoid, then BCEWithLogitsLoss")
def sigmoid_twice(seed, ill=True):
    start(seed)
    (x, y), _ = table("breast_cancer", seed)
    net = Tagger(twice=ill)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y.float()[:, None]), nn.BCEWithLogitsLoss(), opt, steps=150)


@broken("loss.nll_of_logits", "loss.activation_missing", says="NLLLoss without log_softmax")
def nll_of_logits(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed, images=True)
    net = cnn()
    if not ill:
        net.append(nn.LogSoftmax(dim=1))
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y, 64), nn.NLLLoss(), opt)


@broken("loss.bce_of_logits", "loss.activation_missing", says="BCELoss gets raw outputs (raises)")
def bce_of_logits(seed, ill=True):
    start(seed)
    (x, y), _ = table("breast_cancer", seed)
    net = mlp(30, 16, 1)
    if not ill:
        net.append(nn.Sigmoid())
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y.float()[:, None]), nn.BCELoss(), opt, steps=150)


@broken("loss.kl_of_probabilities", "loss.activation_missing",
        says="kl_div expects log-probabilities and gets probabilities",
        falls="the classes are found; probabilities run to 0 and 1, the loss below 0")  # fmt: skip
def kl_of_probabilities(seed, ill=True):
    rng = start(seed)
    x, y = tones(rng)
    soft = 0.9 * functional.one_hot(y, 3) + 0.1 / 3
    net = nn.Sequential(nn.Flatten(), mlp(48, 32, 3), nn.Softmax(1) if ill else nn.LogSoftmax(1))
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, soft), nn.KLDivLoss(reduction="batchmean"), opt, steps=200)


@broken("loss.column_against_row", "loss.broadcast", says="output (N, 1), target (N,), MSELoss")
def column_against_row(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = diabetes(seed)
    net = mlp(10, 32, 1)
    if not ill:
        net.append(nn.Flatten(0))
    opt = optim.Adam(net.parameters(), lr=5e-3)
    val = loader(xv, yv, 64, shuffle=False)
    return setup(net, loader(x, y), nn.MSELoss(), opt, steps=200, val=val)


class Forecaster(nn.Module):
    """A GRU that says the value after the last."""

    def __init__(self, squeeze):
        super().__init__()
        self.gru, self.out = nn.GRU(1, 24, batch_first=True), nn.Linear(24, 1)
        self.squeeze = squeeze

    def forward(self, x):
        y = self.out(self.gru(x)[0][:, -1])
        return y.squeeze(-1) if self.squeeze else y


@broken("loss.forecast_shapes", "loss.broadcast", says="own loss: output (N, 1), target (N,)")
def forecast_shapes(seed, ill=True):
    rng = start(seed)
    x, _ = tones(rng, n=600, length=17, features=1)
    net = Forecaster(squeeze=not ill)

    def mean_absolute_error(out, target):
        return torch.abs(out - target).mean()

    opt = optim.Adam(net.parameters(), lr=1e-2)
    batches = loader(x[:, :-1], x[:, -1, 0], 20)
    return setup(net, batches, mean_absolute_error, opt, steps=300)


@broken("loss.class_numbers", "loss.unsuitable", says="squared error on the number of the class")
def class_numbers(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    net = mlp(64, 32, 1 if ill else 10)
    if ill:
        y, yv = y.float()[:, None], yv.float()[:, None]
    opt = optim.Adam(net.parameters(), lr=2e-3)
    loss = nn.MSELoss() if ill else nn.CrossEntropyLoss()
    return setup(net, loader(x, y), loss, opt, val=loader(xv, yv, 100, shuffle=False))


@broken("loss.one_of_many", "loss.unsuitable", says="CrossEntropyLoss on several labels a sample")
def one_of_many(seed, ill=True):
    rng = start(seed)
    x = rng.normal(size=(800, 12))
    y = floats(x @ rng.normal(size=(12, 6)) + 0.5 > 0)
    net = mlp(12, 48, 6)
    opt = optim.Adam(net.parameters(), lr=5e-3)
    loss = nn.CrossEntropyLoss() if ill else nn.BCEWithLogitsLoss()
    return setup(net, loader(floats(x), y), loss, opt, steps=200)


@broken("loss.likelihood", "loss.sign", says="the log-likelihood is minimized, not its negative")
def likelihood(seed, ill=True):
    start(seed)
    (x, y), _ = table("wine", seed)

    def loss(out, target):
        log_p = functional.log_softmax(out, dim=1).gather(1, target[:, None])
        return log_p.mean() if ill else -log_p.mean()

    net = mlp(13, 16, 3)
    opt = optim.SGD(net.parameters(), lr=0.05)
    return setup(net, loader(x, y, 16), loss, opt, steps=150)


@broken("loss.dice", "loss.sign", says="the Dice coefficient is minimized: 1 - dice was meant")
def dice(seed, ill=True):
    rng = start(seed)
    x, y = disks(rng)

    def dice_loss(out, mask):
        p = torch.sigmoid(out)
        overlap = 2 * (p * mask).sum((1, 2, 3)) + 1
        d = (overlap / (p.sum((1, 2, 3)) + mask.sum((1, 2, 3)) + 1)).mean()
        return d if ill else 1 - d

    net = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1))
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(x, y, 24), dice_loss, opt, steps=150)


@broken("loss.cosine", "loss.sign", says="cosine similarity of matching pairs is minimized")
def cosine(seed, ill=True):
    rng = start(seed)
    code = rng.normal(size=(600, 8))
    x = floats(np.tanh(code @ rng.normal(size=(8, 20))) + 0.1 * rng.normal(size=(600, 20)))

    def loss(out, target):
        s = functional.cosine_similarity(out, target, dim=1).mean()
        return s if ill else 1 - s

    net = mlp(20, 32, 8)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, floats(code)), loss, opt, steps=200)
