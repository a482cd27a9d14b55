"""Seen half, healthy: odd losses, targets and training loops that nevertheless are right."""

import copy

import torch
from torch import nn, optim

from .cases import healthy
from .parts import (
    cnn,
    digits,
    floats,
    loader,
    mlp,
    setup,
    start,
    table,
)


@healthy("weighted_imbalance", says="2 % positives, weighted, and found")
def weighted_imbalance(seed):
    rng = start(seed)
    y = (rng.uniform(size=1500) < 0.03).astype(float)
    x = rng.normal(size=(1500, 8))
    x[:, :4] += 1.5 * y[:, None]
    net = mlp(8, 16, 1)
    opt = optim.Adam(net.parameters(), lr=5e-3)
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([32.0]))
    return setup(net, loader(floats(x), floats(y)[:, None], 50), loss, opt, steps=200)


@healthy("imbalance_learned", says="8 % of one class, unweighted, easily told apart")
def imbalance_learned(seed):
    rng = start(seed)
    y = (rng.uniform(size=1200) < 0.08).astype(int)
    x = rng.normal(size=(1200, 6))
    x[:, :3] += 2.5 * y[:, None]
    net = mlp(6, 24, 2)
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(floats(x), torch.as_tensor(y)), nn.CrossEntropyLoss(), opt)


@healthy("one_batch", says="all 142 wines in one batch, every epoch one step")
def one_batch(seed):
    start(seed)
    (x, y), (xv, yv) = table("wine", seed)
    net = mlp(13, 16, 3)
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, [(x, y)], nn.CrossEntropyLoss(), opt, steps=100, val=[(xv, yv)])


@healthy("label_noise", says="15 % of the labels are wrong: the loss stays high")
def label_noise(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    wrong = torch.rand(len(y)) < 0.15
    y = torch.where(wrong, torch.randint(10, y.shape), y)
    net = mlp(64, 48, 10)
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, val=loader(xv, yv, 100, False))


@healthy("accumulation", says="gradients of four batches are summed before a step")
def accumulation(seed):
    start(seed)
    (x, y), _ = digits(seed)
    net, loss, count = mlp(64, 64, 10), nn.CrossEntropyLoss(), [0]
    opt = optim.SGD(net.parameters(), lr=0.2, momentum=0.9)

    def step(x, y):
        value = loss(net(x), y)
        (value / 4).backward()
        count[0] += 1
        if count[0] % 4 == 0:
            opt.step()
            opt.zero_grad()
        return value.item()

    return setup(net, loader(x, y, 16), loss, opt, step=step, steps=320)


@healthy("moving_average", says="an average of the weights is kept, and validated")
def moving_average(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed, images=True)
    net, loss = cnn(), nn.CrossEntropyLoss()
    average = copy.deepcopy(net).eval()
    opt = optim.Adam(net.parameters(), lr=2e-3)

    def step(x, y):
        opt.zero_grad()
        value = loss(net(x), y)
        value.backward()
        opt.step()
        with torch.no_grad():
            for a, p in zip(average.parameters(), net.parameters(), strict=True):
                a.lerp_(p, 0.05)
            for a, p in zip(average.buffers(), net.buffers(), strict=True):
                a.copy_(p)
        return value.detach()

    def evaluate(batches):
        with torch.no_grad():
            losses = [loss(average(a), b).item() for a, b in batches]
        return sum(losses) / len(losses)

    val = loader(xv, yv, 64, shuffle=False)
    return setup(net, loader(x, y, 50), loss, opt, val=val, step=step, evaluate=evaluate)


@healthy("dropout_half", says="dropout of one half between wide layers")
def dropout_half(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    net = nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 64), nn.ReLU(),
        nn.Dropout(0.5), nn.Linear(64, 10),
    )  # fmt: skip
    opt = optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=300, val=val)
