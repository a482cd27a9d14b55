"""Source code with its idea first: docstrings down to their formulas, checks folded away.

Lines are left out, never rewritten, so that what is shown is what runs.
"""

import ast
import itertools
import re
from collections.abc import Iterator

FORMULA = re.compile(r"\s(=|←|≈|∝)\s|\.\. math::")  # an assignment or an equation, with its spaces
SECTION = re.compile(r"\s*-{3,}\s*")  # the line under the title of a numpydoc section
MARK = "# … checks"

Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def abridged(code: str, *, docstring: bool | str = "formula", checks: bool = False) -> str:
    """Leave out docstrings and checks; everything else stays as it is written.

    Parameters
    ----------
    code
        The source of a class or a function, at the left margin.
    docstring
        True keeps docstrings, False leaves them out, "formula" keeps of each its first paragraph
        and its formulas, or nothing where it has no formula.
    checks
        True keeps what raises on bad input; otherwise one comment stands in its place.
    """
    lines = code.splitlines(keepends=True)
    tree = ast.parse(code)
    if docstring is not True:
        for node in ast.walk(tree):
            if isinstance(node, Documented) and ast.get_docstring(node, clean=False) is not None:
                _shorten_docstring(lines, node, formula=docstring == "formula")
    if not checks and not _is_check(tree.body[0]):
        for body in _bodies(tree.body[0]):
            _fold_checks(lines, body)
    return "".join(lines)


def without_docstrings(code: str) -> str:
    """Leave out docstrings; a body that was nothing else becomes ``...``."""
    return abridged(code, docstring=False, checks=True)


def formulas(text: str) -> str:
    """Keep of a docstring the first paragraph and those with a formula, or nothing.

    A paragraph that ends in a colon goes with the formula that it announces. The sections of
    numpydoc (Parameters, Raises, …) hold none.
    """
    lines = text.splitlines()
    end = next((i - 1 for i, line in enumerate(lines) if SECTION.fullmatch(line)), None)
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines[:end]))
    found = [bool(FORMULA.search(paragraph)) for paragraph in paragraphs]
    kept = [
        paragraph
        for place, paragraph in enumerate(paragraphs)
        if place == 0 or found[place] or (paragraph[-1:] == ":" and any(found[place + 1 :][:1]))
    ]
    return "\n\n".join(kept).rstrip() if any(found) else ""


def _shorten_docstring(lines: list[str], node: Documented, *, formula: bool) -> None:
    text = node.body[0]
    first, last = text.lineno - 1, text.end_lineno or text.lineno
    written = "".join(lines[first:last]).rstrip()
    lines[first:last] = [""] * (last - first)
    quote = written[-3:] if written.endswith(('"""', "'''")) else written[-1]
    indent = " " * text.col_offset
    if formula and (kept := formulas(written.removesuffix(quote))):
        lines[first] = f"{kept}\n{indent}{quote}\n" if "\n" in kept else f"{kept}{quote}\n"
    elif not "".join(lines[last : node.end_lineno]).strip():
        lines[first] = f"{indent}...\n"
    elif not lines[last].strip():
        lines[last] = ""


def _fold_checks(lines: list[str], body: list[ast.stmt]) -> None:
    """One mark in the place of each run of checks; ``...`` too where nothing else is left."""
    rest = [node for node in body if not _is_check(node) and not _is_docstring(node)]
    for checks, nodes in itertools.groupby(body, _is_check):
        if not checks:
            continue
        run = list(nodes)
        decorators = getattr(run[0], "decorator_list", [])
        first = min(node.lineno for node in [*decorators, run[0]]) - 1
        last = run[-1].end_lineno or first
        lines[first:last] = [""] * (last - first)
        lines[first] = f"{' ' * run[0].col_offset}{MARK if rest else '...  ' + MARK}\n"


def _bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Every block of statements that is not itself part of a check."""
    body = getattr(tree, "body", None)
    if isinstance(body, list):
        yield body
    for name in ("body", "orelse", "handlers", "finalbody"):
        for node in getattr(tree, name, None) or []:
            if isinstance(node, ast.AST) and not _is_check(node):
                yield from _bodies(node)


def _is_check(node: ast.AST) -> bool:
    """Tell whether a statement does nothing but refuse bad input."""
    if isinstance(node, ast.FunctionDef):
        return node.name.lstrip("_").startswith("check")
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = node.value.func
        name = getattr(called, "attr", getattr(called, "id", ""))
        return name.lstrip("_").startswith("check")
    if isinstance(node, ast.If | ast.For):
        refuses = all(isinstance(s, ast.Raise) or _is_check(s) for s in node.body)
        return refuses and not node.orelse
    return False


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
