"""What a notebook may import: the standard library, and what the student or the sandbox has."""

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from functools import cache

from ..questions import ROOMS


def unknown_imports(tree: ast.AST, rooms: set[str] | None) -> Iterator[str]:
    """What is wrong with each import in `tree` that is none of the standard library.

    With `rooms` it must be in one of these rooms of the sandbox. Where `rooms` is None the code is
    never graded, and the import must be among what the package itself needs: a student who has
    installed requirements.txt has that, and has no `deeptricks`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield "a relative import: a notebook has no package around it"
            continue
        names = [alias.name for alias in getattr(node, "names", [])]
        if isinstance(node, ast.ImportFrom):
            names = [node.module]
        elif not isinstance(node, ast.Import):
            continue
        for name in (n.split(".")[0] for n in names):
            if name in sys.stdlib_module_names:
                continue
            if rooms is None and name not in students():
                yield f"import of {name}, which requirements.txt does not give to a student"
            elif rooms is not None and not any(name in ROOMS[room] for room in rooms):
                yield f"import of {name}, which the sandbox does not have: only an experiment may"


@cache
def students() -> set[str]:
    """The modules that come with what `deeptricks` requires, without extras."""
    needed = importlib.metadata.requires("deeptricks") or []
    plain = {_plain(re.split(r"[^\w.-]", line)[0]) for line in needed if "extra ==" not in line}
    installed = importlib.metadata.packages_distributions()
    return {module for module, givers in installed.items() if plain & set(map(_plain, givers))}


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()
