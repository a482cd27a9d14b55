"""`show_source`: the package's own source in a chapter, so that what is read is what runs."""

import ast
import importlib.metadata
import inspect
import textwrap
from pathlib import Path

from deeptricks.lab.display import publish

PACKAGE = "deeptricks"


def show_source(*objects, docstring=False):
    """Show the source of classes, functions or methods of this package, from one file.

    Docstrings are left out unless ``docstring`` is true; comments and layout stay as written.
    Raises TypeError for anything that is not a class, function or method of ``deeptricks``.
    """
    if not objects:
        raise TypeError("show_source needs at least one class, function or method")
    files = {_file(o) for o in objects}
    if len(files) > 1:
        raise ValueError(f"objects must come from one file, got {sorted(files)}")
    (file,) = files
    code = "\n\n".join(source(o, docstring=docstring) for o in objects)
    names = ", ".join(o.__qualname__ for o in objects)
    publish(
        {
            "text/plain": f"{file}: {names}",
            "text/markdown": f"```python\n{code}```\n\n{_link(file)}\n",
        }
    )


def source(obj, *, docstring=False) -> str:
    """The source text of one object, at the left margin."""
    code = textwrap.dedent(inspect.getsource(obj))
    return code if docstring else without_docstrings(code)


def without_docstrings(code: str) -> str:
    """The same text without its docstrings; a body that was nothing else becomes ``...``."""
    lines = code.splitlines(keepends=True)
    documented = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, documented) or ast.get_docstring(node, clean=False) is None:
            continue
        text = node.body[0]
        for i in range(text.lineno - 1, text.end_lineno):
            lines[i] = ""
        if len(node.body) == 1:
            lines[text.lineno - 1] = " " * text.col_offset + "...\n"
        elif text.end_lineno < len(lines) and not lines[text.end_lineno].strip():
            lines[text.end_lineno] = ""
    return "".join(lines)


def _file(obj) -> str:
    if not (inspect.isclass(obj) or inspect.isfunction(obj) or inspect.ismethod(obj)):
        raise TypeError(f"show_source takes classes, functions and methods, got {obj!r}")
    if obj.__module__.split(".")[0] != PACKAGE:
        raise TypeError(f"show_source shows {PACKAGE}'s own source, not {obj.__module__}'s")
    path = Path(inspect.getsourcefile(inspect.unwrap(obj))).as_posix()
    return path[path.rindex(f"/{PACKAGE}/") + 1 :]


def _link(file: str) -> str:
    """The file's name, linked to the repository where the package's metadata knows one."""
    urls = importlib.metadata.metadata(PACKAGE).get_all("Project-URL") or []
    for name, address in (url.split(", ", 1) for url in urls):
        if name == "Repository":
            return f"[`src/{file}`]({address}/blob/main/src/{file})"
    return f"`src/{file}`"
