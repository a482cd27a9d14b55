"""What is done to a syntax tree: names that are read or given a value, expressions exchanged."""

import ast
import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

INPUT, TARGET, OUTPUT, LOSS = "__input__", "__target__", "__output__", "__loss__"


def value_of(node: ast.AST, namespace: Mapping[str, Any]) -> Any:
    """Evaluate a name, an attribute or an item; None for anything that would call something."""
    calls = (ast.Call, ast.Await, ast.NamedExpr, ast.Lambda, ast.comprehension)
    if any(isinstance(n, calls) for n in ast.walk(node)):
        return None
    try:
        return eval(ast.unparse(node), dict(namespace))
    except Exception:
        return None


def assigned(parts: Iterable[ast.AST]) -> set[str]:
    """Return the names that are given a value somewhere in `parts`."""
    return {n.id for n in names_in(parts) if isinstance(n.ctx, ast.Store)}


def assign(name: str, value: ast.expr) -> ast.stmt:
    """Return the statement ``name = value``."""
    made = ast.Assign([ast.Name(name, ast.Store())], value)
    return ast.fix_missing_locations(ast.copy_location(made, value))


def swapped(statements: Iterable[ast.stmt], swaps: Mapping[str, str]) -> list[ast.stmt]:
    """Return copies in which expressions, known by their text, are replaced by names."""
    return [ast.fix_missing_locations(_Swap(swaps).visit(copy.deepcopy(s))) for s in statements]


class _Swap(ast.NodeTransformer):
    """Replaces expressions by names."""

    def __init__(self, swaps: Mapping[str, str]) -> None:
        self.swaps = swaps

    def visit(self, node: ast.AST) -> Any:
        """Replace a node of a known text, or look into it."""
        if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            text = ast.unparse(node)
            if text in self.swaps:
                return ast.copy_location(ast.Name(self.swaps[text], ast.Load()), node)
        return self.generic_visit(node)


class NamedLoss(ast.NodeTransformer):
    """``criterion(model(x), y).backward()`` becomes two statements, with `LOSS` between them."""

    def visit_Expr(self, node: ast.Expr) -> Any:
        """Give the loss a name where it has none."""
        call: Any = node.value
        if not is_method(call, "backward") or isinstance(call.func.value, ast.Name):
            return node
        if is_method(call.func.value, "scale"):  # a GradScaler's
            return node
        named = assign(LOSS, call.func.value)
        call.func.value = ast.copy_location(ast.Name(LOSS, ast.Load()), call.func.value)
        return [named, node]


def without(body: list[ast.stmt], left_out: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements but some, which may stand within a ``with``."""
    kept: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.With):
            inner = without(statement.body, left_out) or [ast.Pass()]
            kept.append(ast.copy_location(ast.With(statement.items, inner), statement))
        elif statement not in left_out:
            kept.append(statement)
    return kept


def flat(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Walk through statements; those within a ``with`` one by one."""
    for statement in statements:
        if isinstance(statement, ast.With):
            yield from flat(statement.body)
        else:
            yield statement


def names_in(parts: Iterable[ast.AST]) -> Iterator[ast.Name]:
    """Return every name in the parts, read or given a value."""
    return (n for part in parts for n in ast.walk(part) if isinstance(n, ast.Name))


def is_method(node: Any, name: str) -> bool:
    """Whether a node is a call of ``something.name``."""
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") == name
