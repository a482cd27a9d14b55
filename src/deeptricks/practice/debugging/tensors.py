"""Tensors and tuples of tensors: moved, taken apart along the axis of the samples, flattened."""

import copy
import dataclasses
from collections.abc import Callable, MutableMapping
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence


def each(value: Any, function: Callable[[Tensor], Any]) -> Any:
    """Apply `function` to every tensor in nested tuples, lists, dicts and records; keep the rest.

    Records are dataclasses and namespaces, as models of libraries return them; of sequences
    packed to their lengths it is the numbers that `function` is applied to.
    """
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, PackedSequence):
        data = function(value.data)
        orders = (None if order is None else order.to(data.device) for order in value[2:])
        return PackedSequence(data, value.batch_sizes, *orders)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(each(item, function) for item in value))
    if isinstance(value, (tuple, list)):
        return type(value)(each(item, function) for item in value)
    if type(value) is dict:
        return {key: each(item, function) for key, item in value.items()}
    if isinstance(value, MutableMapping):  # a library's own kind, with attributes and methods
        changed = copy.copy(value)
        changed.update({key: each(item, function) for key, item in value.items()})
        return changed
    if isinstance(value, SimpleNamespace) or _is_record(value):
        changed = copy.copy(value)
        for name, item in vars(value).items():
            object.__setattr__(changed, name, each(item, function))
        return changed
    return value


def _is_record(value: Any) -> bool:
    return dataclasses.is_dataclass(type(value)) and hasattr(value, "__dict__")


def tensors(value: Any) -> list[Tensor]:
    """List the tensors in nested tuples, lists, dicts and records."""
    found: list[Tensor] = []

    def note(tensor: Tensor) -> Tensor:
        found.append(tensor)
        return tensor

    each(value, note)
    return found


def first_tensor(value: Any) -> Any:
    """Return the first floating tensor in `value`, or the first tensor, or None."""
    found = tensors(value)
    floating = [tensor for tensor in found if tensor.is_floating_point()]
    return (floating or found or [None])[0]


def rows(value: Any, axis: int = 0, *, most: int = 100_000) -> Tensor:
    """Return a matrix with a sample per row: every floating tensor of `value` flattened.

    Integers of few values are taken as numbers too. Columns beyond `most` are left out.
    """
    parts = []
    for tensor in tensors(value):
        where = axis if axis < tensor.ndim else 0
        matrix = tensor.detach().movedim(where, 0) if tensor.ndim else tensor.detach().reshape(1)
        parts.append(matrix.reshape(len(matrix), -1).double().cpu())
    length = min((len(part) for part in parts), default=0)
    return torch.cat([part[:length] for part in parts], 1)[:, :most] if parts else torch.empty(0, 0)


def number(value: Any) -> float:
    """Return the value of a loss as a float; NaN where it is none."""
    try:
        if isinstance(value, Tensor):
            return float(value.detach().double().mean())
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return float("nan")


def take(value: Any, index: Tensor, axis: int = 0) -> Any:
    """Take the samples `index` along `axis` of every tensor that is long enough."""

    def pick(tensor: Tensor) -> Tensor:
        where = axis if axis < tensor.ndim else 0
        if not tensor.ndim or tensor.shape[where] <= int(index.max()):
            return tensor
        return tensor.index_select(where, index.to(tensor.device))

    return each(value, pick)


def join(values: list[Any], axis: int = 0) -> Any:
    """Concatenate batches along the axis of the samples."""
    first = values[0]
    if isinstance(first, Tensor):
        return torch.cat(values, axis if axis < first.ndim else 0) if first.ndim else first
    if isinstance(first, (tuple, list)):
        return type(first)(join(list(items), axis) for items in zip(*values, strict=True))
    if isinstance(first, dict):
        return {key: join([value[key] for value in values], axis) for key in first}
    return first
