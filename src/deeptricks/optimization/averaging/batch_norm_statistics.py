"""Batch norm's running statistics for weights that were never trained as they are."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


@torch.no_grad()
def update_batch_norm(
    loader: Iterable[Any],
    model: nn.Module,
    device: torch.device | str | int | None = None,
) -> None:
    """Recompute mean and variance of every batch norm in the model, in one pass over the data.

    Counterpart: `torch.optim.swa_utils.update_bn`, with three differences. The momentum, and each
    submodule's own mode, are back afterwards even if the pass fails; the framework puts all
    submodules into the mode of the whole. Any module counts as batch norm that has momentum and
    `reset_running_stats`, not the framework's classes alone. And a loader without batches raises
    a ValueError and leaves the statistics as they were.

    Parameters
    ----------
    loader : iterable
        Batches; of a list or a tuple the first entry is the input.
    model : nn.Module
        In training mode during the pass, so a dropout in it drops. Batches weigh the same, whatever
        their sizes: the statistics are plain means over batches.
    device : torch.device, optional
        Where the inputs are moved, if given.

    Raises
    ------
    ValueError
        If there is no batch.
    """
    norms = [module for module in model.modules() if is_batch_norm(module)]
    if not norms:
        return
    fresh = True
    with equal_weights(norms), own_modes(model):
        model.train()
        for batch in loader:
            if fresh:
                for module in norms:
                    module.reset_running_stats()
            fresh = False
            inputs = batch[0] if isinstance(batch, list | tuple) else batch
            model(inputs if device is None else inputs.to(device))
    if fresh:
        raise ValueError("loader must give at least one batch, got none")


@contextmanager
def equal_weights(norms: list[nn.Module]) -> Iterator[None]:
    """Momentum None inside: every batch counts the same, the first and the last."""
    before = [module.momentum for module in norms]
    try:
        for module in norms:
            module.momentum = None
        yield
    finally:
        for module, momentum in zip(norms, before, strict=True):
            module.momentum = momentum


@contextmanager
def own_modes(model: nn.Module) -> Iterator[None]:
    """Whatever happens inside, every submodule is in its own mode afterwards."""
    before = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


def is_batch_norm(module: nn.Module) -> bool:
    """Tell whether it averages over batches; instance norm does, but knows no momentum None."""
    instance = any("InstanceNorm" in kind.__name__ for kind in type(module).__mro__)
    return hasattr(module, "reset_running_stats") and hasattr(module, "momentum") and not instance
