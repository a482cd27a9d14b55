"""Seen half, broken: parameters nobody updates; gradients that vanish or explode."""

import torch
from torch import nn, optim
from torch.nn import functional

from .cases import broken
from .parts import digits, floats, loader, mlp, setup, spirals, start, table, tones


class Blocks(nn.Module):
    """Hidden layers in a list."""

    def __init__(self, plain):
        super().__init__()
        layers = [nn.Linear(2, 12)] + [nn.Linear(12, 12) for _ in range(3)]
        self.layers = layers if plain else nn.ModuleList(layers)
        self.head = nn.Linear(12, 2)

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return self.head(x)


@broken("model.plain_list", "model.unregistered", says="hidden layers in a Python list")
def plain_list(seed, ill=True):
    rng = start(seed)
    x, y = spirals(rng, turns=0.75)
    net = Blocks(plain=ill)
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=400)


class Factors(nn.Module):
    """Users and films: their vectors as tensors, or as parameters."""

    def __init__(self, plain):
        super().__init__()
        users, films = torch.randn(50, 4) * 0.3, torch.randn(40, 4) * 0.3
        self.users = users.requires_grad_() if plain else nn.Parameter(users)
        self.films = films.requires_grad_() if plain else nn.Parameter(films)
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return (self.users[x[:, 0]] * self.films[x[:, 1]]).sum(1) + self.bias


@broken("model.plain_tensors", "model.unregistered", says="factors are tensors, not parameters")
def plain_tensors(seed, ill=True):
    rng = start(seed)
    x = torch.as_tensor(rng.integers(0, [50, 40], (1500, 2)))
    u, v = floats(rng.normal(size=(50, 3))), floats(rng.normal(size=(40, 3)))
    y = (u[x[:, 0]] * v[x[:, 1]]).sum(1)
    net = Factors(plain=ill)
    opt = optim.Adam(net.parameters(), lr=3e-2)
    return setup(net, loader(x, y, 50), nn.MSELoss(), opt, steps=400)


@broken("model.frozen_from_scratch", "model.frozen", says="all but the head frozen, never trained")
def frozen_from_scratch(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 16, 8, 10)
    if ill:
        for name, p in net.named_parameters():
            p.requires_grad = name.startswith("4.")
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=300)


@broken("model.twenty_sigmoids", "model.vanishing", says="twenty sigmoid layers")
def twenty_sigmoids(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, *[32] * (20 if ill else 1), 10, act=nn.Sigmoid)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=300)


class Recall(nn.Module):
    """A plain recurrent network that must name what came first."""

    def __init__(self, cell):
        super().__init__()
        self.rnn, self.head = cell(3, 24, batch_first=True), nn.Linear(24, 2)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


@broken("model.long_memory", "model.vanishing", says="the answer lies 80 steps back in a plain RNN")
def long_memory(seed, ill=True):
    rng = start(seed)
    length = 80 if ill else 8
    x = floats(rng.normal(size=(600, length, 3)) * 0.3)
    y = torch.as_tensor(rng.integers(0, 2, 600))
    x[:, 0] = (2.0 * y[:, None] - 1) * torch.tensor([1.0, -1.0, 1.0])
    net = Recall(nn.RNN)
    opt = optim.Adam(net.parameters(), lr=1e-3)
    return setup(net, loader(x, y, 25), nn.CrossEntropyLoss(), opt, steps=200)


class Messages(nn.Module):
    """Each unit hears the sum, or the mean, of its neighbors, layer after layer."""

    def __init__(self, graph, mean):
        super().__init__()
        degree = graph.sum(1, keepdim=True)
        self.register_buffer("graph", graph / degree if mean else graph)
        self.layers = nn.ModuleList([nn.Linear(1, 8)] + [nn.Linear(8, 8) for _ in range(7)])
        self.head = nn.Linear(8 * len(graph), 3)

    def forward(self, x):  # (samples, nodes)
        h = x[..., None]
        for layer in self.layers:
            h = h + functional.relu(layer(self.graph @ h))
        return self.head(h.flatten(1))


@broken("model.summed_neighbors", "model.exploding", says="sums over 12 neighbors, 8 layers deep")
def summed_neighbors(seed, ill=True):
    start(seed)
    (x, y), _ = table("wine", seed)
    net = Messages(torch.ones(13, 13) - torch.eye(13), mean=not ill)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y, 16), nn.CrossEntropyLoss(), opt, steps=200)


class Growing(nn.Module):
    """A recurrence whose state is fed back with a gain."""

    def __init__(self, gain):
        super().__init__()
        self.inp, self.head, self.gain = nn.Linear(2, 24), nn.Linear(24, 3), gain
        self.back = nn.Linear(24, 24, bias=False)
        nn.init.orthogonal_(self.back.weight)

    def forward(self, x):
        h = torch.zeros(len(x), 24)
        for t in range(x.shape[1]):
            h = functional.leaky_relu(self.inp(x[:, t]) + self.gain * self.back(h), 0.5)
        return self.head(h)


@broken("model.gain", "model.exploding", says="a recurrence with a gain of 2.5 over 24 steps")
def gain(seed, ill=True):
    rng = start(seed)
    x, y = tones(rng)
    net = Growing(2.5 if ill else 0.8)
    opt = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=200)
