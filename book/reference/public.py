"""What is public: each name that a room of the package exports, and where it is imported from."""

import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from book.techniques import PARTS

ROOMS = PARTS | {"lab": "Lab", "grading": "Grading"}
# Two modules of the lab have no __all__ (one would run every chapter again), and one name is met in
# chapters only as an error: what may be counted on there is said here.
ALSO = {
    "deeptricks.lab.training": ("History", "Score", "State", "evaluate", "fit"),
    "deeptricks.lab.nets": ("ResidualBlock", "conv_net", "mlp", "residual_net"),
    "deeptricks.lab.best": ("EdgeOfGrid",),
}
BEYOND = {"lab": ("deeptricks.lab.best",)}  # not among its __all__
GENERIC = {"extra_repr"}  # the same in every layer, and for Python's eyes


@dataclass(frozen=True)
class Entry:
    """A public name, under the module that a reader imports it from."""

    module: str
    name: str
    thing: object

    @property
    def address(self) -> str:
        """The full name, which is also the anchor of its entry."""
        return f"{self.module}.{self.name}"

    @property
    def origin(self) -> str:
        """Where it is defined: the module with its source."""
        return getattr(self.thing, "__module__", self.module)

    @property
    def room(self) -> str:
        """Its page."""
        return self.module.split(".")[1]


@cache
def entries(room: str) -> tuple[Entry, ...]:
    """All public names of a room, those of its public modules included."""
    beyond = BEYOND.get(room, ())
    return tuple(e for m in (f"deeptricks.{room}", *beyond) for e in _exported(m))


def about(room: str) -> str:
    """What a room is for, in the first sentence of its docstring."""
    words = importlib.import_module(f"deeptricks.{room}").__doc__ or ""
    return " ".join(words.split("\n\n")[0].split())


def _exported(address: str) -> Iterator[Entry]:
    module = importlib.import_module(address)
    for name in ALSO.get(address) or module.__all__:
        thing = getattr(module, name)
        if isinstance(thing, ModuleType):
            yield from _exported(thing.__name__)
        else:
            yield Entry(address, name, thing)


@cache
def by_origin() -> dict[str, Entry]:
    """Each public name by where it is defined, as a chapter may import it."""
    every = [entry for room in ROOMS for entry in entries(room)]
    return {f"{e.origin}.{e.name}": e for e in reversed(every)}


def members(kind: type) -> list[str]:
    """The public methods and properties that we wrote and documented, in their order.

    What a layer inherits from the framework is documented there; it would be sixty methods here.
    """
    found: dict[str, None] = {}
    for base in kind.__mro__:
        if base.__module__.startswith("deeptricks."):
            names = [name for name, thing in vars(base).items() if _documented(name, thing)]
            found |= dict.fromkeys(names)
    return list(found)


def _documented(name: str, thing: object) -> bool:
    thing = getattr(thing, "fget", None) or getattr(thing, "__func__", thing)
    return (
        not name.startswith("_")
        and name not in GENERIC
        and inspect.isfunction(thing)
        and bool(thing.__doc__)
    )
