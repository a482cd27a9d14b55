"""Cells of a notebook as Python: what IPython adds to the language is there and does nothing.

This file is also mounted in the sandbox, where neither IPython nor the package itself is.
"""

import sys
import types

MAGIC = ("%", "!", "?")
OF_A_CELL = ("%%time", "%%timeit", "%%capture", "%%prun")  # what they run is Python


def names():
    """What the first cell finds, in a module of its own called __main__."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    anything = _Anything()
    for name in ("IPython", "IPython.display"):
        sys.modules[name] = shell = _Shell(name)
        shell.__path__, shell.get_ipython, shell.version_info = [], lambda: None, (9, 0)
    vars(module).update(display=anything, get_ipython=_Anything, help=anything)
    vars(module).update(exit=sys.exit, quit=sys.exit)
    return vars(module)


class _Anything:
    """IPython's display, its shell, its magics: all of it is there and does nothing."""

    def __call__(self, *_, **__):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class _Shell(types.ModuleType):
    """A module that has whatever one imports from it."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything()


def compiled(source, name):
    """The code of a cell; lines for IPython are left out where Python cannot read them."""
    try:
        return compile(source, name, "exec")
    except SyntaxError:
        return compile(_without_magics(source), name, "exec")


def _without_magics(source):
    """The lines of a cell without `%magic`, `!command`, `?` and `name = !command`."""
    lines = source.split("\n")
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and not first.startswith(OF_A_CELL):
        return ""
    return "\n".join(_without_magic(line) for line in lines)


def _without_magic(line):
    text = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    name, equals, rest = text.partition("=")
    if text.startswith(MAGIC) and text[1:2] != " ":
        return indent + "pass"
    if text.endswith("?") and text.rstrip("?").replace(".", "").isidentifier():
        return indent + "pass"
    if equals and name.strip().isidentifier() and rest.strip().startswith(("%", "!")):
        return f"{indent}{name.strip()} = None"
    return line
