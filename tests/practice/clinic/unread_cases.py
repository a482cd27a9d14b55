"""The unread half of the clinic: what a case is, and what the families share.

A family is a file `unread_<family>.py`; a builder in it returns the set-up of a healthy training,
or of the same training with one fault. Case and twin are thus the same program but for the fault.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

FAMILIES = ("tables", "images", "sequences", "relations", "odd")


class SetUp(dict):
    """A set-up (a dict, see checkup.md) that also knows how to be graded.

    score() -> how much was learned, on held-out clean data: 0 as by chance, 1 all.
    """

    score: Callable[[], float]


@dataclass(frozen=True)
class Case:
    name: str
    make: Callable[[int], dict]  # seed -> a set-up
    right: tuple[str, ...]  # acceptable codes; empty: healthy
    why: str
    kind: str = ""  # what sort of model
    twin: Callable[[int], dict] | None = None  # the same without the fault
    flatters: str = ""  # why less need not be learned, where that is so
    odd: bool = False  # healthy, and tempting


def _seeded(build, seed, **options):
    torch.manual_seed(seed)
    return build(np.random.default_rng(seed), **options)


def broken(build, fault, right, why, kind, flatters="", **options):
    """The case that `build(rng, fault=...)` makes, its twin is `build(rng)`."""
    right = (right,) if isinstance(right, str) else tuple(right)
    return Case(
        f"{build.__name__}: {fault}", partial(_seeded, build, fault=fault, **options), right, why,
        kind, partial(_seeded, build, **options), flatters,
    )  # fmt: skip


def healthy(build, why, kind, odd=True, name=None, **options):
    """A training that learns."""
    make = partial(_seeded, build, **options)
    return Case(f"{name or build.__name__}: healthy", make, (), why, kind, odd=odd)


def all_cases():
    """Every case of the unread half."""
    rooms = [importlib.import_module(f"tests.practice.clinic.unread_{f}") for f in FAMILIES]
    return [case for room in rooms for case in room.CASES]


def set_up(model, batches, loss, optimizer, steps, score, **more):
    """A set-up with all its keys."""
    keys = {"val_batches": None, "step": None, "evaluate": None} | more
    made = SetUp(model=model, batches=batches, loss=loss, optimizer=optimizer, steps=steps, **keys)
    made.score = score
    return made


def loader(x, y, size=32, shuffle=True, **more):
    """The ordinary DataLoader."""
    return DataLoader(TensorDataset(x, y), batch_size=size, shuffle=shuffle, **more)


class Batches:
    """Batches of tensors or tuples of tensors, of which each may have its batch axis elsewhere."""

    def __init__(self, x, y, size=32, shuffle=True, axis=0, change=None):
        self.x, self.y, self.size, self.shuffle = x, y, size, shuffle
        self.axis, self.change = axis, change

    def _take(self, what, rows, axis=0):
        if isinstance(what, tuple):
            return tuple(self._take(w, rows, axis) for w in what)
        return what.index_select(axis, rows)

    def __len__(self):
        first = self.x[0] if isinstance(self.x, tuple) else self.x
        return first.shape[self.axis] // self.size

    def __iter__(self):
        first = self.x[0] if isinstance(self.x, tuple) else self.x
        n = first.shape[self.axis]
        order = torch.randperm(n) if self.shuffle else torch.arange(n)
        for at in range(0, n - self.size + 1, self.size):
            rows = order[at : at + self.size]
            x, y = self._take(self.x, rows, self.axis), self._take(self.y, rows)
            yield self.change(x, y) if self.change else (x, y)


# --- how much was learned -----------------------------------------------------------------------


def _output(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        out = model(x)
    model.train(was)
    return out


def accuracy(model, x, y, number=None):
    """Share of right classes above that of the largest class; `number` turns outputs to classes."""
    out = _output(model, x)
    said = number(out) if number else out.argmax(-1)
    chance = torch.bincount(y.flatten()).max() / y.numel()
    return float(((said == y).float().mean() - chance) / (1 - chance))


def balanced(model, x, y):
    """Balanced accuracy of a binary logit, 0 for a constant answer."""
    said = _output(model, x).flatten() > 0
    y = y.flatten() > 0.5
    return float(said[y].float().mean() + (~said[~y]).float().mean() - 1)


def r2(model, x, y):
    """Share of the variance explained, at least -1."""
    out = _output(model, x).reshape(y.shape)
    return max(-1.0, float(1 - (out - y).square().mean() / (y - y.mean(0)).square().mean()))


def certainty(model, x, y, probability=torch.sigmoid):
    """Log loss saved against the base rates, for answers of 0 or 1, at least -1."""
    p = probability(_output(model, x)).reshape(y.shape).double().nan_to_num(0.5)
    p = p.clamp(1e-6, 1 - 1e-6)
    base = y.double().mean().clamp(1e-6, 1 - 1e-6)
    bce = torch.nn.functional.binary_cross_entropy
    return max(-1.0, float(1 - bce(p, y.double()) / bce(base.expand_as(p), y.double())))
