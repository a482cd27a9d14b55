"""Seen half, healthy: networks that look odd in their layers or their data, and learn."""

import torch
from torch import nn, optim
from torch.nn import functional

from .cases import healthy
from .parts import (
    cnn,
    digits,
    loader,
    mlp,
    sentences,
    setup,
    start,
    tones,
)


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
