"""Eight patients for the clinic: programs of a dozen lines, each with one fault or none.

A patient takes images (N, 1, H, W) with their labels (N,), to train on and to validate, and a
seed; it returns a set-up, the keyword arguments of `checkup`. Each trains for ten epochs of
batches of 50. What is wrong, and the same program without it, stand in `cures`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax, one_hot

Part = tuple[Tensor, Tensor]
Setup = dict[str, Any]


class Batches:
    """Pairs (x, y) in batches, in a new order each epoch, or always in the same one."""

    def __init__(self, x: Tensor, y: Tensor, seed: int | None = 0, size: int = 50) -> None:
        self.x, self.y, self.size = x, y, size
        self.draw = None if seed is None else torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        """Batches of an epoch."""
        return -(-len(self.y) // self.size)

    def __iter__(self) -> Iterator[Part]:
        """One epoch."""
        rows = torch.arange(len(self.y))
        if self.draw is not None:
            rows = torch.randperm(len(self.y), generator=self.draw)
        for chosen in rows.split(self.size):
            yield self.x[chosen], self.y[chosen]


def standardized(images: Tensor, like: Tensor) -> Tensor:
    """Put an image into a row, in units of the deviation of `like`, from its mean."""
    gray = like.float()
    return ((images.float() - gray.mean()) / gray.std()).flatten(1)


def perceptron(
    seed: int, inputs: int = 64, hidden: int = 2, activation: Callable[[], nn.Module] = nn.ReLU
) -> list[nn.Module]:
    """Make layers of 64 units, and ten outputs."""
    torch.manual_seed(seed)
    sizes = [inputs] + [64] * hidden
    layers: list[nn.Module] = []
    for units in sizes[:-1]:
        layers += [nn.Linear(units, 64), activation()]
    return [*layers, nn.Linear(64, 10)]


def setup(
    model: nn.Module,
    batches: Batches,
    val_batches: Batches,
    loss: Callable[[Tensor, Tensor], Tensor] = cross_entropy,
    rate: float = 0.05,
) -> Setup:
    """Plan gradient descent with momentum 0.9 for ten epochs."""
    optimizer = torch.optim.SGD(model.parameters(), rate, momentum=0.9)
    return {
        "model": model, "batches": batches, "val_batches": val_batches, "loss": loss,
        "optimizer": optimizer, "steps": 10 * len(batches),
    }  # fmt: skip


def parts(train: Part, validation: Part, seed: int) -> tuple[Batches, Batches]:
    """Return both parts as rows in units of the training images, in batches."""
    (images, labels), (others, truth) = train, validation
    return (
        Batches(standardized(images, images), labels, seed),
        Batches(standardized(others, images), truth, None),
    )


def patient_a(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return patient A."""
    model = nn.Sequential(*perceptron(seed), nn.Softmax(dim=1))
    return setup(model, *parts(train, validation, seed), loss=cross_entropy)


def patient_b(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return patient B."""
    case = setup(nn.Sequential(*perceptron(seed)), *parts(train, validation, seed))
    parameters = case["model"].parameters()
    rule = torch.optim.SGD(parameters, 0.05, momentum=0.9, weight_decay=0.1)
    return case | {"optimizer": rule}


def patient_c(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return patient C."""
    batches, _ = parts(train, validation, seed)
    images, labels = validation
    val_batches = Batches(images.float().flatten(1), labels, None)
    return setup(nn.Sequential(*perceptron(seed)), batches, val_batches)


def patient_d(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return patient D."""
    model = nn.Sequential(*perceptron(seed, hidden=6, activation=nn.Sigmoid))
    return setup(model, *parts(train, validation, seed))


def patient_e(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return patient E."""
    _, val_batches = parts(train, validation, seed)
    order = train[1].argsort()
    x = standardized(train[0], train[0])
    batches = Batches(x[order], train[1][order], seed=None)
    return setup(nn.Sequential(*perceptron(seed)), batches, val_batches)


def patient_f(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return patient F."""
    first, relu, second, *rest = perceptron(seed)
    norms = [nn.BatchNorm1d(64, momentum=0.001) for _ in range(2)]
    model = nn.Sequential(first, norms[0], relu, second, norms[1], *rest)
    return setup(model, *parts(train, validation, seed))


def patient_g(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return patient G."""
    (images, labels), draw = train, torch.Generator().manual_seed(seed)
    images = images[torch.randperm(len(images), generator=draw)]
    model = nn.Sequential(*perceptron(seed))
    return setup(model, *parts((images, labels), validation, seed))


def patient_h(train: Part, validation: Part, seed: int = 0) -> Setup:
    """Return patient H."""

    def loss(output: Tensor, y: Tensor) -> Tensor:
        target = 0.7 * one_hot(y, 10) + 0.03
        return -(target * log_softmax(output, dim=1)).sum(dim=1).mean()

    model = nn.Sequential(*perceptron(seed))
    return setup(model, *parts(train, validation, seed), loss=loss)


PATIENTS = {
    "A": patient_a, "B": patient_b, "C": patient_c, "D": patient_d,
    "E": patient_e, "F": patient_f, "G": patient_g, "H": patient_h,
}  # fmt: skip
