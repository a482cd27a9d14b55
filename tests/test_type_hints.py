"""Public functions and methods of the package say the type of all that goes in and comes out.

mypy (`make lint`) looks whether it is true; private functions may say nothing, which no setting of
mypy's or rule of ruff's allows for.
"""

import ast

import pytest

from tests.test_house import ROOT, modules


def functions_without_hints(root):
    """Public functions and methods say the type of each argument and of what they return."""
    for path, tree in modules(root):
        if path.parts[0] != "grading":
            for owner, function in public_functions(tree):
                if missing := unhinted(function, method=bool(owner)):
                    name = f"{owner}.{function.name}" if owner else function.name
                    yield f"{path}: {name} has no type hint for {', '.join(missing)}"


def public_functions(tree, owner=""):
    """(name of the class or "", function) of what a module offers."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node, node.name)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            public = not node.name.startswith("_") or node.name in ("__init__", "__call__")
            if public:
                yield owner, node


def unhinted(function, method):
    """The arguments without a hint, and "return"; `__init__` returns nothing."""
    decorators = {ast.unparse(d) for d in function.decorator_list}
    arguments = [*function.args.posonlyargs, *function.args.args]
    own = arguments[1:] if method and "staticmethod" not in decorators else arguments
    stars = [a for a in (function.args.vararg, function.args.kwarg) if a]
    missing = [a.arg for a in (*own, *function.args.kwonlyargs, *stars) if a.annotation is None]
    returns = function.returns is None and function.name != "__init__"
    return [*missing, *(["return"] if returns else [])]


def test_the_package_says_its_types():
    faults = list(functions_without_hints(ROOT))
    assert not faults, "\n".join(["", *faults])


IDEA = """
class Idea:
    def __init__(self, size: int, *rest: float, **more: int):
        def inner(x): ...
    def _own(self, x): ...
    @staticmethod
    def made(x: int) -> None: ...
    @classmethod
    def other(cls, *, x: int) -> None: ...
class _Hidden:
    def f(self, x): ...
def free(x: int, /, y: int) -> int: ...
"""


def faults(root, room, text):
    path = root / "src/deeptricks" / room / "idea.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return list(functions_without_hints(root))


def test_what_says_its_types_is_left_in_peace(tmp_path):
    assert faults(tmp_path, "inputs", IDEA) == []


@pytest.mark.parametrize(
    ("said", "unsaid", "fault"),
    [
        ("size: int", "size", "Idea.__init__ has no type hint for size"),
        ("*rest: float", "*rest", "Idea.__init__ has no type hint for rest"),
        ("**more: int", "**more", "Idea.__init__ has no type hint for more"),
        ("made(x: int) -> None", "made(x)", "Idea.made has no type hint for x, return"),
        ("cls, *, x: int", "cls, *, x", "Idea.other has no type hint for x"),
        ("x: int, /", "x, /", "free has no type hint for x"),
        ("y: int) -> int", "y: int)", "free has no type hint for return"),
    ],
)
def test_what_does_not_is_named(tmp_path, said, unsaid, fault):
    assert faults(tmp_path, "inputs", IDEA.replace(said, unsaid)) == [f"inputs/idea.py: {fault}"]
    assert faults(tmp_path / "beside", "grading", IDEA.replace(said, unsaid)) == []
