"""Seen half, broken: graphs that are kept from step to step."""

from torch import nn, optim

from .cases import broken
from .parts import digits, floats, loader, mlp, setup, start, tones


@broken("loop.running_loss", "loop.graph_grows", says="running += loss, with its history",
        falls="it learns; every step keeps its graph, memory grows")  # fmt: skip
def running_loss(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 64, 10)
    loss, opt = nn.CrossEntropyLoss(), optim.Adam(net.parameters(), lr=2e-3)
    log = {"running": 0.0}

    def step(x, y):
        opt.zero_grad()
        value = loss(net(x), y)
        value.backward()
        opt.step()
        log["running"] = log["running"] + (value if ill else value.item())
        return value

    return setup(net, loader(x, y), loss, opt, step=step, steps=200)


class Carried(nn.Module):
    """A recurrent forecaster that carries its state from batch to batch."""

    def __init__(self, detach):
        super().__init__()
        self.cell, self.out = nn.GRU(1, 16, batch_first=True), nn.Linear(16, 1)
        self.state, self.detach = None, detach

    def forward(self, x):
        if self.state is not None and self.state.shape[1] != len(x):
            self.state = None
        h, state = self.cell(x, self.state)
        self.state = state.detach() if self.detach else state
        return self.out(h)


@broken("loop.state_kept", "loop.graph_grows", says="the hidden state is not detached (raises)")
def state_kept(seed, ill=True):
    rng = start(seed)
    x, _ = tones(rng, n=160, length=41, features=1)
    pieces = [(x[:40, a : a + 8], x[:40, a + 1 : a + 9]) for a in range(0, 32, 8)]
    net = Carried(detach=not ill)
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, pieces, nn.MSELoss(), opt, steps=160)


@broken("loop.total_loss", "loop.graph_grows", says="all losses so far are differentiated")
def total_loss(seed, ill=True):
    rng = start(seed)
    x = floats(rng.normal(size=(600, 6)))
    y = x @ floats(rng.normal(size=(6, 1))) + 0.1 * floats(rng.normal(size=(600, 1)))
    net, loss = nn.Linear(6, 1), nn.MSELoss()
    opt = optim.SGD(net.parameters(), lr=0.05)
    log = {"total": 0.0}

    def step(x, y):
        opt.zero_grad()
        value = loss(net(x), y)
        log["total"] = log["total"] + value
        (log["total"] if ill else value).backward(retain_graph=ill)
        opt.step()
        return value.item()

    return setup(net, loader(x, y), loss, opt, step=step, steps=200)
