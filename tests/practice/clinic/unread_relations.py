"""Graphs, sets, users and items, metric learning, attention by hand, two tasks at once."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from tests.practice.clinic.unread_cases import (
    Batches,
    accuracy,
    broken,
    healthy,
    loader,
    r2,
    set_up,
)  # fmt: skip
from tests.practice.clinic.unread_data import digits, split


def graphs(rng, n, nodes=9):
    """Rings, stars and pairs of cliques with shuffled nodes and a few wrong edges."""
    i = np.arange(nodes)
    ring = ((i[:, None] - i) % nodes == 1) * 1.0
    star = (i[:, None] == 0) * 1.0 - np.eye(nodes) * (i == 0)
    cliques = ((i[:, None] < 4) == (i < 4)) * 1.0
    kind = rng.integers(0, 3, n)
    a = np.stack([ring, star, cliques])[kind]
    wrong = rng.random(a.shape) < 0.08
    a = np.where(wrong, 1 - a, a)
    a = np.maximum(a, a.transpose(0, 2, 1)) * (1 - np.eye(nodes))
    order = np.argsort(rng.random((n, nodes)), 1)
    a = np.take_along_axis(np.take_along_axis(a, order[:, :, None], 1), order[:, None], 2)
    x = np.concatenate([np.ones((n, nodes, 1)), rng.normal(0, 1, (n, nodes, 3))], 2)
    return x.astype("float32"), a.astype("float32"), kind


class GraphNet(nn.Module):
    """Two rounds of messages, a sum over the nodes; x is (features, adjacency)."""

    def __init__(self, fault=None, width=24):
        super().__init__()
        self.first, self.second = nn.Linear(4, width), nn.Linear(width, width)
        self.look = nn.Linear(width, 1)
        self.out = nn.Linear(width, 3)
        self.fault = fault

    def forward(self, inputs):
        x, adjacency = inputs
        hat = adjacency + torch.eye(adjacency.shape[1])
        h = F.relu(self.first(hat @ x) / 3)
        with torch.set_grad_enabled(self.fault != "messages under no_grad"):
            h = F.relu(self.second(hat @ h) / 3)
        if self.fault == "softmax over the batch":
            share = self.look(h).mul(4).softmax(0)
        else:
            share = self.look(h).softmax(1)
        if self.fault == "graphs pooled in the wrong view":
            pooled = h.reshape(h.shape[1], h.shape[0], -1).mean(0)
        else:
            pooled = (share * h).sum(1)
        return self.out(pooled)


def graph_kinds(rng, fault=None):
    """Which kind of graph: dense adjacency, tuple inputs."""
    x, a, y = graphs(rng, 1300)
    x, a, y = torch.as_tensor(x), torch.as_tensor(a), torch.as_tensor(y)
    if fault == "noise divided by a zero degree":
        x = x / (a[:, :, :1] + (torch.rand(len(a), 9, 1) < 0.999))
    model = GraphNet(fault)
    if fault == "all weights one tenth":
        for p in model.parameters():
            nn.init.constant_(p, 0.1)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    return set_up(
        model, Batches((x[:900], a[:900]), y[:900], 45), nn.CrossEntropyLoss(), optimizer, 300,
        lambda: accuracy(model, (x[1000:], a[1000:]), y[1000:]),
        val_batches=Batches((x[900:1000], a[900:1000]), y[900:1000], 50, shuffle=False),
    )  # fmt: skip


class Factors(nn.Module):
    """Ratings: a product of user and item vectors, and biases."""

    def __init__(self, users, items, rank=6):
        super().__init__()
        self.user, self.item = nn.Embedding(users, rank), nn.Embedding(items, rank)
        self.user_bias, self.item_bias = nn.Embedding(users, 1), nn.Embedding(items, 1)
        for table in (self.user, self.item):
            nn.init.normal_(table.weight, 0, 0.3)
        for table in (self.user_bias, self.item_bias):
            nn.init.zeros_(table.weight)
        self.mean = nn.Parameter(torch.tensor(2.5))

    def forward(self, x):
        user, item = x[:, 0], x[:, 1]
        bias = self.user_bias(user) + self.item_bias(item) + self.mean
        return (self.user(user) * self.item(item)).sum(1, keepdim=True) + bias


def ratings(rng, fault=None):
    """Ratings of 1..5 (mean 3, sd 1) of 100 users for 60 items, each pair once."""
    u, v = rng.normal(size=(100, 3)), rng.normal(size=(60, 3))
    x = np.stack(np.divmod(rng.permutation(6000), 60), 1)
    y = (u[x[:, 0]] * v[x[:, 1]]).sum(1) * 0.6 + rng.normal(0, 0.2, len(x)) + 3
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y[:, None], (5000, 400, 600))
    model = Factors(100, 60)
    if fault == "both tables zero":
        nn.init.zeros_(model.user.weight)
        nn.init.zeros_(model.item.weight)
    if fault == "one row for all":
        yt, yv = yt[:, 0], yv[:, 0]
    decay = 0.1 if fault == "L2 of .1" else 0.0
    optimizer = torch.optim.Adam(model.parameters(), 0.02, weight_decay=decay)
    if fault == "optimizer of the biases":
        optimizer = torch.optim.Adam(
            [*model.user_bias.parameters(), *model.item_bias.parameters(), model.mean], 0.02
        )
    return set_up(
        model, Batches(xt, yt, 100), nn.MSELoss(), optimizer, 500, lambda: r2(model, xs, ys),
        val_batches=Batches(xv, yv, 100, shuffle=False),
    )  # fmt: skip


class Heads(nn.Module):
    """One body and two heads: the class and the amount of ink."""

    def __init__(self, keep):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 48), nn.ReLU())
        self.heads = keep({
            "class": nn.Sequential(nn.Linear(48, 24), nn.Tanh(), nn.Linear(24, 10)),
            "ink": nn.Sequential(nn.Linear(48, 24), nn.Tanh(), nn.Linear(24, 1)),
        })  # fmt: skip

    def forward(self, x):
        h = self.body(x)
        return self.heads["class"](h), self.heads["ink"](h)


def two_tasks(rng, fault=None):
    """Two losses: the class of a digit and how much ink it has."""
    parts = []
    for x, y in digits(rng):
        x = x.flatten(1)
        ink = (x.mean(1, keepdim=True) - 0.305) / 0.045
        parts.append((x, (y, ink)))
    (xt, yt), (xv, yv), (xs, ys) = parts
    model = Heads(dict if fault == "heads in a dict" else nn.ModuleDict)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    if fault == "rate of 3":
        optimizer = torch.optim.SGD(model.parameters(), 3.0, momentum=0.9)

    def criterion(out, y):
        return F.cross_entropy(out[0], y[0]) + 0.5 * F.mse_loss(out[1], y[1])

    class Only(nn.Module):
        training = False

        def forward(self, x):
            return model(x)[0]

    return set_up(
        model, Batches(xt, yt, 40), criterion, optimizer, 200,
        lambda: accuracy(Only(), xs, ys[0]), val_batches=Batches(xv, yv, 50, shuffle=False),
    )  # fmt: skip


def metric(rng, fault=None):
    """Codes near the running center of their class; the centers are kept by the loss."""
    (xt, yt), (xv, yv), (xs, ys) = [(x.flatten(1) - 0.305, y) for x, y in digits(rng)]
    model = nn.Linear(64, 16)
    optimizer = torch.optim.SGD(model.parameters(), 0.2, momentum=0.5)
    centers = torch.randn(10, 16)
    memory = {"centers": centers}

    def criterion(z, y):
        return F.cross_entropy(-torch.cdist(z, memory["centers"].to(z.dtype)).square() / 4, y)

    def step(x, y):
        optimizer.zero_grad()
        z = model(x)
        value = criterion(z, y)
        kept = fault == "centers kept with their graph"
        value.backward(retain_graph=kept)
        optimizer.step()
        hot = F.one_hot(y, 10).float()
        new = hot.T @ z / hot.sum(0)[:, None].clamp_min(1)
        memory["centers"] = 0.95 * memory["centers"] + 0.05 * (new if kept else new.detach())
        return value.detach()

    return set_up(
        model, loader(xt, yt, 40), criterion, optimizer, 80,
        lambda: accuracy(model, xs, ys, lambda z: torch.cdist(z, memory["centers"]).argmin(1)),
        val_batches=loader(xv, yv, 50, False), step=step,
    )  # fmt: skip


def total_loss(rng, fault=None):
    """The curve is kept; as tensors it keeps every graph."""
    (xt, yt), (xv, yv), (xs, ys) = digits(rng)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.Tanh(), nn.Flatten(), nn.Linear(288, 10)
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    total = {"loss": 0.0}

    def step(x, y):
        optimizer.zero_grad()
        value = F.cross_entropy(model(x), y)
        value.backward()
        optimizer.step()
        total["loss"] += value if fault == "running loss with its history" else value.item()
        return value.item()

    return set_up(
        model, loader(xt, yt, 40), nn.CrossEntropyLoss(), optimizer, 150,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 50, False), step=step,
    )  # fmt: skip


def views(rng):
    """Contrastive: two noisy views of a digit must find each other in the batch (InfoNCE)."""
    (xt, yt), (xv, yv), (xs, ys) = [(x.flatten(1), y) for x, y in digits(rng)]
    noisy = lambda x: x + 0.15 * torch.randn_like(x)  # noqa: E731
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 24))

    def change(x, y):
        return torch.cat([noisy(x), noisy(x)]), torch.cat([y, y])

    def criterion(z, y):
        a, b = F.normalize(z, dim=1).chunk(2)
        return F.cross_entropy(a @ b.T / 0.1, torch.arange(len(a)))

    optimizer = torch.optim.Adam(model.parameters(), 1e-3)

    def score():  # which of 400 is mine, against a network that has not learned: log-loss
        with torch.no_grad():
            return float(1 - criterion(model(change(xs, ys)[0]), None) / np.log(len(xs)))

    return set_up(
        model, Batches(xt, yt, 40, change=change), criterion, optimizer, 300, score,
        val_batches=Batches(xv, yv, 50, shuffle=False, change=change),
    )  # fmt: skip


def whole_graph(rng):
    """One graph of 200 people: the batch is the graph, its rows are neighbors by design."""
    side = rng.integers(0, 2, 200)
    a = rng.random((200, 200)) < np.where(side[:, None] == side, 0.06, 0.01)
    a = np.maximum(a, a.T) + np.eye(200)
    a = torch.as_tensor(a / a.sum(1, keepdims=True), dtype=torch.float32)
    x = torch.as_tensor(side[:, None] * 0.8 - 0.4 + rng.normal(0, 1, (200, 6))).float()
    y = torch.as_tensor(side)

    class Convolution(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(6, 16), nn.Linear(16, 2)

        def forward(self, inputs):
            x, a = inputs
            return self.two(a @ F.relu(self.one(a @ x)))

    model = Convolution()
    known = torch.as_tensor(rng.random(200) < 0.5)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    return set_up(
        model, [((x, a), torch.where(known, y, -100))], nn.CrossEntropyLoss(ignore_index=-100),
        optimizer, 120, lambda: (2 * (model((x, a)).argmax(1) == y)[~known].float().mean()
                                 .item() - 1),
        val_batches=[((x, a), torch.where(known, -100, y))],
    )  # fmt: skip


class DeepSet(nn.Module):
    """Self-attention by hand over a set of points, then the mean: the order is of no matter."""

    def __init__(self, axis=-1):
        super().__init__()
        self.enter, self.qkv = nn.Linear(2, 24), nn.Linear(24, 72)
        self.out = nn.Sequential(nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 1))
        self.axis = axis

    def forward(self, x):
        h = self.enter(x)
        q, k, v = self.qkv(h).chunk(3, -1)
        h = h + (q @ k.transpose(1, 2) / 24**0.5).softmax(self.axis) @ v
        return self.out(torch.relu(h)).mean(1)


def area(rng, fault=None):
    """How far spread is a cloud of ten points? A set function."""
    spread = rng.uniform(0.3, 2, (1500, 1, 1))
    x = rng.normal(0, 1, (1500, 10, 2)) * spread + rng.normal(0, 2, (1500, 1, 2))
    y = np.log(x.std(1).mean(1, keepdims=True))
    y = (y - y.mean()) / y.std()
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y, (1000, 200, 300))
    model = DeepSet(0 if fault == "softmax over axis 0" else -1)
    if fault == "sum of the squares as output":
        model.out.append(nn.ReLU())
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    return set_up(
        model, loader(xt, yt, 50), nn.MSELoss(), optimizer, 400, lambda: r2(model, xs, ys),
        val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


G, M, T = "graph net", "matrix factors", "two heads"
CASES = [
    broken(graph_kinds, "messages under no_grad", "model.detached",
           "a round of messages stands under no_grad", G),
    broken(graph_kinds, "softmax over the batch", "model.batch_mixing",
           "softmax(0): the shares of a node are among graphs", G),
    broken(graph_kinds, "graphs pooled in the wrong view", "model.batch_mixing",
           "reshape of (graphs, nodes) to (nodes, graphs)", G),
    broken(graph_kinds, "noise divided by a zero degree", "data.nonfinite",
           "a division by a degree of zero: infinities in a few rows", G),
    broken(graph_kinds, "all weights one tenth", "init.symmetric", "constant_(p, 0.1)", G),
    broken(ratings, "both tables zero", "init.symmetric",
           "users and items of zeros: a saddle without gradient", M),
    broken(ratings, "one row for all", "loss.broadcast", "(N, 1) against (N,)", M),
    broken(ratings, "L2 of .1", "optimizer.weight_decay", "Adam(weight_decay=0.1)", M),
    broken(ratings, "optimizer of the biases", "optimizer.missing_params",
           "the tables are not in the optimizer", M),
    broken(two_tasks, "heads in a dict", "model.unregistered", "a plain dict of heads", T),
    broken(two_tasks, "rate of 3", "optimizer.lr_too_high", "SGD at 3 with momentum", T),
    broken(metric, "centers kept with their graph", "loop.graph_grows",
           "running centers are never detached: each step is slower", "metric learning",
           "what is learned is much the same; time and memory grow without end"),
    broken(total_loss, "running loss with its history", "loop.graph_grows",
           "total += loss", "conv net", "learns as well; memory grows without end"),
    broken(area, "softmax over axis 0", "model.batch_mixing",
           "attention weights sum to one over the batch", "attention"),
    healthy(graph_kinds, "a tuple of features and adjacency", G),
    healthy(whole_graph, "one batch, whose rows are neighbors by design; labels of -100", G),
    healthy(ratings, "targets of mean 3 and sd 1; integer inputs; embeddings only", M),
    healthy(two_tasks, "two losses, tuple targets", T),
    healthy(metric, "the loss keeps running centers", "metric learning"),
    healthy(views, "the loss compares the samples of a batch; targets are not used",
            "contrastive"),
    healthy(area, "a set function with attention by hand", "attention", odd=False),
    healthy(total_loss, "a running loss of floats", "conv net", odd=False),
]  # fmt: skip
