"""Seen half, broken: the optimizer steps too far, not far enough, or over the wrong parameters."""

import copy

import torch
from torch import nn, optim

from .cases import broken
from .parts import cnn, diabetes, digits, loader, mlp, sentences, setup, start, table, tones


@broken("optimizer.sgd_ten", "optimizer.lr_too_high", says="SGD at a rate of 10")
def sgd_ten(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 64, 32, 10)
    opt = optim.SGD(net.parameters(), lr=10.0 if ill else 0.1)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=200)


@broken("optimizer.adam_half", "optimizer.lr_too_high", says="Adam at 0.5 on a GRU")
def adam_half(seed, ill=True):
    rng = start(seed)
    x, y = tones(rng, length=16)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.head = nn.GRU(2, 24, batch_first=True), nn.Linear(24, 3)

        def forward(self, x):
            return self.head(self.gru(x)[0][:, -1])

    net = Net()
    opt = optim.Adam(net.parameters(), lr=0.5 if ill else 5e-3)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=240)


@broken("optimizer.momentum_one", "optimizer.lr_too_high", says="rate 0.2 with momentum 0.99",
        )  # fmt: skip
def momentum_one(seed, ill=True):
    start(seed)
    (x, y), _ = diabetes(seed)
    net = mlp(10, 64, 64, 1)
    opt = optim.SGD(net.parameters(), lr=0.2 if ill else 0.01, momentum=0.99 if ill else 0.9)
    return setup(net, loader(x, y[:, None]), nn.MSELoss(), opt, steps=150)


@broken("optimizer.adam_micro", "optimizer.lr_too_low", says="Adam at 1e-6 for 300 steps")
def adam_micro(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed, images=True)
    net = cnn()
    opt = optim.Adam(net.parameters(), lr=1e-6 if ill else 1e-3)
    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(x, y, 50), nn.CrossEntropyLoss(), opt, steps=300, val=val)


@broken(
    "optimizer.sgd_for_words",
    "optimizer.lr_too_low",
    says="SGD at 1e-4, Adam's rate",
)
def sgd_for_words(seed, ill=True):
    rng = start(seed)
    x, y = sentences(rng)
    net = nn.Sequential(nn.Embedding(40, 16), nn.Flatten(), mlp(160, 32, 2))
    opt = optim.SGD(net.parameters(), lr=1e-4) if ill else optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y, 40), nn.CrossEntropyLoss(), opt, steps=200)


@broken("optimizer.head_replaced", "optimizer.missing_params",
        says="the head was replaced after the optimizer was built")  # fmt: skip
def head_replaced(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed, images=True)
    net = cnn(classes=100)
    opt = optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    net[-1] = nn.Linear(64, 10)
    if not ill:
        opt = optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=100)


@broken("optimizer.another_model", "optimizer.missing_params",
        says="the optimizer holds the parameters of a copy")  # fmt: skip
def another_model(seed, ill=True):
    start(seed)
    (x, y), _ = table("breast_cancer", seed)
    first = mlp(30, 16, 2)
    net = copy.deepcopy(first)
    opt = optim.Adam((first if ill else net).parameters(), lr=3e-3)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=150)


@broken("optimizer.only_decoder", "optimizer.missing_params",
        says="an autoencoder of which only the decoder is in the optimizer")  # fmt: skip
def only_decoder(seed, ill=True):
    start(seed)
    (x, _), _ = digits(seed, center=0)
    net = nn.Sequential()
    net.encoder, net.decoder = mlp(64, 32, 4), mlp(4, 32, 64)
    opt = optim.AdamW((net.decoder if ill else net).parameters(), lr=3e-3)
    return setup(net, loader(x, x), nn.MSELoss(), opt, steps=400)


@broken("optimizer.decay_one", "optimizer.weight_decay", says="Adam with weight_decay=1")
def decay_one(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 64, 10)
    opt = optim.Adam(net.parameters(), lr=3e-3, weight_decay=1.0 if ill else 1e-4)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=250)


@broken("optimizer.decay_sgd", "optimizer.weight_decay", says="SGD with weight_decay=0.5")
def decay_sgd(seed, ill=True):
    rng = start(seed)
    x = torch.as_tensor(rng.normal(size=(700, 6)), dtype=torch.float32)
    y = torch.stack([x[:, 0] * x[:, 1], torch.tanh(2 * x[:, 2])], 1)
    net = mlp(6, 48, 48, 2, act=nn.SiLU)
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=0.5 if ill else 0)
    return setup(net, loader(x, y), nn.MSELoss(), opt, steps=400)
