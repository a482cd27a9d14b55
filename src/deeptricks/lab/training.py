"""The training loop of every chapter: one function, with the history of what happened.

There is nothing in it beyond the loop that the chapters explain: forward, loss, backward, step.
What a technique adds goes into the model, the optimizer, the loss or a callback. To change the
gradients between backward and step (clipping, noise), use the optimizer's own hook
`optimizer.register_step_pre_hook`.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from deeptricks.lab import progress
from deeptricks.lab.history import History, Score, State, Totals

Loss = Callable[[Tensor, Tensor], Tensor]
HOOKS = ("on_batch_end", "on_epoch_end")


def fit(
    model: nn.Module,
    train: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor] | None = None,
    *,
    optimizer: torch.optim.Optimizer,
    epochs: int,
    batch_size: int,
    loss: Loss = cross_entropy,
    seed: int = 0,
    callbacks: Iterable[object] = (),
) -> History:
    """Train `model` in place for `epochs` passes over shuffled batches.

    train, test: `(inputs, targets)`, tensors with samples along the first dimension. Batches go
        to the device of the model's parameters.
    loss: `loss(outputs, targets)`, the mean over the batch. Class labels are integer targets
        with one dimension fewer than the outputs `(N, C, …)`.
    batch_size: the last batch of an epoch holds what is left and may be smaller.
    seed: of the shuffling alone. The global random state (dropout, initialization) is untouched.
    callbacks: objects with a method `on_batch_end(state)` or `on_epoch_end(state)` or both;
        see `State`.

    The mode (train or eval) of every submodule is what it was when the training is over.
    A loss that is NaN or infinite ends the training before its step, with `history.diverged`
    set, so that an experiment can compare runs of which some diverge.
    Raises ValueError on empty or mismatched data, `epochs < 0`, `batch_size < 1`, and TypeError
    on a callback with neither method.
    """
    _check_data("train", train)
    if test is not None:
        _check_data("test", test)
    _check_whole("epochs", epochs, 0)
    _check_whole("batch_size", batch_size, 1)
    callbacks = list(callbacks)
    _check_callbacks(callbacks)

    history = History()
    state = State(model, optimizer, history)
    generator = torch.Generator().manual_seed(seed)
    steps = epochs * math.ceil(len(train[0]) / batch_size)
    with mode(model, training=True), progress.bar(steps, "training", "batch") as bar:
        for epoch in range(1, epochs + 1):
            state.epoch, total = epoch, Totals()
            order = torch.randperm(len(train[0]), generator=generator)
            for inputs, targets in batches(train, batch_size, device_of(model, train), order):
                optimizer.zero_grad()
                outputs = model(inputs)
                batch_loss = loss(outputs, targets)
                state.step += 1
                state.loss = total.add(batch_loss, outputs, targets)
                if not math.isfinite(state.loss):
                    history.diverged = state.stop = True
                    break
                batch_loss.backward()
                optimizer.step()
                call(callbacks, "on_batch_end", state)
                bar.update()
                if state.stop:
                    break
            row = {"epoch": epoch, **total.columns("train")}
            if test is not None:
                row |= totals(model, test, batch_size, loss).columns("test")
            history.rows.append(row)
            call(callbacks, "on_epoch_end", state)
            if state.stop:
                break
    return history


def evaluate(
    model: nn.Module,
    data: tuple[Tensor, Tensor],
    batch_size: int = 1024,
    loss: Loss = cross_entropy,
) -> Score:
    """Mean loss and accuracy of `model` over `data`, in evaluation mode, without gradients.

    The arguments and errors are those of `fit`. The mode of every submodule is restored.
    """
    _check_data("data", data)
    _check_whole("batch_size", batch_size, 1)
    return totals(model, data, batch_size, loss).score


def totals(model, data, batch_size, loss) -> Totals:
    """The sums behind `evaluate`."""
    total = Totals()
    with mode(model, training=False), torch.no_grad():
        for inputs, targets in batches(data, batch_size, device_of(model, data)):
            outputs = model(inputs)
            total.add(loss(outputs, targets), outputs, targets)
    return total


def batches(
    data: tuple[Tensor, Tensor],
    batch_size: int,
    device: torch.device,
    order: Tensor | None = None,
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of `data`, in the given order of samples.

    Tensors are indexed by whole batches: a DataLoader collects one sample at a time, which for
    the small networks of this book takes longer than their training.
    """
    inputs, targets = data
    for start in range(0, len(inputs), batch_size):
        rows = slice(start, start + batch_size)
        if order is not None:
            rows = order[rows].to(inputs.device)
        yield inputs[rows].to(device), targets[rows].to(device)


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


def device_of(model: nn.Module, data: tuple[Tensor, Tensor]) -> torch.device:
    """Where `model` computes; a model without parameters computes where its data are."""
    parameter = next(model.parameters(), None)
    return data[0].device if parameter is None else parameter.device


def call(callbacks: Sequence[object], hook: str, state: State) -> None:
    """Call one hook of the callbacks that have it."""
    for callback in callbacks:
        if hasattr(callback, hook):
            getattr(callback, hook)(state)


def _check_data(name: str, data: tuple[Tensor, Tensor]) -> None:
    if not (len(data) == 2 and all(isinstance(part, Tensor) for part in data)):
        raise TypeError(f"{name} must be two tensors (inputs, targets), got {type(data).__name__}")
    inputs, targets = data
    if len(inputs) != len(targets):
        raise ValueError(f"{name} has {len(inputs)} inputs but {len(targets)} targets")
    if len(inputs) == 0:
        raise ValueError(f"{name} is empty: at least one sample is needed")


def _check_whole(name: str, value: int, least: int) -> None:
    if not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def _check_callbacks(callbacks: Sequence[object]) -> None:
    for callback in callbacks:
        if not any(hasattr(callback, hook) for hook in HOOKS):
            raise TypeError(f"callback {callback!r} has none of the methods {', '.join(HOOKS)}")
