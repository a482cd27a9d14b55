"""Copies that were made to look otherwise, to measure what the report sees of them."""

import ast
import builtins

SIMPLE = ast.Assign | ast.AugAssign | ast.Expr | ast.Assert


def renamed(source: str) -> str:
    """Other names for all local variables and arguments; comments, docstrings and layout gone."""
    tree = ast.parse(source)
    for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]:
        function.body = function.body[bool(ast.get_docstring(function)) :] or [ast.Pass()]
        _rename(function)
    return ast.unparse(tree)


def _rename(function):
    local = {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}
    local |= {n.id for n in ast.walk(function)
              if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}  # fmt: skip
    names = {name: f"v{number}" for number, name in enumerate(sorted(local - set(dir(builtins))))}
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = names.get(node.arg, node.arg)


def reordered(source: str) -> str:
    """Neighboring statements exchanged, wherever neither needs the other."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            _exchange(body)
    return ast.unparse(tree)


def _exchange(body):
    place = 0
    while place + 1 < len(body):
        one, two = body[place : place + 2]
        if isinstance(one, SIMPLE) and isinstance(two, SIMPLE) and _apart(one, two):
            body[place : place + 2] = two, one
            place += 1
        place += 1


def _apart(one, two):
    names = [{(n.id, isinstance(n.ctx, ast.Store)) for n in ast.walk(s) if isinstance(n, ast.Name)}
             for s in (one, two)]  # fmt: skip
    return all(
        not {name for name, stored in a if stored} & {name for name, _ in b}
        for a, b in (names, names[::-1])
    )


def moved(source: str) -> tuple[str, str]:
    """(answer, a cell of their own): the first half of the statements stands elsewhere."""
    body = ast.parse(source).body
    if len(body) == 1 and isinstance(body[0], ast.FunctionDef):
        name = body[0].name
        body[0].name = "mine"
        return f"{name} = mine", ast.unparse(body[0])
    half = (len(body) + 1) // 2
    parts = [ast.Module(some, []) for some in (body[half:], body[:half])]
    return ast.unparse(parts[0]), ast.unparse(parts[1])


def half(source: str, other: str) -> str:
    """The first half of one answer, the second half of another."""
    one, two = (_statements(ast.parse(text)) for text in (source, other))
    both = one[: len(one) // 2] + two[len(two) // 2 :]
    return "\n".join(ast.unparse(s) for s in both)


def _statements(tree):
    return [s for n in tree.body for s in (n.body if isinstance(n, ast.FunctionDef) else [n])]


def all_of_it(source: str) -> tuple[str, str]:
    """Renamed, reordered and moved."""
    return moved(reordered(renamed(source)))
