"""The slices of a loop, put to work: batches, a loss, a step."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sized
from types import CodeType
from typing import Any

import torch

from deeptricks.practice.debugging.loop_source import Slices
from deeptricks.practice.debugging.loop_syntax import OUTPUT, names_in, value_of

ENDLESS = 200  # passes that count as an epoch of a loop without end


class LoopBatches:
    """What a loop runs over, as pairs (input, target): each `iter` is one epoch."""

    def __init__(self, parts: Slices, names: Mapping[str, Any]) -> None:
        over = [parts.loop.iter, parts.loop.target] if isinstance(parts.loop, ast.For) else []
        kept_names = [ast.Name(key) for key in (parts.input_name, parts.target_name)]
        self.names, self.loop = used(names, [*parts.data, *over, *kept_names]), parts.loop
        self.keys = parts.input_name, parts.target_name
        self.data = compiled(parts.data)
        self.over = self.target = None
        if isinstance(parts.loop, ast.For):
            self.over = compile(ast.Expression(parts.loop.iter), "<loop>", "eval")
            take = ast.Assign([parts.loop.target], ast.Name("__item__", ast.Load()))
            self.target = compiled([ast.fix_missing_locations(ast.copy_location(take, parts.loop))])
        items = self._items()
        lazy = iter(items) is items and isinstance(getattr(parts.loop, "iter", None), ast.Name)
        self.kept = list(items) if lazy else None  # a generator gives its items but once
        self.length = _length(items, parts.loop, names)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        for item in self._items() if self.kept is None else self.kept:
            if self.target:
                exec(self.target, self.names | {"__item__": item}, self.names)
            yield from self.once()

    def _items(self) -> Any:
        return eval(self.over, dict(self.names)) if self.over else range(ENDLESS)

    def once(self) -> Iterator[tuple[Any, Any]]:
        """Make a batch of what the names hold now."""
        exec(self.data, self.names)
        yield self.names[self.keys[0]], self.names[self.keys[1]]


def loss_of(parts: Slices, names: Mapping[str, Any]) -> Callable[[Any, Any], torch.Tensor]:
    """Return ``loss(output, target)`` as the loop computes it."""
    code, kept = compiled(parts.loss), used(names, parts.loss)

    def loss(output: Any, target: Any) -> torch.Tensor:
        local = {**kept, OUTPUT: output, parts.target_name: target}
        exec(code, local)
        return local[parts.loss_name]

    return loss


def step_of(parts: Slices, names: Mapping[str, Any]) -> Callable[[Any, Any], Any]:
    """Return ``step(x, y)``: the rest of the loop's body, which gives back the batch's loss."""
    passes = ast.Tuple([ast.Constant(0)], ast.Load())
    once = ast.For(ast.Name("__once__", ast.Store()), passes, parts.step or [ast.Pass()], [])
    placed = ast.fix_missing_locations(ast.copy_location(once, parts.loop))
    code = compiled([placed])  # in a loop: `continue` and `break` are at home
    kept = used(names, [placed])
    counters = [name for name in _counters(parts.loop, names) if name in kept]

    def step(x: Any, y: Any) -> Any:
        kept.update({parts.input_name: x, parts.target_name: y})
        exec(code, kept)
        for name in counters:
            kept[name] += 1
        return kept.get(parts.loss_name, float("nan"))

    return step


def used(names: Mapping[str, Any], parts: list[Any]) -> dict[str, Any]:
    """Return the names that occur in `parts`: a checkup keeps safe what it can reach."""
    wanted = {name.id for name in names_in(parts)}
    return {name: value for name, value in names.items() if name in wanted}


def compiled(statements: list[ast.stmt]) -> CodeType:
    """Compile statements as a module."""
    return compile(ast.Module(statements, []), "<loop>", "exec")


def _counters(loop: ast.For | ast.While, names: Mapping[str, Any]) -> list[str]:
    """Return the names that count the passes: ``for i in range``, ``for i, … in enumerate``."""
    called = getattr(getattr(getattr(loop, "iter", None), "func", None), "id", "")
    if called not in ("range", "enumerate"):
        return []
    target: Any = getattr(loop, "target", None)
    first = target.elts[0] if isinstance(target, ast.Tuple) else target
    return [first.id] if isinstance(first, ast.Name) and type(names.get(first.id)) is int else []


def _length(items: Any, loop: ast.For | ast.While, names: Mapping[str, Any]) -> int | None:
    """Return the passes of an epoch: of the loop's items, or of what ``enumerate`` wraps."""
    wrapped = getattr(getattr(loop, "iter", None), "args", None) or [ast.Constant(None)]
    for value in (items, value_of(wrapped[0], names)):
        if isinstance(value, Sized):
            return len(value)
    return None
