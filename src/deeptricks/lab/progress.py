"""When a progress bar is shown, and where: in a terminal and in a live notebook, nowhere else."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tqdm import tqdm as terminal_bar

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


def in_live_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    ipython = sys.modules.get("IPython")  # a kernel has imported it; nothing else needs to
    shell = ipython.get_ipython() if ipython else None
    return hasattr(shell, "kernel")


def wanted() -> bool:
    """Whether someone is there to watch: never while the book or the tests execute a notebook."""
    if _quiet.get() or os.environ.get("DEEPTRICKS_PAGE"):
        return False
    return in_live_notebook() or (sys.stdout.isatty() and sys.stderr.isatty())


def bar(total: int | None, description: str, unit: str) -> Any:
    """Make a tqdm bar of `total` steps; it appears after half a second and leaves no line."""
    kind: Any = terminal_bar
    if wanted() and in_live_notebook():
        import tqdm.notebook  # needs ipywidgets, which only a notebook loads

        kind = tqdm.notebook.tqdm
    return kind(
        total=total,
        desc=description,
        unit=unit,
        unit_scale=unit == "B",
        delay=0.5,
        leave=False,
        disable=not wanted(),
    )


@contextmanager
def quiet() -> Iterator[None]:
    """No bar inside this block: a sweep shows one bar, not one for each training in it."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)
