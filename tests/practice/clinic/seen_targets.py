"""Seen half, broken: targets of another scale, coding or sample than the network is made for."""

import numpy as np
import torch
from torch import nn, optim

from .cases import broken
from .parts import cnn, diabetes, digits, disks, floats, loader, mlp, setup, start, table


@broken("data.house_prices", "data.target_scale", says="prices of 200000 as targets")
def house_prices(seed, ill=True):
    rng = start(seed)
    x = rng.normal(size=(900, 8))
    price = 200_000 + 60_000 * (x @ rng.normal(size=8) / 3 + np.tanh(x[:, 0] * x[:, 1]))
    y = floats(price if ill else (price - price.mean()) / price.std())[:, None]
    net = mlp(8, 64, 64, 1)
    opt = optim.Adam(net.parameters(), lr=1e-3)
    return setup(net, loader(floats(x), y), nn.MSELoss(), opt, steps=300)


@broken("data.raw_progress", "data.target_scale", says="diabetes' target as it comes, 25 to 346")
def raw_progress(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = diabetes(seed, standard=not ill)
    net = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 1), nn.Flatten(0))
    opt = optim.AdamW(net.parameters(), lr=1e-3)
    val = loader(xv, yv, 64, shuffle=False)
    return setup(net, loader(x, y, 16), nn.L1Loss(), opt, steps=250, val=val)


@broken("data.micrometers", "data.target_scale", says="lengths in meters: targets of 1e-5")
def micrometers(seed, ill=True):
    rng = start(seed)
    x = rng.normal(size=(600, 5))
    y = np.stack([np.sin(2 * x[:, 0]) + x[:, 1], x[:, 2] * x[:, 3]], 1)
    y = floats(y * 1e-5 if ill else y)
    net = mlp(5, 32, 32, 2)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(floats(x), y), nn.MSELoss(), opt, steps=400)


@broken("data.log_of_zero", "data.nonfinite", says="log of a count that is 0 somewhere")
def log_of_zero(seed, ill=True):
    rng = start(seed)
    x = rng.normal(size=(500, 4))
    count = rng.poisson(np.exp(1.5 + 0.5 * x[:, 0] - 0.3 * x[:, 1]))
    with np.errstate(divide="ignore"):
        y = floats(np.log(count) if ill else np.log1p(count))[:, None]
    net = mlp(4, 32, 1)
    opt = optim.RMSprop(net.parameters(), lr=2e-3)
    return setup(net, loader(floats(x), y, 25), nn.MSELoss(), opt, steps=200)


@broken("data.shuffled_apart", "data.label_mismatch", says="x was shuffled, y was not")
def shuffled_apart(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed, images=True)
    if ill:
        x, xv = x[torch.randperm(len(x))], xv[torch.randperm(len(xv))]
    net = cnn()
    opt = optim.Adam(net.parameters(), lr=2e-3)
    return setup(net, loader(x, y, 50), nn.CrossEntropyLoss(), opt, val=loader(xv, yv, 100, False))


@broken("data.header_row", "data.label_mismatch", says="labels are read one row off")
def header_row(seed, ill=True):
    start(seed)
    (x, y), _ = table("breast_cancer", seed)
    y = y.roll(1) if ill else y
    net = mlp(30, 16, 2)
    opt = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=150)


class Flipped:
    """Batches of pictures and masks, flipped at random: the pictures, and if `both` the masks."""

    def __init__(self, x, y, both):
        self.x, self.y, self.both = x, y, both

    def __iter__(self):
        order = torch.randperm(len(self.x))
        for i in order.split(20):
            flip = torch.rand(len(i)) < 0.5
            x, y = self.x[i].clone(), self.y[i].clone()
            x[flip] = x[flip].flip(-1)
            if self.both:
                y[flip] = y[flip].flip(-1)
            yield x, y

    def __len__(self):
        return 12


@broken("data.mask_not_flipped", "data.label_mismatch", says="the picture is flipped, its mask not")
def mask_not_flipped(seed, ill=True):
    rng = start(seed)
    x, y = disks(rng)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 8, 5, padding=2), nn.ReLU(),
        nn.Conv2d(8, 1, 1),
    )  # fmt: skip
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, Flipped(x, y, both=not ill), nn.BCEWithLogitsLoss(), opt, steps=150)


@broken("data.labels_from_one", "data.label_range", says="labels 1..3 for three outputs (raises)")
def labels_from_one(seed, ill=True):
    start(seed)
    (x, y), _ = table("wine", seed)
    net = mlp(13, 32, 3)
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(x, y + 1 if ill else y, 16), nn.CrossEntropyLoss(), opt, steps=100)


@broken("data.plus_minus_one", "data.label_range", says="labels -1 and 1 for BCEWithLogits",
        falls="the loss falls without end, below 0")  # fmt: skip
def plus_minus_one(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = table("breast_cancer", seed)
    y, yv = ((t.float() * 2 - 1 if ill else t.float())[:, None] for t in (y, yv))
    net = mlp(30, 32, 1)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    val = loader(xv, yv, 64, shuffle=False)
    return setup(net, loader(x, y), nn.BCEWithLogitsLoss(), opt, steps=200, val=val)


@broken("data.mask_bytes", "data.label_range", says="masks of 0 and 255 for BCEWithLogits",
        falls="the loss falls without end, below 0")  # fmt: skip
def mask_bytes(seed, ill=True):
    rng = start(seed)
    x, y = disks(rng)
    y = y * 255 if ill else y
    net = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, loader(x, y, 20), nn.BCEWithLogitsLoss(), opt, steps=120)


@broken("data.rare_fraud", "data.imbalance", says="2 % of the rows are fraud, none is found",
        falls="the loss falls: it is that of the common class")  # fmt: skip
def rare_fraud(seed, ill=True):
    rng = start(seed)
    n = 2000
    y = (rng.uniform(size=n) < 0.02).astype(float)
    x = rng.normal(size=(n, 10))
    x[:, :4] += 1.0 * y[:, None]
    net = mlp(10, 16, 1)
    weight = None if ill else torch.tensor([49.0])
    opt = optim.Adam(net.parameters(), lr=2e-3)
    loss = nn.BCEWithLogitsLoss(pos_weight=weight)
    return setup(net, loader(floats(x), floats(y)[:, None], 50), loss, opt, steps=200)
