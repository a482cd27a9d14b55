"""Seen half, broken: weights that start equal, too large or too small, or units that are off."""

import torch
from torch import nn, optim

from .cases import broken
from .parts import cnn, digits, loader, mlp, setup, spirals, start, table, tones


@broken("init.zeros", "init.symmetric", says="all weights and biases start at 0")
def zeros(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 64, 32, 10)
    if ill:
        for p in net.parameters():
            nn.init.zeros_(p)
    opt = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt)


def constant(module):
    """For net.apply."""
    if isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.constant_(module.weight, 0.05)
        nn.init.zeros_(module.bias)


@broken("init.constant", "init.symmetric", says="net.apply sets every weight to 0.05")
def constants(seed, ill=True):
    rng = start(seed)
    x, y = tones(rng)
    net = nn.Sequential(nn.Flatten(), mlp(48, 64, 32, 3))
    if ill:
        net.apply(constant)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=300)


@broken("init.standard_normal", "init.scale", "model.exploding", says="N(0, 1) weights, six layers")
def standard_normal(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    net = mlp(64, 64, 64, 64, 64, 64, 10)
    if ill:
        for p in net.parameters():
            p.data = torch.randn_like(p)
    opt = optim.Adam(net.parameters(), lr=1e-3)
    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=250, val=val)


@broken("init.tiny", "init.scale", "model.vanishing", says="weights of 0.001 in six layers")
def tiny(seed, ill=True):
    start(seed)
    (x, y), _ = table("breast_cancer", seed)
    net = mlp(30, 32, 32, 32, 32, 32, 1)
    if ill:
        for m in net:
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, std=0.001)
                nn.init.zeros_(m.bias)
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    return setup(net, loader(x, y.float()[:, None]), nn.BCEWithLogitsLoss(), opt, steps=200)


@broken("init.large_head", "init.scale", says="the last layer starts with weights of 30")
def large_head(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed, images=True)
    net = cnn()
    if ill:
        nn.init.normal_(net[-1].weight, std=30.0)
    opt = optim.SGD(net.parameters(), lr=0.02)
    return setup(net, loader(x, y, 50), nn.CrossEntropyLoss(), opt, steps=200)


@broken("init.negative_biases", "init.dead_units", "init.scale", says="biases of -5 before ReLU")
def negative_biases(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 64, 32, 10)
    if ill:
        for m in net[:-1]:
            if isinstance(m, nn.Linear):
                nn.init.constant_(m.bias, -5.0)
    opt = optim.Adam(net.parameters(), lr=2e-3)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt)


@broken(
    "init.saturated_tanh",
    "init.dead_units",
    "init.scale",
    says="tanh units all at 1 or -1",
)
def saturated_tanh(seed, ill=True):
    rng = start(seed)
    x, y = spirals(rng, turns=0.6)
    net = mlp(2, 32, 32, 2, act=nn.Tanh)
    if ill:
        with torch.no_grad():
            for m in net[:-1]:
                if isinstance(m, nn.Linear):
                    m.bias.copy_(torch.where(torch.rand(32) < 0.5, -12.0, 12.0))
    opt = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=400)
