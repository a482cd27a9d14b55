"""Everything that a training step can change is written down, so that it can be put back.

The walk starts at the model, the optimizer, the step, … and follows what Python objects hold:
attributes, items, the variables that a closure has caught, the globals that a function names. The
memory of tensors is copied and restored in place; dictionaries and lists are copied shallowly.
"""

import types
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from deeptricks.practice.debugging.random_state import remember_generator, remember_global_state
from deeptricks.practice.debugging.reachable import (
    item_setter,
    names,
    of_a_library,
    refill,
    replace,
    setter,
    slots,
)

LARGEST = 2_000_000_000  # bytes of tensors copied; beyond, data are trusted to stay
MOST = 300_000  # objects visited
PLAIN: tuple[type, ...] = (
    int,
    float,
    complex,
    str,
    bytes,
    bool,
    type(None),
    type,
    types.ModuleType,
)
PLAIN += (types.BuiltinFunctionType, types.CodeType, torch.dtype, torch.device, torch.Size)


class Snapshot:
    """The state of everything reachable from `roots`, and of the random generators.

    Attributes
    ----------
    seen
        Every object that was visited, so that other probes can look among them.
    """

    def __init__(self, *roots: Any) -> None:
        self.seen: list[Any] = []
        self._memo: set[int] = set()
        self._storages: set[int] = set()
        self._bytes = 0
        self._undo: list[Callable[[], Any]] = [remember_global_state()]
        todo = deque(roots)
        while todo and len(self.seen) < MOST:
            todo.extend(self._visit(todo.popleft()))

    def restore(self) -> None:
        """Put everything back."""
        for undo in self._undo:
            undo()

    def _visit(self, item: Any) -> list[Any]:
        """Write down `item`; return what it holds."""
        if isinstance(item, PLAIN) or id(item) in self._memo:
            return []
        self._memo.add(id(item))
        self.seen.append(item)  # also keeps it alive, so that its id stays its own
        if isinstance(item, torch.Tensor):
            return self._tensor(item)
        if isinstance(item, np.ndarray):
            return self._array(item)
        if isinstance(item, (types.FunctionType, types.MethodType)):
            return self._function(item)
        undo = remember_generator(item)
        if undo is not None:
            self._undo.append(undo)
        held = self._container(item)
        attributes = getattr(item, "__dict__", None)
        if isinstance(attributes, dict):
            held.append(attributes)
        for name in slots(type(item)):
            if hasattr(item, name):
                held.append(getattr(item, name))
                self._undo.append(setter(item, name, getattr(item, name)))
        if not of_a_library(type(item)):
            own = vars(type(item)).values()
            held += [value for value in own if isinstance(value, types.FunctionType)]
        if callable(getattr(item, "func", None)):  # functools.partial
            held += [item.func, getattr(item, "args", ()), getattr(item, "keywords", {})]
        return held

    def _tensor(self, tensor: torch.Tensor) -> list[Any]:
        grad = tensor.grad if tensor.is_leaf else None
        needs, leaf = tensor.requires_grad, tensor.is_leaf
        try:
            storage = tensor.untyped_storage()
            alias = tensor.detach()
        except (RuntimeError, NotImplementedError):  # sparse and other exotic tensors
            return []
        key = storage.data_ptr() or id(tensor)
        copy = None
        if key not in self._storages and self._bytes + storage.nbytes() <= LARGEST:
            self._storages.add(key)
            self._bytes += storage.nbytes()
            copy = storage.clone()

        def undo() -> None:
            if tensor.data_ptr() != alias.data_ptr() or tensor.shape != alias.shape:
                tensor.data = alias
            if copy is not None:
                storage.copy_(copy)
            if leaf:
                if tensor.requires_grad != needs and tensor.is_leaf:
                    tensor.requires_grad_(needs)
                if tensor.grad is not grad:
                    tensor.grad = grad

        self._undo.append(undo)
        held = [grad] if grad is not None else []
        return [*held, tensor.__dict__] if getattr(tensor, "__dict__", None) else held

    def _array(self, array: np.ndarray) -> list[Any]:
        if array.flags.writeable and array.nbytes + self._bytes <= LARGEST:
            copy = array.copy()
            self._bytes += array.nbytes
            self._undo.append(lambda: np.copyto(array, copy))
        return list(array.flat) if array.dtype == object else []

    def _function(self, function: Any) -> list[Any]:
        if isinstance(function, types.MethodType):
            return [function.__self__, function.__func__]
        held: list[Any] = [function.__defaults__, function.__kwdefaults__, function.__dict__]
        for cell in function.__closure__ or ():
            try:
                content = cell.cell_contents
            except ValueError:  # not filled yet
                continue
            held.append(content)
            self._undo.append(setter(cell, "cell_contents", content))
        for name in names(function.__code__):
            value = function.__globals__.get(name)
            if not isinstance(value, PLAIN) and not of_a_library(value):
                held.append(value)
            if name in function.__globals__ and not isinstance(value, types.ModuleType):
                self._undo.append(item_setter(function.__globals__, name, value))
        return held

    def _container(self, item: Any) -> list[Any]:
        if isinstance(item, dict):
            pairs = list(item.items())

            def undo() -> None:
                now = list(item.items())
                same = len(now) == len(pairs) and all(
                    a is c and b is d for (a, b), (c, d) in zip(now, pairs, strict=True)
                )
                if not same:
                    item.clear()
                    item.update(pairs)

            self._undo.append(undo)
            return [value for _, value in pairs]
        if isinstance(item, (list, deque)):
            kept = list(item)
            self._undo.append(lambda: refill(item, kept))
            return [value for value in kept if not isinstance(value, PLAIN)]
        if isinstance(item, set):
            members = set(item)
            self._undo.append(lambda: replace(item, members))
        return list(item) if isinstance(item, (tuple, frozenset)) else []


@contextmanager
def rewound(*roots: Any) -> Iterator[Snapshot]:
    """Within the block anything may be trained; afterwards all is as before, whatever happened."""
    snapshot = Snapshot(*roots)
    try:
        yield snapshot
    finally:
        snapshot.restore()
