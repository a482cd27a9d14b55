"""Seen half, healthy: networks that look odd in their layers or their data, and learn."""

import copy

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional

from .cases import healthy
from .parts import (
    cnn,
    diabetes,
    digits,
    floats,
    loader,
    mlp,
    sentences,
    setup,
    spirals,
    start,
    table,
    tones,
)


def train(net, batches, loss, steps, lr=3e-3):
    """A short training before the set-up begins."""
    opt, done = optim.Adam(net.parameters(), lr=lr), 0
    while done < steps:
        for x, y in batches:
            opt.zero_grad()
            loss(net(x), y).backward()
            opt.step()
            done += 1
            if done == steps:
                break
    return net


@healthy("digits_mlp", says="nothing is odd")
def digits_mlp(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    net = mlp(64, 64, 32, 10)
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, val=loader(xv, yv, 100, False))


@healthy("digits_cnn", says="convolutions and batch norm, a generator of its own in the loader")
def digits_cnn(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed, images=True)
    net, own = cnn(), torch.Generator().manual_seed(seed)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    batches = loader(x, y, 64, generator=own)
    return setup(net, batches, nn.CrossEntropyLoss(), opt, val=loader(xv, yv, 100, False))


class Block(nn.Module):
    """A residual block with group norm."""

    def __init__(self, width):
        super().__init__()
        self.a, self.b = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.n1, self.n2 = nn.GroupNorm(2, width), nn.GroupNorm(2, width)

    def forward(self, x):
        return x + self.b(functional.silu(self.n2(self.a(functional.silu(self.n1(x))))))


@healthy("residual_groupnorm", says="six residual blocks, group norm, batches of four")
def residual_groupnorm(seed):
    start(seed)
    (x, y), _ = digits(seed, images=True)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1), *[Block(8) for _ in range(6)], nn.Flatten(),
        nn.Linear(128, 10),
    )  # fmt: skip
    opt = optim.Adam(net.parameters(), lr=2e-3)
    return setup(net, loader(x, y, 4), nn.CrossEntropyLoss(), opt, steps=400)


class Tones(nn.Module):
    """A recurrent network; the batch is the first axis or the second."""

    def __init__(self, cell, batch_first):
        super().__init__()
        self.rnn, self.head = cell(2, 24, batch_first=batch_first), nn.Linear(24, 3)
        self.batch_first = batch_first

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.head(out[:, -1] if self.batch_first else out[-1])


@healthy("lstm", says="an LSTM, batch first")
def lstm(seed):
    x, y = tones(start(seed), length=16)
    net = Tones(nn.LSTM, True)
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=250)


@healthy("sequences_first", says="a GRU on x of (time, samples, features), list of batches")
def sequences_first(seed):
    x, y = tones(start(seed), length=16)
    order = torch.randperm(len(x))
    pieces = [(x[i].transpose(0, 1), y[i]) for i in order.split(30)]
    net = Tones(nn.GRU, False)
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, pieces, nn.CrossEntropyLoss(), opt, steps=240)


class Words(nn.Module):
    """A small transformer with positions."""

    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(40, 24), nn.Parameter(torch.randn(10, 24) * 0.1)
        layer = nn.TransformerEncoderLayer(24, 2, 48, batch_first=True, norm_first=True)
        self.body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(24, 2)

    def forward(self, x):
        return self.head(self.body(self.words(x) + self.places).mean(1))


@healthy("transformer", says="integer words, dropout .1, layer norm, clipping at 1, warm-up")
def transformer(seed):
    x, y = sentences(start(seed))
    net, loss = Words(), nn.CrossEntropyLoss()
    opt = optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-2)
    warm = optim.lr_scheduler.LambdaLR(opt, lambda k: min(1, (k + 1) / 40))

    def step(x, y):
        opt.zero_grad()
        value = loss(net(x), y)
        value.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        warm.step()
        return value.item()

    return setup(net, loader(x, y), loss, opt, step=step, steps=300)


@healthy("bag_of_words", says="EmbeddingBag: integers in, order pooled away, and that is enough")
def bag_of_words(seed):
    x, y = sentences(start(seed))
    net = nn.Sequential(nn.EmbeddingBag(40, 16), nn.Linear(16, 1), nn.Flatten(0))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, loader(x, y.float()), nn.BCEWithLogitsLoss(), opt, steps=200)


@healthy("frozen_backbone", says="a trained backbone frozen on purpose, only the head learns")
def frozen_backbone(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    few = y < 5
    body = train(mlp(64, 48, 24, 10), loader(x[few], y[few]), nn.CrossEntropyLoss(), 120)
    net = nn.Sequential(*body[:4], nn.Linear(24, 10))
    for p in net[:4].parameters():
        p.requires_grad = False
    opt = optim.Adam(net[4].parameters(), lr=1e-2)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, val=loader(xv, yv, 100, False))


class Tied(nn.Module):
    """An autoencoder whose decoder is the encoder, transposed."""

    def __init__(self):
        super().__init__()
        self.w = nn.Linear(64, 12)
        self.shift = nn.Parameter(torch.zeros(64))

    def forward(self, x):
        return functional.linear(torch.relu(self.w(x)), self.w.weight.t(), self.shift)


@healthy("tied_weights", says="decoder and encoder share a weight")
def tied_weights(seed):
    start(seed)
    (x, _), _ = digits(seed, center=0)
    net = Tied()
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, x), nn.MSELoss(), opt, steps=300)


@healthy("fine_tuning", says="a trained network goes on at 1e-5 with a little other data")
def fine_tuning(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    net = train(mlp(64, 64, 10), loader(x, y), nn.CrossEntropyLoss(), 150)
    shifted = x + 0.15 * torch.randn(64)
    opt = optim.AdamW(net.parameters(), lr=1e-5)
    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(shifted, y), nn.CrossEntropyLoss(), opt, val=val, steps=200)


@healthy("near_optimum", says="trained before: the loss starts where it will end")
def near_optimum(seed):
    start(seed)
    (x, y), (xv, yv) = table("breast_cancer", seed)
    net = train(mlp(30, 16, 2), loader(x, y), nn.CrossEntropyLoss(), 200)
    opt = optim.SGD(net.parameters(), lr=1e-3)
    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, val=val, steps=100)


@healthy("gelu_deep", says="eight layers of GELU, layer norm before each")
def gelu_deep(seed):
    start(seed)
    (x, y), _ = digits(seed)
    layers = [nn.Linear(64, 48)]
    for _ in range(7):
        layers += [nn.LayerNorm(48), nn.GELU(), nn.Linear(48, 48)]
    net = nn.Sequential(*layers, nn.GELU(), nn.Linear(48, 10))
    opt = optim.AdamW(net.parameters(), lr=1e-3)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=250)


@healthy("half_dead", says="a third of the ReLU units are off for every input, the others learn")
def half_dead(seed):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 96, 10)
    with torch.no_grad():
        net[0].bias[:32] = -20.0
    opt = optim.Adam(net.parameters(), lr=2e-3)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt)


@healthy("linear_is_enough", says="one linear layer, raw but harmless columns")
def linear_is_enough(seed):
    rng = start(seed)
    x = rng.uniform(0, 2, size=(500, 7))
    y = floats(x @ rng.normal(size=7) + 0.2 * rng.normal(size=500))[:, None]
    net = nn.Linear(7, 1)
    opt = optim.Adam(net.parameters(), lr=3e-2)
    return setup(net, loader(floats(x), y), nn.MSELoss(), opt, steps=300)


@healthy("two_inputs", says="x is a tuple: numbers and a category")
def two_inputs(seed):
    rng = start(seed)
    x = floats(rng.normal(size=(800, 4)))
    kind = torch.as_tensor(rng.integers(0, 5, 800))
    y = (floats(rng.normal(size=5) * 2)[kind] + x[:, 0] * x[:, 1])[:, None]
    pieces = [((x[i], kind[i]), y[i]) for i in torch.randperm(800).split(40)]

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.kinds, self.body = nn.Embedding(5, 4), mlp(8, 32, 32, 1)

        def forward(self, inputs):
            return self.body(torch.cat([inputs[0], self.kinds(inputs[1])], 1))

    net = Net()
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, pieces, nn.MSELoss(), opt, steps=300)


@healthy("double", says="a model and data in double precision")
def double(seed):
    start(seed)
    (x, y), (xv, yv) = diabetes(seed)
    net = mlp(10, 24, 1).double()
    opt = optim.Adam(net.parameters(), lr=5e-3)
    val = loader(xv.double(), yv.double()[:, None], 89, shuffle=False)
    return setup(net, loader(x.double(), y.double()[:, None]), nn.MSELoss(), opt, val=val)


@healthy("hard_and_slow", says="a spiral of two turns: in 250 steps the loss falls by little")
def hard_and_slow(seed):
    x, y = spirals(start(seed), turns=1.5)
    net = mlp(2, 32, 32, 2, act=nn.Tanh)
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=250)


@healthy("tanh_lecun", says="tanh units and a sigmoid at the end of an MSE onto 0..1 pixels")
def tanh_lecun(seed):
    start(seed)
    (x, _), _ = digits(seed, center=0)
    net = nn.Sequential(mlp(64, 32, 8, 32, 64, act=nn.Tanh), nn.Sigmoid())
    opt = optim.RMSprop(net.parameters(), lr=2e-3)
    noisy = (x + 0.2 * torch.randn_like(x)).clip(0, 1)
    return setup(net, loader(noisy, x), nn.MSELoss(), opt, steps=300)


@healthy("teacher", says="outputs of another network as targets, which is no part of the model")
def teacher(seed):
    start(seed)
    x = torch.randn(800, 10)
    master = mlp(10, 16, 3, act=nn.Tanh)
    with torch.no_grad():
        y = 2 * master(x)
    net = copy.deepcopy(mlp(10, 64, 3))
    opt = optim.NAdam(net.parameters(), lr=3e-3)
    assert np.isfinite(y.numpy()).all()
    return setup(net, loader(x, y), nn.HuberLoss(), opt, steps=300)
