"""Code as a row of tokens in which names, comments and layout have no say.

The syntax tree is walked in the order of the text. Names that the student binds are marked as such
and become numbers where they are compared (`prints`); those of others (`np`, `len`), attributes,
keywords and constants stay what they are. Docstrings and annotations are left out.
"""

import ast
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager

LEFT_OUT = ast.expr_context | ast.Pass
SAID = ast.Name | ast.arg | ast.Module | ast.arguments | ast.expr_context  # by others
NAMED = {ast.Name: "id", ast.Attribute: "attr", ast.arg: "arg",
         ast.FunctionDef: "name", ast.ClassDef: "name"}  # fmt: skip
ANNOTATIONS = {"annotation", "returns", "type_comment", "decorator_list"}


@dataclass(frozen=True)
class Token:
    """One token: its text, whether it is a name of the student's, and its line."""

    text: str
    own: bool
    line: int


def tokens(source: str) -> list[Token]:
    """The tokens of a cell; ValueError for what is no code."""
    tree = _tree(source)
    names, attributes = _bound(tree)
    found, line, left = [], 1, [tree]
    while left:
        node = left.pop()
        line = getattr(node, "lineno", line)
        found += [Token(kind, False, line) for kind in _kinds(node)]
        if isinstance(name := _name(node), str):
            own = name in (attributes if isinstance(node, ast.Attribute) else names)
            found.append(Token(name, own, line))
        left += reversed(_children(node))
    return found


def _tree(source):
    try:
        try:
            return ast.parse(source)
        except SyntaxError:  # a line for IPython
            return ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"no code: {type(error).__name__}") from None


def _bound(tree):
    """Names and attributes that the code itself binds: another student calls them otherwise."""
    nodes = list(ast.walk(tree))
    stored = [node for node in nodes if isinstance(getattr(node, "ctx", None), ast.Store)]
    names = {node.id for node in stored if isinstance(node, ast.Name)}
    names |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    names |= {node.asname or node.name for node in nodes if isinstance(node, ast.alias)}
    names |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return names, {node.attr for node in stored if isinstance(node, ast.Attribute)}


def _name(node):
    """What a node is called; what a keyword is called, another function says (`_kinds`)."""
    for kind, field in NAMED.items():
        if isinstance(node, kind):
            return getattr(node, field)
    return None


def _kinds(node):
    """What a node is, and a constant's value."""
    if isinstance(node, ast.Constant):
        return [f"={node.value!r}"[:40]]
    if isinstance(node, ast.keyword):
        return [f"{node.arg}="]
    return [] if isinstance(node, SAID) else [type(node).__name__]


def _children(node):
    found = []
    for name, value in ast.iter_fields(node):
        if name not in ANNOTATIONS:
            found += value if isinstance(value, list) else [value]
    return [child for child in found if isinstance(child, ast.AST) and not _says_nothing(child)]


def _says_nothing(node):
    """A docstring, or another text that stands for itself."""
    return isinstance(node, LEFT_OUT) or (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
