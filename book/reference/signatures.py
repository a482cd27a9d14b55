"""Signatures as their author wrote them, with each type under the name it is documented by."""

import ast
import builtins
import copy
import dataclasses
import inspect
import sys
from functools import cache


@cache
def tree(module: str) -> ast.Module:
    """The syntax of a module of the package."""
    return ast.parse(inspect.getsource(sys.modules[module]))


@cache
def definitions(module: str) -> dict[int, ast.FunctionDef]:
    """Each function of a module by the line on which Python says that it begins."""
    found = [n for n in ast.walk(tree(module)) if isinstance(n, ast.FunctionDef)]
    return {min([n.lineno, *(d.lineno for d in n.decorator_list)]): n for n in found}


@cache
def imports_of(module: str) -> dict[str, str]:
    """What the names stand for that a module of the package imports."""
    return imports(tree(module))


def imports(code: ast.AST) -> dict[str, str]:
    """What a name stands for that is imported: ``{"Tensor": "torch.Tensor"}``."""
    found = {}
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            found |= {a.asname or a.name.split(".")[0]: a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def signature(thing: object) -> tuple[str, str | None]:
    """``("(x: ~torch.Tensor, p: float = 0.5)", "~torch.Tensor")``; ~ shows the last name alone."""
    if inspect.isclass(thing):
        return _constructor(thing), None
    node = _definition(thing)
    return (_arguments(node), _returned(node)) if node else (_plain(thing), None)


def _constructor(kind: type) -> str:
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
        return _fields(kind)
    init = next((vars(k)["__init__"] for k in kind.__mro__ if "__init__" in vars(k)), None)
    node = _definition(init)
    return _arguments(node) if node else _plain(kind)


def line_of(thing: object) -> int:
    """The line on which something of ours begins."""
    if inspect.isclass(thing):
        return _class(thing).lineno
    node = _definition(thing)
    return node.lineno if node else 1


def _plain(thing: object) -> str:
    """Arguments and defaults, of the framework's own, where no source of ours gives types."""
    try:
        found = inspect.signature(thing)
    except ValueError:
        return "()"
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    return str(found.replace(parameters=bare, return_annotation=found.empty))


def _fields(kind: type) -> str:
    """Of a dataclass or a named tuple, its fields, with what each is."""
    named = {
        node.target.id: _qualified(node.annotation, base.__module__)
        for base in reversed(kind.__mro__)
        if base.__module__.startswith("deeptricks.")
        for node in _class(base).body
        if isinstance(node, ast.AnnAssign)
    }
    wanted = inspect.signature(kind).parameters.values()
    texts = [f"{p.name}: {named[p.name]}" if p.name in named else p.name for p in wanted]
    pairs = zip(texts, wanted, strict=True)
    return f"({', '.join(t + _default(p) for t, p in pairs)})"


def _default(parameter: inspect.Parameter) -> str:
    value = parameter.default
    plain = value is None or isinstance(value, int | float | str | tuple)
    return "" if value is parameter.empty else f" = {value!r}" if plain else " = ..."


def _class(kind: type) -> ast.ClassDef:
    nodes = (n for n in ast.walk(tree(kind.__module__)) if isinstance(n, ast.ClassDef))
    return next(n for n in nodes if n.name == kind.__name__)


def _definition(thing: object) -> ast.FunctionDef | None:
    """The definition of a function of ours."""
    thing = inspect.unwrap(getattr(thing, "fget", None) or getattr(thing, "__func__", thing))
    module = getattr(thing, "__module__", None) or ""
    if not inspect.isfunction(thing) or not module.startswith("deeptricks."):
        return None
    node = definitions(module).get(thing.__code__.co_firstlineno)
    if node:
        node.home = module
    return node


def _arguments(node: ast.FunctionDef) -> str:
    arguments = copy.deepcopy(node.args)
    for group in (arguments.posonlyargs, arguments.args):
        if group and group[0].arg in ("self", "cls"):
            del group[0]
            break
    return f"({_qualified(arguments, node.home)})"


def _returned(node: ast.FunctionDef) -> str | None:
    return _qualified(node.returns, node.home) if node.returns else None


class _Arguments(ast.NodeTransformer):
    """Changes annotations and leaves defaults alone."""

    def __init__(self, module: str) -> None:
        self.module = module

    def visit_arg(self, node: ast.arg) -> ast.arg:
        if node.annotation:
            node.annotation = _Types(self.module).visit(node.annotation)
        return node


class _Types(ast.NodeTransformer):
    """Writes ``nn.Module`` as ``~torch.nn.Module``, and for an alias of ours what it stands for."""

    def __init__(self, module: str) -> None:
        self.module, self.named = module, imports_of(module)

    def visit_Attribute(self, node: ast.Attribute) -> ast.Name:
        first, _, rest = ast.unparse(node).partition(".")
        return ast.Name(f"~{self.named.get(first, first)}.{rest}")

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if hasattr(builtins, node.id):
            return node
        full = self.named.get(node.id, f"{self.module}.{node.id}")
        home, _, name = full.rpartition(".")
        meant = _alias(home, name) if home.startswith("deeptricks.") else None
        return _Types(home).visit(meant) if meant else ast.Name(f"~{full}")


def _alias(module: str, name: str) -> ast.expr | None:
    """What ``Norm = Callable[[int], nn.Module]`` stands for, a fresh copy."""
    for node in tree(module).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return copy.deepcopy(node.value)
    return None


def _qualified(node: ast.AST, module: str) -> str:
    transform = _Arguments if isinstance(node, ast.arguments) else _Types
    return ast.unparse(transform(module).visit(copy.deepcopy(node)))
