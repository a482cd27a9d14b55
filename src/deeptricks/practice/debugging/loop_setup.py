"""A set-up made of a training loop that was stopped at its first step."""

import ast
import contextlib
import linecache
from collections.abc import Mapping
from types import FrameType
from typing import Any

import torch
from torch import nn

from deeptricks.practice.debugging.interception import Caught
from deeptricks.practice.debugging.loop_inline import inlined
from deeptricks.practice.debugging.loop_run import LoopBatches, loss_of, step_of
from deeptricks.practice.debugging.loop_source import UnreadableError, innermost_loop, slices
from deeptricks.practice.debugging.loop_syntax import assigned, value_of

VALIDATION = (
    *("val_batches", "val_loader", "valid_loader", "validation_loader", "val_data", "valloader"),
    *("val_dl", "valid_dl", "validloader", "test_batches", "test_loader", "testloader", "test_dl"),
)
Loop = ast.For | ast.While
EPOCHS = ("epochs", "num_epochs", "n_epochs", "max_epochs", "nepochs", "EPOCHS", "NUM_EPOCHS")


def setup_of_loop(caught: Caught) -> tuple[dict[str, Any], list[str]]:
    """Return the set-up of the loop, and what was taken for what, as lines for a person.

    Raises
    ------
    UnreadableError
        With a reason for each frame that was looked at.
    """
    reasons = []
    for place, (frame, _) in enumerate(caught.frames):
        try:
            return _setup(*_loop(caught, place), caught)
        except UnreadableError as error:
            reasons.append(f"{frame.f_code.co_name}: {error}")
    raise UnreadableError("; ".join(reasons) or "no frame of the program was found")


def _loop(caught: Caught, place: int) -> tuple[ast.AST, Loop, dict[str, Any]]:
    """Return a file's tree, a loop in it and the names there.

    A frame without a loop is a function of a step: it is put into the loop that calls it.
    """
    frame, line = caught.frames[place]
    tree = _tree(frame)
    try:
        return tree, innermost_loop(tree, line), _visible(frame)
    except UnreadableError:
        if place + 1 == len(caught.frames):
            raise
    outer, outer_line = caught.frames[place + 1]
    loop = inlined(tree, frame, _tree(outer), outer_line)
    return _tree(outer), loop, {**_visible(outer), **_visible(frame)}


def _tree(frame: FrameType) -> ast.Module:
    """Return the syntax tree of a frame's file."""
    source = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise UnreadableError(f"its source cannot be read ({error.msg})") from None


def _setup(
    tree: ast.AST, loop: Loop, names: dict[str, Any], caught: Caught
) -> tuple[dict[str, Any], list[str]]:
    """Take a loop apart and put the pieces together as a set-up."""
    parts = slices(loop, names)
    model = value_of(parts.model, names)
    batches = LoopBatches(parts, names)
    optimizer = caught.optimizer or _optimizer(names, model)
    for parameter in model.parameters():
        parameter.grad = None  # of the step in which the program was stopped
    _let_go(caught)
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


def _let_go(caught: Caught) -> None:
    """Let scalers of mixed precision forget the step in which the program was stopped.

    A scaler that was stopped within its step has noted that this optimizer's gradients are scaled
    down already, and would leave the next ones as they are, some 65536 times too large.
    """
    values = [value for frame, _ in caught.frames for value in _visible(frame).values()]
    held = [part for value in values for part in getattr(value, "__dict__", {}).values()]
    scalers = {id(v): v for v in (*values, *held) if isinstance(v, torch.amp.GradScaler)}
    for scaler in scalers.values():
        with contextlib.suppress(AssertionError):  # of one that has scaled nothing yet
            scaler.update(scaler.get_scale())


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
