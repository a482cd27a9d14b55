"""Cells of a notebook as Python: what IPython adds to the language is there.

This file is also mounted in the sandbox, where neither IPython nor the package itself is.
"""

import ast
import re
import sys
import types

RUNNING = ("time", "timeit", "prun")  # magics of a line that run it
OPTIONS = re.compile(r"\s*(-[a-z]\s*\d*\s+)*", re.IGNORECASE)


def names():
    """What the first cell finds, in a module of its own called __main__."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    anything, shell = _Anything(), _Interactive(vars(module))
    for name in ("IPython", "IPython.display"):
        sys.modules[name] = package = _Package(name)
        package.__path__, package.get_ipython, package.version_info = [], lambda: shell, (9, 0)
    vars(module).update(display=anything, get_ipython=lambda: shell, help=anything)
    vars(module).update(exit=sys.exit, quit=sys.exit)
    return vars(module)


class _Anything:
    """IPython's display and what else a notebook may call: all of it is there, does nothing."""

    def __call__(self, *_, **__):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class _Interactive(_Anything):
    """IPython's shell: `%time` and its like run what stands behind them, all else is idle."""

    def __init__(self, names):
        self._names = names

    def run_line_magic(self, name, line, *_, **__):
        """What the line returns, or None."""
        if name not in RUNNING:
            return None
        line = line[OPTIONS.match(line).end() :].strip()
        try:
            code = compile(line, "<magic>", "eval")
        except SyntaxError:
            code = compile(line, "<magic>", "exec")
        return eval(code, self._names)

    def getoutput(self, *_, **__):
        """`x = !command`: there is no shell, so no lines."""
        return []


class _Package(types.ModuleType):
    """A module that has whatever one imports from it."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything()


def run(cell, file, names):
    """Run a cell as it is, or as IPython reads it (`python`) where that alone is Python."""
    try:
        code = compile(cell["source"], file, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        source = cell.get("python", cell["source"])
        code = compile(source, file, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(code, names)
    if isinstance(waiting, types.CoroutineType):  # `await` at top level
        _loop().run_until_complete(waiting)


def _loop():
    """One event loop for all cells, made where the first one needs it."""
    import asyncio

    if not hasattr(_loop, "made"):
        _loop.made = asyncio.new_event_loop()
        asyncio.set_event_loop(_loop.made)
    return _loop.made
