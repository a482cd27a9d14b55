"""What the package has: each public name, what it does, what it stands for, and its chapter."""

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

PARTS = {
    "inputs": "Inputs",
    "signal": "Signal",
    "normalization": "Normalization",
    "optimization": "Optimization",
    "regularization": "Regularization",
    "practice": "Practice",
    "architectures": "Architectures",
}
# Where a function of ours may have its namesake.
NAMESAKES = ("torch.nn.init", "torch.nn.utils", "torch.nn.functional", "torch.optim.swa_utils")
SAID = re.compile(r"torchvision's name|[Cc]ounterpart: `(?P<address>[\w.]+)`")
FRAMEWORKS = ("torch", "sklearn", "torchvision")


@dataclass(frozen=True)
class Technique:
    """A public name of a part."""

    part: str
    name: str
    does: str
    instead_of: str | None
    docname: str | None


def techniques(part: str) -> list[Technique]:
    """Everything that a part exports and documents, by chapter and then by name."""
    room = importlib.import_module(f"deeptricks.{part}")
    named = ((name, getattr(room, name)) for name in room.__all__)
    found = [
        Technique(part, name, summary(thing), counterpart(thing), _docname(thing))
        for name, thing in named
        if inspect.isclass(thing) or inspect.isfunction(thing)
    ]
    return sorted(found, key=lambda t: (t.docname or "", t.name.lower()))


def summary(thing: object) -> str:
    """The first paragraph of the docstring."""
    own = thing.__doc__ if inspect.isfunction(thing) else vars(thing).get("__doc__")
    return " ".join(inspect.cleandoc(own or "").split("\n\n")[0].split())


def counterpart(thing: object) -> str | None:
    """Whose place it can take: a base class, a function of the same name, or what its words say."""
    if inspect.isclass(thing) and (address := next(_addresses(thing), None)):
        return address
    if inspect.isfunction(thing):
        for place in NAMESAKES:
            if hasattr(importlib.import_module(place), thing.__name__):
                return f"{place}.{thing.__name__}"
    said = SAID.search(summary(thing))
    if said and said["address"]:
        return _in_full(said["address"])
    return f"torchvision.transforms.v2.{thing.__name__}" if said else None


def _in_full(name: str) -> str:
    """A name without its module, as a docstring may give it, with it."""
    places = [p for p in NAMESAKES if hasattr(importlib.import_module(p), name)]
    return f"{places[0]}.{name}" if places else name


def _addresses(kind: type) -> Iterator[str]:
    """The framework's class of the same name that a class inherits from, as one imports it."""
    for base in kind.__mro__[1:]:
        if base.__module__.split(".")[0] in FRAMEWORKS and base.__name__ == kind.__name__:
            yield f"{_shortest(base)}.{base.__name__}"


def _shortest(kind: type) -> str:
    """The shortest package from which a class can be imported."""
    parents = kind.__module__.split(".")
    places = (".".join(parents[:n]) for n in range(2, len(parents) + 1))
    return next(p for p in places if getattr(_module(p), kind.__name__, None) is kind)


def _module(address: str) -> ModuleType | None:
    try:
        return importlib.import_module(address)
    except ImportError:
        return None


def _docname(thing: object) -> str | None:
    """The chapter of the same address as the file: deeptricks/<part>/<topic>[/…].py."""
    address = thing.__module__.split(".")
    return f"chapters/{address[1]}/{address[2]}" if len(address) > 2 else None
