"""Data and small networks that the cases share."""

from functools import cache
from itertools import pairwise

import numpy as np
import torch
from sklearn import datasets
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def setup(model, batches, loss, optimizer=None, *, steps=200, val=None, step=None, evaluate=None):
    """A set-up as checkup.md has it."""
    return {
        "model": model, "batches": batches, "val_batches": val, "loss": loss,
        "optimizer": optimizer, "step": step, "evaluate": evaluate, "steps": steps,
    }  # fmt: skip


def start(seed):
    """Seed what the author's script seeds."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    return np.random.default_rng(seed)


def loader(x, y, size=32, shuffle=True, **options):
    """A DataLoader over two tensors."""
    return DataLoader(TensorDataset(x, y), batch_size=size, shuffle=shuffle, **options)


def floats(a):
    """An array as a float tensor."""
    return torch.as_tensor(np.asarray(a), dtype=torch.float32)


def split(x, y, seed, train):
    """Rows drawn at random: (x, y) of `train` of them, and of the others."""
    order = np.random.default_rng(seed).permutation(len(x))
    a, b = order[:train], order[train:]
    return (x[a], y[a]), (x[b], y[b])


@cache
def raw(name):
    """Inputs and targets of one of scikit-learn's data sets, read once."""
    return getattr(datasets, f"load_{name}")(return_X_y=True)


def digits(seed, images=False, scale=16.0, center=0.3):
    """Digits, divided by `scale`, less `center`: train and validation."""
    x, y = raw("digits")
    x = floats(x / scale - center)
    x = x.reshape(-1, 1, 8, 8) if images else x
    return split(x, torch.as_tensor(y), seed, 1400)


def table(name, seed, train=0.8, standard=True):
    """One of scikit-learn's tables, columns standardized by the training rows."""
    x, y = raw(name)
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = floats(x[order]), torch.as_tensor(y[order])
    n = int(train * len(x))
    if standard:
        x = (x - x[:n].mean(0)) / x[:n].std(0)
    return (x[:n], y[:n]), (x[n:], y[n:])


def diabetes(seed, standard=True):
    """Diabetes with columns of standard deviation 1 and, if asked, a target of the same."""
    (x, y), (xv, yv) = table("diabetes", seed)
    y, yv = y.float(), yv.float()
    if standard:
        y, yv = (y - y.mean()) / y.std(), (yv - y.mean()) / y.std()
    return (x, y), (xv, yv)


def tones(rng, n=600, length=24, features=2):
    """Noisy waves of three frequencies, (n, length, features), and which one."""
    y = rng.integers(0, 3, n)
    t = np.arange(length) / length
    f = np.array([1.0, 2.5, 4.0])[y][:, None]
    phase = rng.uniform(0, 1, (n, 1))
    wave = np.sin(2 * np.pi * (f * t + phase))
    x = np.stack([wave * (k + 1) / features for k in range(features)], -1)
    return floats(x + 0.3 * rng.normal(size=x.shape)), torch.as_tensor(y)


def sentences(rng, n=800, length=10, words=40, ordered=False):
    """Integer "words"; class 1: good (1-5), not bad words (6-10), or word 1 before word 2."""
    x = rng.integers(11, words, (n, length))
    y = rng.integers(0, 2, n)
    for row, label in zip(x, y, strict=True):
        if ordered:
            i, j = sorted(rng.choice(length, 2, replace=False))
            row[i], row[j] = (1, 2) if label else (2, 1)
        else:
            where = rng.choice(length, 3, replace=False)
            row[where] = rng.integers(1, 6, 3) + (0 if label else 5)
    return torch.as_tensor(x), torch.as_tensor(y)


def disks(rng, n=240, size=16):
    """Gray pictures with a bright disk, (n, 1, size, size), and its mask of 0 and 1."""
    yy, xx = np.mgrid[:size, :size]
    c = rng.uniform(3, size - 3, (n, 2, 1, 1))
    r = rng.uniform(2, 4, (n, 1, 1))
    mask = ((yy - c[:, 0]) ** 2 + (xx - c[:, 1]) ** 2 < r**2).astype(float)
    picture = mask + 0.4 * rng.normal(size=mask.shape)
    return floats(picture)[:, None], floats(mask)[:, None]


def spirals(rng, n=600, turns=1.25, noise=0.05):
    """Two arms of a spiral in the plane."""
    y = rng.integers(0, 2, n)
    r = np.sqrt(rng.uniform(0.02, 1, n))
    angle = 2 * np.pi * turns * r + np.pi * y
    x = np.stack([r * np.cos(angle), r * np.sin(angle)], 1) * 2
    return floats(x + noise * rng.normal(size=x.shape)), torch.as_tensor(y)


def mlp(*sizes, act=nn.ReLU):
    """Linear layers with `act` between them."""
    layers = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), act()]
    return nn.Sequential(*layers[:-1])


def cnn(classes=10, channels=1, norm=True):
    """Two convolutions for pictures of 8 by 8."""
    return nn.Sequential(
        nn.Conv2d(channels, 8, 3, padding=1),
        nn.BatchNorm2d(8) if norm else nn.Identity(),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.BatchNorm2d(16) if norm else nn.Identity(),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64, classes),
    )
