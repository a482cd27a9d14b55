"""A training step that is a function of its own, put back into the loop that calls it.

``for x, y in loader: train_step(x, y)`` becomes the loop with the function's body in place of the
call, which `loop_source` can then take apart.
"""

import ast
import copy
from types import FrameType
from typing import Any

from deeptricks.practice.debugging.loop_source import UnreadableError, innermost_loop
from deeptricks.practice.debugging.loop_syntax import assign


def inlined(inner: ast.AST, frame: FrameType, outer: ast.AST, line: int) -> ast.For | ast.While:
    """Return the loop around `line` of `outer` with the body of the frame's function in it.

    Parameters
    ----------
    inner, frame
        The syntax tree of the function's file, and its frame.
    outer, line
        The tree of the file that calls it, and the line of the call.

    Raises
    ------
    UnreadableError
        Where the call is no statement of the loop itself, or the function returns early.
    """
    function = _function(inner, frame)
    loop = copy.deepcopy(innermost_loop(outer, line))
    for place, statement in enumerate(loop.body):
        call = _call(statement, function.name)
        if call is not None:
            loop.body[place : place + 1] = _body(function, call, statement, frame)
            return _renumbered(loop)
    raise UnreadableError(f"the loop does not call {function.name}() as a statement of its own")


def _function(tree: ast.AST, frame: FrameType) -> ast.FunctionDef:
    """Return the definition of the frame's function."""
    name, first = frame.f_code.co_name, frame.f_code.co_firstlineno
    found = None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            starts = (node.lineno, *(d.lineno for d in node.decorator_list))
            found = node if first in starts else found
    if found is not None:
        return found
    raise UnreadableError(f"{name} is no function whose source can be read")


def _call(statement: ast.stmt, name: str) -> ast.Call | None:
    """Return the call of the function within a statement that assigns or does nothing else."""
    if not isinstance(statement, ast.AugAssign | ast.Assign | ast.Expr):
        return None
    for node in ast.walk(statement.value):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called == name:
                return node
    return None


def _body(
    function: ast.FunctionDef, call: ast.Call, statement: ast.stmt, frame: FrameType
) -> list[ast.stmt]:
    """Return the function's arguments as assignments, its body, and what is done with its value."""
    names = [a.arg for a in [*function.args.posonlyargs, *function.args.args]]
    given = list(call.args)
    bound: list[ast.stmt] = []
    if isinstance(call.func, ast.Attribute) and names and names[0] == "self":
        given = [call.func.value, *given]
    pairs = [*zip(names, given, strict=False), *((k.arg, k.value) for k in call.keywords)]
    for name, value in pairs:
        if name is None or isinstance(value, ast.Starred):
            raise UnreadableError(f"{function.name}() is called with * or **")
        if not (isinstance(value, ast.Name) and value.id == name):
            bound.append(assign(name, value))
    body = copy.deepcopy(function.body)
    last = body[-1]
    returns = [n for s in body for n in ast.walk(s) if isinstance(n, ast.Return)]
    if any(node is not last for node in returns):
        raise UnreadableError(f"{function.name}() returns at more than one place")
    if isinstance(last, ast.Return):
        body.pop()
        value = last.value or ast.Constant(None)
        done = _Put(ast.unparse(call), value).visit(copy.deepcopy(statement))
        body.append(done)
    return [*bound, *body]


class _Put(ast.NodeTransformer):
    """Puts an expression in the place of a call."""

    def __init__(self, text: str, value: ast.expr) -> None:
        self.text, self.value = text, value

    def visit_Call(self, node: ast.Call) -> Any:
        """Replace the call, or look into it."""
        return self.value if ast.unparse(node) == self.text else self.generic_visit(node)


def _renumbered(loop: ast.For | ast.While) -> ast.For | ast.While:
    """Return the loop parsed anew from its own text, in its old place."""
    new: Any = ast.parse(ast.unparse(ast.fix_missing_locations(loop))).body[0]
    new.lineno, new.end_lineno = loop.lineno, loop.end_lineno
    return new
