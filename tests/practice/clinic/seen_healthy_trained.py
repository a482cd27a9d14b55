"""Seen half, healthy: trained before, frozen or tied on purpose, odd units, odd tasks."""

import copy

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional

from .cases import healthy
from .parts import (
    diabetes,
    digits,
    floats,
    loader,
    mlp,
    setup,
    spirals,
    start,
    table,
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


@healthy("hard_and_slow", says="a spiral of a turn and a half: in 250 steps the loss falls slowly")
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
