"""Reads the source of a training loop: which lines make the batch, which the loss, which the step.

The loop is divided into slices in the sense of Weiser (1981), "Program slicing": the statements on
which the model's input and the target depend, those on which the loss depends, and the rest.
"""

import ast
import copy
from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import torch
from torch import nn

from deeptricks.practice.debugging.loop_syntax import (
    INPUT,
    LOSS,
    OUTPUT,
    TARGET,
    NamedLoss,
    assign,
    assigned,
    flat,
    is_method,
    names_in,
    swapped,
    value_of,
    without,
)  # fmt: skip


class UnreadableError(ValueError):
    """The loop is written in a way that is not understood; the message says which."""


@dataclass
class Slices:
    """A training loop, taken apart.

    Attributes
    ----------
    loop
        The ``for`` or ``while`` statement.
    model, target
        What is called as the model, such as ``self.net``, and what the loss compares with.
    input_name, target_name
        The names that hold the model's input and the loss's target after `data`.
    loss_name
        What is differentiated.
    data
        Statements that make input and target of what the loop runs over.
    loss
        Statements that compute the loss of `OUTPUT` and the target.
    step
        The body of the loop without `data`.
    by_batch
        Whether input or target change from pass to pass of the loop.
    """

    loop: ast.For | ast.While
    model: ast.expr
    target: ast.expr
    input_name: str
    target_name: str
    loss_name: str
    data: list[ast.stmt]
    loss: list[ast.stmt]
    step: list[ast.stmt]
    by_batch: bool


def innermost_loop(tree: ast.AST, line: int) -> ast.For | ast.While:
    """Return the innermost loop around a line; raises UnreadableError where there is none."""
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    around = [node for node in loops if node.lineno <= line <= (node.end_lineno or 0)]
    if not around:
        raise UnreadableError(f"line {line} stands in no loop of its own function")
    return max(around, key=lambda node: node.lineno)


def slices(loop: ast.For | ast.While, namespace: Mapping[str, Any]) -> Slices:
    """Take a loop apart.

    Parameters
    ----------
    loop
        The statement.
    namespace
        The values of names at a moment within the loop.

    Raises
    ------
    UnreadableError
        Where the loop has no ``backward()``, calls no model or several, calls it with more than
        one argument, or has a loss that does not come from one output and one target.
    """
    loop = NamedLoss().visit(copy.deepcopy(loop))
    body = list(flat(loop.body))
    steps = [n for s in body for n in ast.walk(s) if isinstance(n, ast.Call)]
    handed = [a for n in steps if is_method(n, "step") for a in n.args]
    if any(isinstance(value_of(a, namespace), FunctionType) for a in handed):
        raise UnreadableError("its optimizer is handed a closure: in a `setup`, give a `step`")
    places = [s for s in body for n in ast.walk(s) if is_method(n, "backward")]
    if not places:
        raise UnreadableError("the loop calls no backward() itself")
    backward = next(n for n in ast.walk(places[0]) if is_method(n, "backward"))
    name = next((n.id for n in reversed([*names_in([backward])]) if n.id in assigned(body)), LOSS)
    before = body[: body.index(places[0])]
    call = _model_call(before, namespace)
    full, derived = _slice({name}, before), _derived(before, call)
    relevant = [s for s in full if s in derived]
    if not relevant:
        raise UnreadableError("the loss is not computed from what the model returns")
    made = assigned(derived)
    target = _target(relevant, call, made, namespace, assigned([loop]) - made)
    given = call.args[0]
    needed = {n.id for n in names_in([given, target])}
    data = _slice(set(needed), [s for s in before if s not in derived])
    moving = assigned(data) | (assigned([loop.target]) if isinstance(loop, ast.For) else set())
    parts = {INPUT: given, TARGET: target}
    swaps = {ast.unparse(e): key for key, e in parts.items() if not isinstance(e, ast.Name)}
    holders = [e.id if isinstance(e, ast.Name) else key for key, e in parts.items()]
    return Slices(
        loop=loop,
        model=call.func,
        target=target,
        input_name=holders[0],
        target_name=holders[1],
        loss_name=name,
        data=[*data, *(assign(key, parts[key]) for key in swaps.values())],
        loss=swapped([s for s in full if s not in data], swaps | {ast.unparse(call): OUTPUT}),
        step=swapped(without(loop.body, data), swaps),
        by_batch=bool(needed & moving),
    )


def _model_call(body: list[ast.stmt], namespace: Mapping[str, Any]) -> ast.Call:
    """Return the one call of a module with parameters."""
    calls = [n for s in body for n in ast.walk(s) if isinstance(n, ast.Call)]
    modules = {n: m for n in calls if isinstance(m := value_of(n.func, namespace), nn.Module)}
    learned = [n for n, m in modules.items() if next(m.parameters(), None) is not None]
    names = sorted({ast.unparse(n.func) for n in learned})
    if len(names) != 1:
        many = f"several models: {', '.join(names)}" if names else "no model with parameters"
        raise UnreadableError(f"the loop calls {many}")
    call = learned[0]
    if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
        raise UnreadableError(f"the model is called as {ast.unparse(call)}, not with one input")
    return call


def _target(
    statements: list[ast.stmt],
    call: ast.Call,
    made: set[str],
    namespace: Mapping[str, Any],
    changing: set[str],
) -> ast.expr:
    """Return the expression of the target: the one tensor in the loss that is no output."""
    inside = {id(n) for s in statements for n in ast.walk(s) if ast.unparse(n) == ast.unparse(call)}
    inside |= {id(n) for n in ast.walk(call)}
    found: dict[str, tuple[ast.expr, str]] = {}
    for node in (n for s in statements for n in ast.walk(s) if id(n) not in inside):
        if not isinstance(node, ast.Name | ast.Subscript | ast.Attribute):
            continue
        value, roots = value_of(node, namespace), [n.id for n in names_in([node])]
        whole = None if isinstance(node, ast.Name) else value_of(node.value, namespace)
        wanted = isinstance(value, torch.Tensor) and not value.requires_grad and roots
        if wanted and not isinstance(whole, torch.Tensor) and not made & set(roots):
            found.setdefault(ast.unparse(node), (node, roots[0]))
    moving = {text: pair for text, pair in found.items() if pair[1] in changing}
    chosen = moving or found
    if len(chosen) != 1:
        many = f"several: {', '.join(chosen)}" if chosen else "none"
        raise UnreadableError(f"the loss is to have one target, and has {many}")
    return next(iter(chosen.values()))[0]


def _slice(needed: set[str], statements: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that the names in `needed` come from."""
    found = []
    for statement in reversed(statements):
        if needed & assigned([statement]):
            found.append(statement)
            needed |= {n.id for n in names_in([statement]) if isinstance(n.ctx, ast.Load)}
    return found[::-1]


def _derived(statements: list[ast.stmt], call: ast.Call) -> list[ast.stmt]:
    """Return the statements that hold the model's call, or use what came of it."""
    names: set[str] = set()
    found = []
    for statement in statements:
        loads = {n.id for n in names_in([statement]) if isinstance(n.ctx, ast.Load)}
        if names & loads or call in ast.walk(statement):
            names |= assigned([statement])
            found.append(statement)
    return found
