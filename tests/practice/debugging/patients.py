"""Small set-ups for the tests of the checkup: one that is well, and what can be done to it."""

import torch
from torch import nn
from torch.nn import functional


def rows(samples=384, columns=8, classes=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    centers = 1.5 * torch.randn(classes, columns, generator=generator)
    y = torch.randint(0, classes, (samples,), generator=generator)
    return centers[y] + torch.randn(samples, columns, generator=generator), y


def cut(x, y, size=32):
    return [(x[i : i + size], y[i : i + size]) for i in range(0, len(x), size)]


def network(columns=8, outputs=4, *last):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(columns, 24), nn.ReLU(), nn.Linear(24, outputs), *last)


def well(model=None, lr=0.1, **changes):
    """A classifier that learns, with anything replaced by name."""
    model = network() if model is None else model
    setup = {
        "model": model,
        "batches": cut(*rows()),
        "loss": functional.cross_entropy,
        "optimizer": torch.optim.SGD(model.parameters(), lr=lr),
        "steps": 120,
        "step": None,
        "evaluate": None,
        "val_batches": None,
    }
    return setup | changes


def with_step(change, **changes):
    """The same with a step that `change(model, optimizer, loss)` returns."""
    setup = well(**changes)
    return setup | {"step": change(setup["model"], setup["optimizer"], setup["loss"])}


def regression(scale=1.0, offset=0.0, loss=None):
    x, _ = rows()
    y = scale * (x[:, 0] * x[:, 1] / 2 + x[:, 2]) + offset
    model = network(8, 1)
    fitting = loss or (lambda output, y: functional.mse_loss(output[:, 0], y))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    return well(model, batches=cut(x, y), loss=fitting, optimizer=optimizer, steps=200)
