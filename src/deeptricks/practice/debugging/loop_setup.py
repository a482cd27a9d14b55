"""A set-up made of a training loop that was stopped at its first step."""

import ast
import linecache
from collections.abc import Callable, Iterator, Mapping, Sized
from types import CodeType, FrameType
from typing import Any

import torch
from torch import nn

from deeptricks.practice.debugging.interception import Caught
from deeptricks.practice.debugging.loop_source import (
    Slices,
    UnreadableError,
    innermost_loop,
    slices,
)
from deeptricks.practice.debugging.loop_syntax import OUTPUT, assigned, value_of

VALIDATION = (
    *("val_batches", "val_loader", "valid_loader", "validation_loader", "val_data", "valloader"),
    *("val_dl", "valid_dl", "validloader", "test_batches", "test_loader", "testloader", "test_dl"),
)
EPOCHS = ("epochs", "num_epochs", "n_epochs", "max_epochs", "nepochs", "EPOCHS", "NUM_EPOCHS")
ENDLESS = 200  # passes that count as an epoch of a loop without end


def setup_of_loop(caught: Caught) -> tuple[dict[str, Any], list[str]]:
    """Return the set-up of the loop, and what was taken for what, as lines for a person.

    Raises
    ------
    UnreadableError
        With a reason for each frame that was looked at.
    """
    reasons = []
    for frame, line in caught.frames:
        try:
            return _setup(frame, line, caught)
        except UnreadableError as error:
            reasons.append(f"{frame.f_code.co_name}: {error}")
    raise UnreadableError("; ".join(reasons) or "no frame of the program was found")


def _setup(frame: FrameType, line: int, caught: Caught) -> tuple[dict[str, Any], list[str]]:
    """Read the innermost loop of a frame."""
    source = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise UnreadableError(f"its source cannot be read ({error.msg})") from None
    names = {**frame.f_globals, **frame.f_locals}
    parts = slices(innermost_loop(tree, line), names)
    model = value_of(parts.model, names)
    batches = LoopBatches(parts, names)
    optimizer = caught.optimizer or _optimizer(names, model)
    for parameter in model.parameters():
        parameter.grad = None  # of the step in which the program was stopped
    everywhere = {name: v for f, _ in caught.frames[::-1] for name, v in _visible(f).items()}
    validation = _validation(everywhere)
    steps = _steps(tree, parts.loop, batches, everywhere)
    setup = {
        "model": model,
        "batches": batches if parts.by_batch else list(batches.once()),
        "loss": loss_of(parts, names),
        "optimizer": optimizer,
        "step": step_of(parts, names),
        "val_batches": everywhere[validation] if validation else None,
        "steps": steps or None,
    }
    text = ast.unparse(parts.loop).splitlines()[0]
    said = [f"line {parts.loop.lineno}, {text}", f"model: {ast.unparse(parts.model)}"]
    said.append(f"target: {ast.unparse(parts.target)}; loss: {parts.loss_name}")
    said.append(f"validation: {validation or 'none found'}; steps planned: {steps or 'not known'}")
    return {name: value for name, value in setup.items() if value is not None}, said


class LoopBatches:
    """What a loop runs over, as pairs (input, target): each `iter` is one epoch."""

    def __init__(self, parts: Slices, names: Mapping[str, Any]) -> None:
        self.names, self.loop = dict(names), parts.loop
        self.keys = parts.input_name, parts.target_name
        self.data = compiled(parts.data)
        self.over = self.target = None
        if isinstance(parts.loop, ast.For):
            self.over = compile(ast.Expression(parts.loop.iter), "<loop>", "eval")
            take = ast.Assign([parts.loop.target], ast.Name("__item__", ast.Load()))
            self.target = compiled([ast.fix_missing_locations(ast.copy_location(take, parts.loop))])
        items = eval(self.over, dict(self.names)) if self.over else range(ENDLESS)
        lazy = iter(items) is items and isinstance(getattr(parts.loop, "iter", None), ast.Name)
        self.kept = list(items) if lazy else None  # a generator gives its items but once
        self.length = _length(items, parts.loop, names)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        items = self.kept
        if items is None:
            items = eval(self.over, dict(self.names)) if self.over else range(ENDLESS)
        for item in items:
            if self.target:
                exec(self.target, self.names | {"__item__": item}, self.names)
            yield from self.once()

    def once(self) -> Iterator[tuple[Any, Any]]:
        """Make a batch of what the names hold now."""
        exec(self.data, self.names)
        yield self.names[self.keys[0]], self.names[self.keys[1]]


def loss_of(parts: Slices, names: Mapping[str, Any]) -> Callable[[Any, Any], torch.Tensor]:
    """Return ``loss(output, target)`` as the loop computes it."""
    code = compiled(parts.loss)

    def loss(output: Any, target: Any) -> torch.Tensor:
        local = {**names, OUTPUT: output, parts.target_name: target}
        exec(code, local)
        return local[parts.loss_name]

    return loss


def step_of(parts: Slices, names: Mapping[str, Any]) -> Callable[[Any, Any], Any]:
    """Return ``step(x, y)``: the rest of the loop's body, which gives back the batch's loss."""
    once = ast.parse("for __once__ in (0,): pass").body[0]
    once.body = parts.step or [ast.Pass()]  # in a loop, so that `continue` and `break` are at home
    code, kept = compiled([ast.fix_missing_locations(once)]), dict(names)
    counters = _counters(parts.loop, names)

    def step(x: Any, y: Any) -> Any:
        kept.update({parts.input_name: x, parts.target_name: y})
        exec(code, kept)
        for name in counters:
            kept[name] += 1
        return kept.get(parts.loss_name, float("nan"))

    return step


def compiled(statements: list[ast.stmt]) -> CodeType:
    """Compile statements as a module."""
    return compile(ast.Module(statements, []), "<loop>", "exec")


def _counters(loop: ast.For | ast.While, names: Mapping[str, Any]) -> list[str]:
    """Return the names that count the passes: ``for i in range``, ``for i, … in enumerate``."""
    called = getattr(getattr(getattr(loop, "iter", None), "func", None), "id", "")
    if called not in ("range", "enumerate"):
        return []
    first = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) else loop.target
    return [first.id] if isinstance(first, ast.Name) and type(names.get(first.id)) is int else []


def _length(items: Any, loop: ast.For | ast.While, names: Mapping[str, Any]) -> int | None:
    """Return the passes of an epoch: of the loop's items, or of what ``enumerate`` wraps."""
    wrapped = getattr(getattr(loop, "iter", None), "args", None) or [ast.Constant(None)]
    for value in (items, value_of(wrapped[0], names)):
        if isinstance(value, Sized):
            return len(value)
    return None


def _visible(frame: FrameType) -> dict[str, Any]:
    return {**frame.f_globals, **frame.f_locals}


def _optimizer(names: Mapping[str, Any], model: nn.Module) -> torch.optim.Optimizer | None:
    """Return the optimizer among the names, the one that holds the model's parameters first."""
    owned = set(map(id, model.parameters()))
    found = [v for v in names.values() if isinstance(v, torch.optim.Optimizer)]
    held = [o for o in found if owned & {id(p) for g in o.param_groups for p in g["params"]}]
    return next(iter([*held, *found]), None)


def _validation(names: Mapping[str, Any]) -> str | None:
    """Return the name of the validation data: something that can be walked through in pairs."""
    for name in VALIDATION:
        value = names.get(name)
        if value is not None and hasattr(value, "__iter__") and iter(value) is not value:
            first = next(iter(value), None)
            if isinstance(first, list | tuple) and len(first) == 2:
                return name
    return None


def _steps(tree: ast.AST, loop: ast.stmt, batches: LoopBatches, names: Mapping[str, Any]) -> int:
    """Return how many steps are planned: epochs times batches; 0 where nothing says it."""
    loops = [n for n in ast.walk(tree) if isinstance(n, ast.For) and n.lineno < loop.lineno]
    around = [n for n in loops if (n.end_lineno or 0) >= (loop.end_lineno or 0)]
    outer = max(around, key=lambda n: n.lineno) if around else None
    epochs = next((names[n] for n in EPOCHS if type(names.get(n)) is int), 0)
    if outer is not None and assigned([outer.target]):
        try:
            epochs = len(eval(ast.unparse(outer.iter), dict(names)))
        except Exception:
            epochs = epochs or 0
    elif isinstance(loop, ast.For) and ast.unparse(loop.iter).startswith("range("):
        epochs = 1
    return epochs * (batches.length or 0)
