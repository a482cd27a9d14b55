"""`show_source`: the package's own source in a chapter, so that what is read is what runs."""

import html
import importlib.metadata
import inspect
import textwrap
from pathlib import Path
from typing import Any

from deeptricks.lab.abridge import abridged
from deeptricks.lab.display import publish

PACKAGE = "deeptricks"


def show_source(
    *objects: Any, docstring: bool | str = "formula", checks: bool = False, rest: bool | None = None
) -> None:
    """Show the source of classes, functions or methods of this package, from one file.

    The reader sees the idea; what refuses bad input is one comment, and the whole file is a fold
    below. Lines are left out, never rewritten.

    Parameters
    ----------
    *objects
        What to show, in this order.
    docstring
        "formula": of a docstring that holds a formula, its first paragraph and its formulas. True
        shows all of each docstring, False none.
    checks
        Show calls of ``check_…``, ``if …: raise …`` and the methods ``check_…`` too.
    rest
        Put the whole file below, folded. Default: where something other than words was left out.

    Raises
    ------
    TypeError
        For anything that is not a class, function or method of ``deeptricks``.
    ValueError
        If the objects come from several files.
    """
    if not objects:
        raise TypeError("show_source needs at least one class, function or method")
    files = {_file(o) for o in objects}
    if len(files) > 1:
        raise ValueError(f"objects must come from one file, got {sorted(files)}")
    (file,) = files
    shown = "\n\n".join(source(o, docstring=docstring, checks=checks) for o in objects)
    whole = "\n\n".join(source(o, docstring=docstring, checks=True) for o in objects)
    names = ", ".join(o.__qualname__ for o in objects)
    fold = _whole_file(objects[0], file) if rest or (rest is None and shown != whole) else ""
    publish(
        {
            "text/plain": f"{file}: {names}",
            "text/markdown": f"```python\n{shown}```\n\n{fold}{_link(file)}\n",
        }
    )


def source(obj: Any, *, docstring: bool | str = False, checks: bool = True) -> str:
    """Return the source text of one object, at the left margin; see `abridged`."""
    code = textwrap.dedent(inspect.getsource(obj))
    return abridged(code, docstring=docstring, checks=checks)


def _whole_file(obj: Any, file: str) -> str:
    code = Path(_path(obj)).read_text("utf-8")
    summary = f"<summary>All of <code>{html.escape(file)}</code>, as it runs</summary>"
    return f'<details class="dt-file">{summary}\n\n```python\n{code}```\n\n</details>\n\n'


def _path(obj: Any) -> str:
    return str(inspect.getsourcefile(inspect.unwrap(obj)))


def _file(obj: Any) -> str:
    if not (inspect.isclass(obj) or inspect.isfunction(obj) or inspect.ismethod(obj)):
        raise TypeError(f"show_source takes classes, functions and methods, got {obj!r}")
    if obj.__module__.split(".")[0] != PACKAGE:
        raise TypeError(f"show_source shows {PACKAGE}'s own source, not {obj.__module__}'s")
    path = Path(_path(obj)).as_posix()
    return path[path.rindex(f"/{PACKAGE}/") + 1 :]


def _link(file: str) -> str:
    """Name the file, linked to the repository where the package's metadata knows one."""
    urls = importlib.metadata.metadata(PACKAGE).get_all("Project-URL") or []
    for name, address in (url.split(", ", 1) for url in urls):
        if name == "Repository":
            return f"[`src/{file}`]({address}/blob/main/src/{file})"
    return f"`src/{file}`"
