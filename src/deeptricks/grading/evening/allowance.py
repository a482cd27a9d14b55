"""What this process may take from now on: memory beyond what it begins with, processor time."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import process_time

_count = {"begin": 0, "memory": 0}  # bytes


def limit(memory: int) -> None:
    """Limit the memory of this process from now on, but not that of those it starts."""
    _count["memory"] = memory
    _limited()


def worn() -> bool:
    """Whether more than half of the memory is in use, though nobody asks for anything now."""
    return _count["begin"] + _count["memory"] / 2 < (_data() or 0)


def _limited():
    _count["begin"] = _data() or 0
    if _count["begin"]:
        _soft("RLIMIT_DATA", _count["begin"] + _count["memory"])
        _soft("RLIMIT_CORE", 0)


@contextmanager
def uncounted() -> Iterator[None]:
    """For work of our own, of no student's: what it keeps belongs to what the process begins with.

    An assignment may import PyTorch, which alone takes half of what a student's answer may.
    """
    _soft("RLIMIT_DATA", sys.maxsize)
    try:
        yield
    finally:
        _limited()


def allow(seconds: float) -> None:
    """Let this process have so many seconds of a processor from now on, or be killed."""
    _soft("RLIMIT_CPU", int(process_time() + seconds) + 1)


def _data():
    """Bytes of memory of this process's own, as RLIMIT_DATA counts them; None where unknown."""
    with suppress(OSError):
        told = re.search(r"VmData:\s+(\d+)", Path("/proc/self/status").read_text("utf-8"))
        return 1024 * int(told[1]) if told else None
    return None


def _soft(name, value):
    """Set a limit that a process started from here can lift for itself."""
    with suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, hard))
