"""Seen half, broken: networks that cannot give the answer, or mix or drown what they have."""

import torch
from torch import nn, optim
from torch.nn import functional

from .cases import broken
from .parts import diabetes, digits, loader, mlp, sentences, setup, start, table, tones


@broken("model.relu_regression", "model.output_activation", says="ReLU after the last layer")
def relu_regression(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = diabetes(seed)
    net = mlp(10, 32, 1)
    if ill:
        net.append(nn.ReLU())
    opt = optim.Adam(net.parameters(), lr=5e-3)
    val = loader(xv, yv[:, None], 64, shuffle=False)
    return setup(net, loader(x, y[:, None], 16), nn.MSELoss(), opt, steps=200, val=val)


class LeNet(nn.Module):
    """As in many tutorials, with or without a ReLU around the last layer."""

    def __init__(self, cripple):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 3, padding=1), nn.Conv2d(6, 16, 3)
        self.fc1, self.fc2, self.cripple = nn.Linear(16, 32), nn.Linear(32, 10), cripple

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        x = functional.relu(self.fc1(x.flatten(1)))
        return functional.relu(self.fc2(x)) if self.cripple else self.fc2(x)


@broken("model.relu_logits", "model.output_activation", says="logits go through a ReLU")
def relu_logits(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed, images=True)
    net = LeNet(cripple=ill)
    opt = optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=300)


@broken("model.sigmoid_regression", "model.output_activation", says="sigmoid out, targets -4 to 4")
def sigmoid_regression(seed, ill=True):
    rng = start(seed)
    x = torch.as_tensor(rng.normal(size=(600, 4)), dtype=torch.float32)
    y = torch.stack([2 * x[:, 0] + torch.sin(3 * x[:, 1]), x[:, 2] - 2 * x[:, 3]], 1)
    net = nn.Sequential(mlp(4, 40, 2), nn.Sigmoid() if ill else nn.Identity())
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, loader(x, y), nn.SmoothL1Loss(), opt, steps=240)


class Listener(nn.Module):
    """An LSTM that names a tone; x is (samples, time, features)."""

    def __init__(self, batch_first):
        super().__init__()
        self.lstm = nn.LSTM(2, 24, batch_first=batch_first)
        self.head = nn.Linear(24, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


@broken("model.batch_first", "model.batch_mixing", says="batch_first=True forgotten in the LSTM")
def batch_first(seed, ill=True):
    rng = start(seed)
    x, y = tones(rng, length=16)
    net = Listener(batch_first=not ill)
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=250)


class Attentive(nn.Module):
    """Words weighted by an attention and summed."""

    def __init__(self, axis):
        super().__init__()
        self.words, self.score = nn.Embedding(40, 16), nn.Linear(16, 1)
        self.head, self.axis = nn.Linear(16, 2), axis

    def forward(self, x):
        e = self.words(x)
        weights = torch.softmax(self.score(e), dim=self.axis)
        return self.head((weights * e).sum(1))


@broken("model.softmax_over_batch", "model.batch_mixing", says="attention: softmax(dim=0)",
        falls="it learns all the same; its outputs depend on the other samples")  # fmt: skip
def softmax_over_batch(seed, ill=True):
    rng = start(seed)
    x, y = sentences(rng)
    net = Attentive(axis=0 if ill else 1)
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(x, y, 40), nn.CrossEntropyLoss(), opt, steps=200)


class Stacked(nn.Module):
    """Rows of a picture read one by one; the rows are taken apart by view or by transpose."""

    def __init__(self, view):
        super().__init__()
        self.gru, self.head, self.view = nn.GRU(8, 32), nn.Linear(32, 10), view

    def forward(self, x):  # (samples, 1, 8, 8)
        x = x.squeeze(1)
        x = x.reshape(8, len(x), 8) if self.view else x.transpose(0, 1)
        return self.head(self.gru(x)[0][-1])


@broken("model.view_rows", "model.batch_mixing", "data.layout",
        says="view(time, samples, ...) in forward where transpose was meant")  # fmt: skip
def view_rows(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed, images=True)
    net = Stacked(view=ill)
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(x, y, 50, drop_last=True), nn.CrossEntropyLoss(), opt, steps=250)


@broken("model.all_linear", "model.underpowered", says="no nonlinearity between the layers")
def all_linear(seed, ill=True):
    rng = start(seed)
    x = torch.as_tensor(rng.uniform(-1, 1, (600, 2)), dtype=torch.float32)
    y = (x[:, 0] * x[:, 1] > 0).long()
    net = mlp(2, 32, 32, 2, act=nn.Identity if ill else nn.ReLU)
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=400)


@broken("model.narrow_code", "model.underpowered", says="a layer of one unit in the middle")
def narrow_code(seed, ill=True):
    start(seed)
    (x, y), _ = digits(seed)
    net = mlp(64, 32, 1 if ill else 16, 32, 10, act=nn.Tanh)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=300)


class Reader(nn.Module):
    """Embeddings, and positions or none, averaged before the head."""

    def __init__(self, positions):
        super().__init__()
        self.words = nn.Embedding(40, 24)
        self.places = nn.Parameter(torch.randn(10, 24)) if positions else None
        layer = nn.TransformerEncoderLayer(24, 2, 48, dropout=0.0, batch_first=True)
        self.body = nn.TransformerEncoder(layer, 1)
        self.head = nn.Linear(24, 2)

    def forward(self, x):
        x = self.words(x)
        if self.places is not None:
            x = x + self.places
        return self.head(self.body(x).mean(1))


@broken("model.no_positions", "model.underpowered",
        says="the order decides, and the transformer has no positions")  # fmt: skip
def no_positions(seed, ill=True):
    rng = start(seed)
    x, y = sentences(rng, n=1600, words=16, ordered=True)
    net = Reader(positions=not ill)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y, 40), nn.CrossEntropyLoss(), opt, steps=600)


@broken("model.keep_prob", "model.dropout", says="p=0.95 where keeping 95 % was meant")
def keep_prob(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    p = 0.95 if ill else 0.05
    net = nn.Sequential(
        nn.Linear(64, 64), nn.ReLU(), nn.Dropout(p), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(p),
        nn.Linear(32, 10),
    )  # fmt: skip
    opt = optim.Adam(net.parameters(), lr=2e-3)
    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=300, val=val)


@broken("model.dropout_last", "model.dropout", says="dropout on the outputs of a regression")
def dropout_last(seed, ill=True):
    rng = start(seed)
    x = torch.as_tensor(rng.normal(size=(600, 5)), dtype=torch.float32)
    y = 3 + x[:, :1] * 2 + torch.sin(2 * x[:, 1:2])
    net = nn.Sequential(mlp(5, 32, 32, 1), nn.Dropout(0.5 if ill else 0.0))
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(x, y), nn.MSELoss(), opt, steps=200)


@broken("model.two_a_batch", "model.batchnorm", says="BatchNorm with two samples a batch")
def two_a_batch(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = table("wine", seed)
    net = nn.Sequential(
        nn.Linear(13, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 32), nn.BatchNorm1d(32),
        nn.ReLU(), nn.Linear(32, 3),
    )  # fmt: skip
    opt = optim.Adam(net.parameters(), lr=3e-3)
    batches = loader(x, y, 2 if ill else 24, drop_last=True)
    val = loader(xv, yv, 36, shuffle=False)
    return setup(net, batches, nn.CrossEntropyLoss(), opt, steps=200, val=val)


@broken("model.slow_statistics", "model.batchnorm", says="momentum=1e-4: the running averages lag",
        falls="the training loss falls; in eval mode the network is another one")  # fmt: skip
def slow_statistics(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed, images=True, scale=4, center=-1)
    bn = {"momentum": 1e-4 if ill else 0.1}
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16, **bn), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 16, 3), nn.BatchNorm2d(16, **bn), nn.ReLU(), nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, loader(x, y, 64), nn.CrossEntropyLoss(), opt, steps=150, val=val)
