"""A person's own file, a script or a notebook, as something that can be run under any name."""

import ast
import linecache
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

STOP_TAGS = ("train", "checkup-stop")
MAGIC = re.compile(r"^\s*(?:[%!?]|\w[\w.]*\?\??\s*$|[\w, ]+=\s*[%!])")


class UnusableFileError(ValueError):
    """The file cannot be read as a program; the message is one line for its author."""


@dataclass
class Program:
    """A file's code.

    Attributes
    ----------
    path
        The file.
    parts
        Names and source texts, run one after the other: one for a script, one a cell for a
        notebook.
    skipped
        What of the file is not run, as lines for a person.
    """

    path: Path
    parts: list[tuple[str, str]]
    skipped: list[str]

    def defines(self, name: str) -> bool:
        """Whether the file gives `name` a value, or defines it as a function without arguments.

        What happens inside of functions and classes does not count.
        """
        for _, source in self.parts:
            for node in ast.parse(source).body:
                if name in _defined(node):
                    return True
        return False

    def run(self, module: ModuleType) -> None:
        """Run all parts in the module's namespace; raises what the program raises."""
        for label, source in self.parts:
            lines = source.splitlines(keepends=True)
            linecache.cache[label] = (len(source), None, lines, label)  # for tracebacks, `inspect`
            exec(compile(source, label, "exec"), module.__dict__)


def read_program(path: str | Path) -> Program:
    """Read a script (``.py``) or a notebook (``.ipynb``).

    Of a notebook the code cells are taken in order, without lines of magic (``%``), shell
    (``!``) and help (``?``), up to a cell tagged ``train`` or ``checkup-stop``.

    Raises
    ------
    UnusableFileError
        Where there is no such file, it is of another kind, or it is not valid Python.
    """
    path = Path(path)
    if not path.is_file():
        raise UnusableFileError(f"there is no file {path}")
    readers = {".py": _script, ".ipynb": _notebook}
    if path.suffix not in readers:
        raise UnusableFileError(f"{path} is neither a script (.py) nor a notebook (.ipynb)")
    program = readers[path.suffix](path)
    for label, source in program.parts:
        try:
            ast.parse(source)
        except SyntaxError as error:
            where = f"{label}, line {error.lineno}"
            raise UnusableFileError(f"{where}: {error.msg}") from None
    return program


@contextmanager
def as_module(program: Program, name: str, arguments: list[str]) -> Iterator[ModuleType]:
    """Give a module for the program to run in: ``sys.modules``, ``sys.argv`` and ``sys.path`` fit.

    Parameters
    ----------
    program
        What is to run.
    name
        The module's ``__name__``: ``"__main__"`` lets the file do what it does when it is called.
    arguments
        What the program finds in ``sys.argv`` behind its own name.
    """
    module = ModuleType(name)
    module.__file__ = str(program.path)
    before = sys.modules.get(name), sys.argv, list(sys.path)
    sys.modules[name] = module
    sys.argv = [str(program.path), *arguments]
    sys.path.insert(0, str(program.path.resolve().parent))
    try:
        yield module
    finally:
        sys.argv, sys.path[:] = before[1], before[2]
        if before[0] is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before[0]


def _script(path: Path) -> Program:
    try:
        return Program(path, [(str(path.resolve()), path.read_text("utf-8"))], [])
    except UnicodeDecodeError:
        raise UnusableFileError(f"{path} is not text in UTF-8") from None


def _notebook(path: Path) -> Program:
    try:
        import nbformat
    except ModuleNotFoundError:
        raise UnusableFileError("notebooks are read by nbformat: pip install nbformat") from None
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:
        raise UnusableFileError(f"{path} is no notebook: {_first_line(error)}") from None
    parts, skipped = [], []
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, 1):
        tags = set(cell.metadata.get("tags", ())) & set(STOP_TAGS)
        if tags:
            skipped.append(f"cells {number} to {len(cells)}: cell {number} is tagged {tags.pop()}")
            break
        source, left_out = _without_magic(cell.source)
        skipped += [f"cell {number}: {line.strip()}" for line in left_out]
        if source.strip():
            parts.append((f"{path.name}, cell {number}", source))
    return Program(path, parts, skipped)


def _without_magic(source: str) -> tuple[str, list[str]]:
    """Return a cell's Python, each line of magic replaced by ``pass``, and those lines."""
    if re.match(r"\s*%%(?!time|capture)", source):  # another language, or a file that is written
        return "", [source.strip().splitlines()[0] + " …"]
    kept, left_out = [], []
    for line in source.splitlines():
        if MAGIC.match(line) and not _is_python(source):
            left_out.append(line)
            line = line[: len(line) - len(line.lstrip())] + "pass"
        kept.append(line)
    return "\n".join(kept), left_out


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef):
        needed = len(node.args.args) + len(node.args.posonlyargs) - len(node.args.defaults)
        return set() if needed else {node.name}
    targets: list[Any] = getattr(node, "targets", None) or [getattr(node, "target", None)]
    return {n.id for t in targets if t is not None for n in ast.walk(t) if isinstance(n, ast.Name)}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
