"""The training loop of every chapter: one function, with the history of what happened.

There is nothing in it beyond the loop that the chapters explain: forward, loss, backward, step.
What a technique adds goes into the model, the optimizer, the loss, the step or a callback. To
change the gradients between backward and step (clipping, noise), use the optimizer's own hook
`optimizer.register_step_pre_hook`.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from deeptricks.lab import progress
from deeptricks.lab.batches import Data, batches, check_data, check_whole, device_of, mode
from deeptricks.lab.history import History, Score, State, Totals, first

Loss = Callable[[Tensor, Tensor], Tensor]
Step = Callable[[nn.Module, Data], tuple[Tensor, Any]]
HOOKS = ("on_batch_end", "on_epoch_end")


def fit(
    model: nn.Module,
    train: Data,
    test: Data | None = None,
    *,
    validation: Data | None = None,
    optimizer: torch.optim.Optimizer,
    epochs: int,
    batch_size: int | None,
    loss: Loss = cross_entropy,
    step: Step | None = None,
    seed: int = 0,
    callbacks: Iterable[object] = (),
) -> History:
    """Train `model` in place for `epochs` passes over shuffled batches.

    The mode (train or eval) of every submodule is what it was when the training is over. A loss
    that is NaN or infinite ends the training before its step, with `history.diverged` set, so
    that an experiment can compare runs of which some diverge.

    Parameters
    ----------
    model
        Its outputs may be a tuple, of which the first is the answer.
    train, validation, test
        ``(inputs, targets)``, tensors with samples along the first dimension. Batches go to the
        device of the model's parameters. Choose settings and stop by `validation`; `test` is
        what you report.
    optimizer
        Over the model's parameters.
    epochs
        Passes over the training data.
    batch_size
        The last batch of an epoch holds what is left and may be smaller. None: all samples at
        once, in their order.
    loss
        ``loss(outputs, targets)``, the mean over the batch. Class labels are integer targets with
        one dimension fewer than the outputs (N, C, …), or their probabilities (N, C).
    step
        ``step(model, batch) -> (loss, outputs)`` replaces ``loss(model(inputs), targets)`` in
        training: a penalty on the model's weights, auxiliary outputs, mixed-up samples, a loss
        at other weights than the present ones. `fit` differentiates the loss that it returns.
    seed
        Of the shuffling alone. The global random state (dropout, initialization) is not seeded.
    callbacks
        Objects with a method ``on_batch_end(state)`` or ``on_epoch_end(state)`` or both; see
        `State`.

    Returns
    -------
    History
        A row for each epoch.

    Raises
    ------
    ValueError
        On empty or mismatched data, ``epochs < 0``, ``batch_size < 1``.
    TypeError
        On a callback with neither method.
    """
    parts = {"validation": validation, "test": test}
    held_out = {name: data for name, data in parts.items() if data is not None}
    for name, data in {"train": train, **held_out}.items():
        check_data(name, data)
    check_whole("epochs", epochs, 0)
    batch_size = len(train[0]) if (full := batch_size is None) else batch_size
    check_whole("batch_size", batch_size, 1)
    callbacks = list(callbacks)
    _check_callbacks(callbacks)

    step = plain_step(loss) if step is None else step
    history = History()
    state = State(model, optimizer, history)
    device = device_of(model, train)
    generator = torch.Generator().manual_seed(int(seed))
    steps, seconds = epochs * math.ceil(len(train[0]) / batch_size), 0.0
    with mode(model, training=True), progress.bar(steps, "training", "batch") as bar:
        for epoch in range(1, epochs + 1):
            state.epoch, total, began = epoch, Totals(), time.perf_counter()
            order = None if full else torch.randperm(len(train[0]), generator=generator)
            for batch in batches(train, batch_size, device, order):
                optimizer.zero_grad()
                batch_loss, outputs = step(model, batch)
                state.step += 1
                state.loss = total.add(batch_loss, outputs, batch[1])
                if not math.isfinite(state.loss):
                    history.diverged = state.stop = True
                    break
                batch_loss.backward()
                optimizer.step()
                call(callbacks, "on_batch_end", state)
                bar.update()
                if state.stop:
                    break
            seconds += time.perf_counter() - began
            row = {"epoch": epoch, **total.columns("train")}
            for name, data in held_out.items():
                row |= totals(model, data, batch_size, loss).columns(name)
            history.rows.append({**row, "seconds": seconds})
            call(callbacks, "on_epoch_end", state)
            if state.stop:
                break
    return history


def plain_step(loss: Loss) -> Step:
    """Return the step of textbooks: ``loss(model(inputs), targets)``."""

    def step(model: nn.Module, batch: Data) -> tuple[Tensor, Any]:
        inputs, targets = batch
        outputs = model(inputs)
        return loss(first(outputs), targets), outputs

    return step


def evaluate(
    model: nn.Module, data: Data, batch_size: int = 1024, loss: Loss = cross_entropy
) -> Score:
    """Mean loss and accuracy of `model` over `data`, in evaluation mode, without gradients.

    The arguments and errors are those of `fit`. The mode of every submodule is restored.
    """
    check_data("data", data)
    check_whole("batch_size", batch_size, 1)
    return totals(model, data, batch_size, loss).score


def totals(model: nn.Module, data: Data, batch_size: int, loss: Loss) -> Totals:
    """Return the sums behind `evaluate`."""
    total, step = Totals(), plain_step(loss)
    with mode(model, training=False), torch.no_grad():
        for batch in batches(data, batch_size, device_of(model, data)):
            total.add(*step(model, batch), batch[1])
    return total


def call(callbacks: Sequence[object], hook: str, state: State) -> None:
    """Call one hook of the callbacks that have it."""
    for callback in callbacks:
        if hasattr(callback, hook):
            getattr(callback, hook)(state)


def _check_callbacks(callbacks: Sequence[object]) -> None:
    for callback in callbacks:
        if not any(hasattr(callback, hook) for hook in HOOKS):
            raise TypeError(f"callback {callback!r} has none of the methods {', '.join(HOOKS)}")
