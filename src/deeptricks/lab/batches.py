"""Batches of data on the device of a model, and checks of what a training is given."""

import numbers
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

Data = tuple[Tensor, Tensor]


def batches(
    data: Data, batch_size: int, device: torch.device, order: Tensor | None = None
) -> Iterator[Data]:
    """Return the batches of `data`, in the given order of samples.

    Tensors are indexed by whole batches: a DataLoader collects one sample at a time, which for
    the small networks of this book takes longer than their training.
    """
    inputs, targets = data
    for start in range(0, len(inputs), batch_size):
        rows: slice | Tensor = slice(start, start + batch_size)
        if order is not None:
            rows = order[rows].to(inputs.device)
        yield inputs[rows].to(device), targets[rows].to(device)


class StackedBatches:
    """The batches of M networks that are trained side by side: each as `batches` would give them.

    Networks of one seed share data, order and therefore batches.
    """

    def __init__(self, seeds: Sequence[int], trains: Sequence[Data], size: int | None) -> None:
        own = dict(zip(seeds, trains, strict=True))
        self.trains, self.samples = list(own.values()), len(trains[0][0])
        self.owner = torch.tensor([list(own).index(seed) for seed in seeds])
        self.full, self.size = size is None, size or self.samples
        same = all(train is self.trains[0] for train in self.trains)
        self.shared = len(own) == 1 or (self.full and same)
        self.generators = [torch.Generator().manual_seed(seed) for seed in own]

    def epoch(self) -> Iterator[Data]:
        """Yield the next epoch's batches, (M, B, …), or (B, …) where all networks share them."""
        every = torch.arange(self.samples)
        orders = [
            every if self.full else torch.randperm(self.samples, generator=generator)
            for generator in self.generators
        ]
        for start in range(0, self.samples, self.size):
            yield self._gather([order[start : start + self.size] for order in orders])

    def example(self) -> Data:
        """Return a batch to try, drawn from no generator."""
        return self._gather([torch.arange(self.size)] * len(self.trains))

    def _gather(self, rows: list[Tensor]) -> Data:
        inputs, targets = (
            self._pick([train[kind] for train in self.trains], rows) for kind in (0, 1)
        )
        return inputs, targets

    def _pick(self, tensors: list[Tensor], rows: list[Tensor]) -> Tensor:
        device = tensors[0].device
        if self.shared:
            return tensors[0][rows[0].to(device)]
        picked = [each[row.to(device)] for each, row in zip(tensors, rows, strict=True)]
        return torch.stack(picked)[self.owner.to(device)]


@contextmanager
def mode(model: nn.Module, training: bool) -> Iterator[None]:
    """Training or evaluation mode inside the block, every submodule's own mode after it."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training


def device_of(model: nn.Module, data: Data) -> torch.device:
    """Where `model` computes; a model without parameters computes where its data are."""
    parameter = next(model.parameters(), None)
    return data[0].device if parameter is None else parameter.device


def check_data(name: str, data: Data) -> None:
    """Raise TypeError or ValueError unless `data` are two tensors of the same length, not 0."""
    if not (len(data) == 2 and all(isinstance(part, Tensor) for part in data)):
        raise TypeError(f"{name} must be two tensors (inputs, targets), got {type(data).__name__}")
    inputs, targets = data
    if len(inputs) != len(targets):
        raise ValueError(f"{name} has {len(inputs)} inputs but {len(targets)} targets")
    if len(inputs) == 0:
        raise ValueError(f"{name} is empty: at least one sample is needed")


def check_whole(name: str, value: int, least: int) -> None:
    """Raise ValueError unless `value` is a whole number, NumPy's included, of at least `least`."""
    if not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
