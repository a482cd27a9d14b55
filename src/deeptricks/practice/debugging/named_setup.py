"""A set-up made of names: what a file calls its model, its batches, its loss."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

NAMES = {
    "model": ("model", "net", "network"),
    "batches": ("batches", "train_loader", "train_batches", "trainloader", "train_dl", "loader",
                "dataloader", "train_dataloader"),
    "loss": ("loss", "criterion", "loss_fn", "loss_function", "loss_func"),
    "optimizer": ("optimizer", "optim", "opt"),
    "val_batches": ("val_batches", "val_loader", "valid_loader", "validation_loader", "valloader",
                    "val_dl", "valid_dl", "val_dataloader", "test_loader"),
    "step": ("step", "train_step"),
    "evaluate": ("evaluate",),
    "steps": ("steps",),
}  # fmt: skip
NEEDED = ("model", "batches", "loss")


class IncompleteSetupError(ValueError):
    """What was found is not a set-up; the message is one line for the file's author."""


def _fits(key: str, value: Any) -> bool:
    """Whether a value can be that part of a set-up."""
    if key in ("batches", "val_batches"):
        return hasattr(value, "__iter__") and not isinstance(value, str | torch.Tensor)
    if key in ("loss", "step", "evaluate"):
        return callable(value) and not isinstance(value, type | torch.Tensor)
    kinds = {"model": nn.Module, "optimizer": torch.optim.Optimizer, "steps": int}
    return isinstance(value, kinds[key])


def setup_of_names(names: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the set-up that a namespace holds, and what was taken for what.

    Parameters
    ----------
    names
        The names of a module. For each part of a set-up the first of `NAMES` counts whose value
        is of a kind that fits: a tensor called ``loss`` is no loss.

    Raises
    ------
    IncompleteSetupError
        Without a model, batches or a loss; the message names what was looked for.
    """
    setup, said = {}, []
    for key, candidates in NAMES.items():
        name = next((n for n in candidates if n in names and _fits(key, names[n])), None)
        if name is not None:
            setup[key] = names[name]
            said.append(f"{key}: {name}")
    check_complete(setup)
    return setup, said


def setup_of(value: Any, name: str = "setup") -> dict[str, Any]:
    """Return the set-up that a file gives as a dictionary, or as a function that returns one.

    Raises
    ------
    IncompleteSetupError
        If it is neither, has unknown keys, or lacks a model, batches or a loss.
    """
    if callable(value):
        try:
            value = value()
        except Exception as error:
            words = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            raise IncompleteSetupError(f"{name}() raises {words}") from error
    if not isinstance(value, Mapping):
        kind = type(value).__name__
        raise IncompleteSetupError(f"{name} must be a dict or a function of one, it is {kind}")
    unknown = [key for key in value if key not in NAMES]
    if unknown:
        allowed = ", ".join(NAMES)
        raise IncompleteSetupError(f"{name} has the key {unknown[0]!r}; allowed are {allowed}")
    check_complete(value, name)
    return dict(value)


def check_complete(setup: Mapping[str, Any], name: str = "the file") -> None:
    """Raise IncompleteSetupError where the model, the batches or the loss are missing."""
    missing = [key for key in NEEDED if key not in setup]
    if missing:
        looked = "; ".join(f"{key} ({', '.join(NAMES[key])})" for key in missing)
        raise IncompleteSetupError(f"{name} has no {looked}")
