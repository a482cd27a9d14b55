"""Seen half, healthy: several outputs or inputs, and loops and schedules that are right."""

import torch
from torch import nn, optim
from torch.nn import functional

from .cases import healthy
from .parts import diabetes, digits, floats, loader, mlp, setup, spirals, start, table, tones
from .seen_gradient import Pairs
from .seen_graphs import Carried


@healthy("cosine_to_zero", says="a cosine takes the rate to 0 at the planned end, not before")
def cosine_to_zero(seed):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    net, loss = mlp(64, 48, 10), nn.CrossEntropyLoss()
    opt = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    rule = optim.lr_scheduler.CosineAnnealingLR(opt, T_max=240)

    def step(x, y):
        opt.zero_grad()
        value = loss(net(x), y)
        value.backward()
        opt.step()
        rule.step()
        return value.item()

    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(x, y), loss, opt, step=step, val=val, steps=240)


@healthy("state_detached", says="the hidden state is carried over, detached; batches in order")
def state_detached(seed):
    x, _ = tones(start(seed), n=160, length=41, features=1)
    pieces = [(x[:40, a : a + 8], x[:40, a + 1 : a + 9]) for a in range(0, 32, 8)]
    net = Carried(detach=True)
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, pieces, nn.MSELoss(), opt, steps=200)


class Twins(nn.Module):
    """One embedding for both digits of a pair."""

    def __init__(self):
        super().__init__()
        self.embed = mlp(64, 48, 8)

    def forward(self, pair):
        a, b = (self.embed(x) for x in pair)
        return (a - b).norm(dim=1)


@healthy("siamese", says="contrastive loss on pairs: x is a tuple, the output a distance")
def siamese(seed):
    start(seed)
    (x, y), _ = digits(seed)

    def contrastive(d, same):
        return (same * d**2 + (1 - same) * functional.relu(1 - d) ** 2).mean()

    net = Twins()
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, Pairs(x, y), contrastive, opt, steps=240)


@healthy("several_labels", says="several labels a sample, sigmoid and BCELoss")
def several_labels(seed):
    rng = start(seed)
    x = rng.normal(size=(800, 12))
    y = floats(x @ rng.normal(size=(12, 6)) + 0.5 > 0)
    net = nn.Sequential(mlp(12, 48, 6), nn.Sigmoid())
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(floats(x), y), nn.BCELoss(), opt, steps=200)


@healthy("two_heads", says="output and target are tuples: a class and a number")
def two_heads(seed):
    rng = start(seed)
    x = floats(rng.normal(size=(900, 8)))
    y = (x[:, 0] * x[:, 1] > 0).long(), x[:, 2:3] + x[:, 3:4] ** 2 - 1
    pieces = [(x[i], (y[0][i], y[1][i])) for i in torch.randperm(900).split(45)]

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(8, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU())
            self.label, self.number = nn.Linear(32, 2), nn.Linear(32, 1)

        def forward(self, x):
            h = self.body(x)
            return self.label(h), self.number(h)

    def loss(out, target):
        return functional.cross_entropy(out[0], target[0]) + functional.mse_loss(out[1], target[1])

    net = Net()
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, pieces, loss, opt, steps=300)


@healthy("forecast", says="the next value at every time: a dilated convolution, L1")
def forecast(seed):
    x, _ = tones(start(seed), n=300, length=33, features=1)
    x = x.transpose(1, 2)
    net = nn.Sequential(
        nn.ConstantPad1d((2, 0), 0.0), nn.Conv1d(1, 12, 3), nn.ELU(),
        nn.ConstantPad1d((4, 0), 0.0), nn.Conv1d(12, 12, 3, dilation=2), nn.ELU(),
        nn.Conv1d(12, 1, 1),
    )  # fmt: skip
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(x[..., :-1], x[..., 1:], 20), nn.L1Loss(), opt, steps=225)


@healthy("faint_signal", says="R2 of the best answer is .2: the loss falls little, and rightly")
def faint_signal(seed):
    rng = start(seed)
    x = rng.normal(size=(1500, 6))
    y = floats(0.5 * x[:, 0] + rng.normal(size=1500))[:, None]
    net = mlp(6, 16, 1)
    opt = optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    return setup(net, loader(floats(x), y, 50), nn.MSELoss(), opt, steps=250)


@healthy("batchnorm_first", says="columns of other scales, but batch norm stands first")
def batchnorm_first(seed):
    start(seed)
    (x, y), (xv, yv) = table("wine", seed, standard=False)
    net = nn.Sequential(nn.BatchNorm1d(13), mlp(13, 24, 3))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    val = loader(xv, yv, 36, shuffle=False)
    return setup(net, loader(x, y, 20, drop_last=True), nn.CrossEntropyLoss(), opt, val=val)


@healthy("summed_loss", says="reduction='sum', and the rate is as small as it must be")
def summed_loss(seed):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 32, 10)
    opt = optim.SGD(net.parameters(), lr=2e-3, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(reduction="sum"), opt, steps=200)


@healthy("one_cycle", says="one cycle of the rate and groups of two rates")
def one_cycle(seed):
    x, y = spirals(start(seed), turns=0.6)
    net, loss = mlp(2, 48, 48, 2), nn.CrossEntropyLoss()
    opt = optim.AdamW([
        {"params": net[:2].parameters(), "lr": 5e-3}, {"params": net[2:].parameters()},
    ], lr=1e-2)  # fmt: skip
    rule = optim.lr_scheduler.OneCycleLR(opt, [5e-3, 1e-2], total_steps=300)

    def step(x, y):
        value = loss(net(x), y)
        opt.zero_grad(set_to_none=True)
        value.backward()
        opt.step()
        if rule.last_epoch < 299:
            rule.step()
        return value

    return setup(net, loader(x, y), loss, opt, step=step, steps=300)


@healthy("step_and_nothing_else", says="no optimizer is handed over: the step has its own update")
def step_and_nothing_else(seed):
    start(seed)
    (x, y), _ = diabetes(seed)
    net, loss = mlp(10, 24, 1, act=nn.Tanh), nn.MSELoss()

    def step(x, y):
        net.zero_grad()
        value = loss(net(x), y)
        value.backward()
        with torch.no_grad():
            for p in net.parameters():
                p -= 0.05 * p.grad
        return value.item()

    return setup(net, loader(x, y[:, None], 16), loss, step=step, steps=250)
