"""Seen half, broken: inputs that are raw, missing, all the same, mixed up or in an order."""

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

from .cases import broken
from .parts import (
    cnn,
    diabetes,
    digits,
    floats,
    loader,
    mlp,
    raw,
    setup,
    split,
    start,
    table,
    tones,
)


@broken("data.raw_pixels", "data.not_normalized", says="pixels from 0 to 255 straight into the net")
def raw_pixels(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed, scale=16 / 255 if ill else 16, center=0)
    net = mlp(64, 64, 32, 10)
    opt = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, val=loader(xv, yv, 100, False))


@broken("data.raw_columns", "data.not_normalized", says="wine in its raw units: proline is 746")
def raw_columns(seed, ill=True):
    start(seed)
    (x, y), _ = table("wine", seed, standard=not ill)
    net = nn.Sequential(nn.Linear(13, 16), nn.Tanh(), nn.Linear(16, 3))
    opt = optim.Adam(net.parameters(), lr=1e-2)
    return setup(net, loader(x, y, 16), nn.CrossEntropyLoss(), opt, steps=150)


@broken("data.kelvin", "data.not_normalized", says="temperatures in kelvin: 290 with a spread of 3")
def kelvin(seed, ill=True):
    rng = start(seed)
    t = rng.normal(290, 3, (800, 6))
    y = floats(np.sin((t[:, 0] - 290) / 2) + (t[:, 1] - 290) / 4)[:, None]
    x = floats(t) if ill else floats((t - 290) / 3)
    net = mlp(6, 32, 32, 1)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y), nn.MSELoss(), opt, steps=300)


@broken("data.missing_value", "data.nonfinite", says="one row of the table has a missing value")
def missing_value(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = table("breast_cancer", seed)
    if ill:
        x[57, 11] = float("nan")
    net = mlp(30, 16, 1)
    y, yv = y.float()[:, None], yv.float()[:, None]
    opt = optim.Adam(net.parameters(), lr=1e-2)
    val = loader(xv, yv, 64, shuffle=False)
    return setup(net, loader(x, y), nn.BCEWithLogitsLoss(), opt, steps=120, val=val)


@broken("data.integer_division", "data.degenerate", says="bytes // 255: every pixel is 0")
def integer_division(seed, ill=True):
    start(seed)
    x, y = raw("digits")
    x = (x * 15).astype(np.uint8)
    x = x // 255 if ill else x / 255
    (x, y), _ = split(floats(x).reshape(-1, 1, 8, 8), torch.as_tensor(y), seed, 1200)
    net = cnn(norm=False)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y, 64), nn.CrossEntropyLoss(), opt)


class Windows(Dataset):
    """Windows of a long record; the buffer is filled again for each item."""

    def __init__(self, x, y, copy):
        self.y, self.items, buffer = y, [], torch.zeros_like(x[0])
        for row in x:
            buffer.copy_(row)
            self.items.append(buffer.clone() if copy else buffer)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.items[i], self.y[i]


@broken("data.same_buffer", "data.degenerate", says="one buffer was appended again and again")
def same_buffer(seed, ill=True):
    rng = start(seed)
    x, y = tones(rng)
    net = nn.Sequential(nn.Flatten(), mlp(48, 64, 3))
    opt = optim.Adam(net.parameters(), lr=3e-3)
    batches = DataLoader(Windows(x, y, copy=not ill), batch_size=50, shuffle=True)
    return setup(net, batches, nn.CrossEntropyLoss(), opt, steps=240)


@broken("data.sorted_classes", "data.not_shuffled", says="file sorted by class, shuffle=False")
def sorted_classes(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed)
    order = y.argsort(stable=True)
    net = mlp(64, 64, 10)
    opt = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    batches = loader(x[order], y[order], 20, shuffle=not ill)
    val = loader(xv, yv, 100, shuffle=False)
    return setup(net, batches, nn.CrossEntropyLoss(), opt, steps=210, val=val)


@broken("data.sorted_target", "data.not_shuffled", says="a list of batches, sorted by target")
def sorted_target(seed, ill=True):
    start(seed)
    (x, y), _ = diabetes(seed)
    order = y.argsort() if ill else torch.randperm(len(y))
    batches = list(zip(x[order].split(16), y[order, None].split(16), strict=True))
    net = mlp(10, 32, 1)
    opt = optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
    return setup(net, batches, nn.MSELoss(), opt, steps=220)


@broken("data.split_scalers", "data.train_val_mismatch", says="validation is not standardized")
def split_scalers(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = table("wine", seed, standard=False)
    mean, std = x.mean(0), x.std(0)
    net = mlp(13, 32, 3)
    opt = optim.Adam(net.parameters(), lr=5e-3)
    val = [(xv if ill else (xv - mean) / std, yv)]
    return setup(
        net, loader((x - mean) / std, y, 16), nn.CrossEntropyLoss(), opt, steps=120, val=val
    )


@broken("data.val_range", "data.train_val_mismatch", says="pixels -1..1, in validation 0..255")
def val_range(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = digits(seed, images=True, scale=8, center=1)
    if ill:
        xv = (xv + 1) * 127.5
    net = cnn()
    opt = optim.AdamW(net.parameters(), lr=3e-3)
    return setup(net, loader(x, y, 64), nn.CrossEntropyLoss(), opt, val=loader(xv, yv, 64, False))


@broken("data.answer_inside", "data.leakage", says="the target is still a column of the inputs",
        falls="the loss falls too fast: the answer is an input")  # fmt: skip
def answer_inside(seed, ill=True):
    start(seed)
    (x, y), (xv, yv) = diabetes(seed)
    if ill:
        x, xv = torch.cat([x, y[:, None]], 1), torch.cat([xv, yv[:, None]], 1)
    net = mlp(x.shape[1], 32, 1)
    opt = optim.Adam(net.parameters(), lr=1e-2)
    val = loader(xv, yv[:, None], 64, shuffle=False)
    return setup(net, loader(x, y[:, None]), nn.MSELoss(), opt, steps=150, val=val)


@broken("data.split_after_copies", "data.leakage", says="rows were doubled before the split",
        falls="training is well; most validation rows are training rows")  # fmt: skip
def split_after_copies(seed, ill=True):
    start(seed)
    x, y = raw("breast_cancer")
    x = floats((x - x.mean(0)) / x.std(0))
    y = torch.as_tensor(y)
    if ill:
        x, y = x.repeat(4, 1), y.repeat(4)
    (x, y), (xv, yv) = split(x, y, seed, int(0.8 * len(x)))
    net = mlp(30, 32, 2)
    opt = optim.Adam(net.parameters(), lr=3e-3)
    val = loader(xv, yv, 64, shuffle=False)
    return setup(net, loader(x, y), nn.CrossEntropyLoss(), opt, steps=150, val=val)


@broken("data.view_channels", "data.layout", says="pictures H x W x C viewed as C x H x W")
def view_channels(seed, ill=True):
    rng = start(seed)
    y = rng.integers(0, 4, 800)
    x = 0.6 * rng.normal(size=(800, 12, 12, 3))
    for picture, label, place in zip(x, y, rng.integers(1, 11, 800), strict=True):
        line = picture[place] if label % 2 else picture[:, place]  # a row or a column
        line[:, label // 2] += 1.5  # red or green
    x = floats(x)
    x = x.reshape(-1, 3, 12, 12) if ill else x.permute(0, 3, 1, 2)
    net = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3), nn.ReLU(),
        nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 4),
    )  # fmt: skip
    opt = optim.Adam(net.parameters(), lr=5e-3)
    return setup(net, loader(x.contiguous(), torch.as_tensor(y)), nn.CrossEntropyLoss(), opt)


@broken("data.reshaped_time", "data.layout", "data.label_mismatch",
        says="(time, samples, features) reshaped to (samples, time, features)")  # fmt: skip
def reshaped_time(seed, ill=True):
    rng = start(seed)
    x, y = tones(rng)
    recorded = x.transpose(0, 1).numpy()  # as the file has it
    x = recorded.reshape(600, 24, 2) if ill else recorded.transpose(1, 0, 2)
    net = nn.Sequential(nn.Flatten(), mlp(48, 64, 3))
    opt = optim.Adam(net.parameters(), lr=3e-3)
    return setup(net, loader(floats(x), y), nn.CrossEntropyLoss(), opt, steps=300)
