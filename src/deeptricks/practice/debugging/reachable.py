"""How Python objects hold others, and how what they held is put back."""

import types
from collections.abc import Callable
from typing import Any

LIBRARIES = ("torch", "numpy", "math", "random", "builtins", "collections", "functools")


def refill(item: Any, kept: list[Any]) -> None:
    """Put the items of a list or deque back."""
    if len(item) != len(kept) or any(a is not b for a, b in zip(item, kept, strict=True)):
        item.clear()
        item.extend(kept)


def replace(item: set[Any], members: set[Any]) -> None:
    """Put the members of a set back."""
    item.clear()
    item.update(members)


def setter(owner: Any, name: str, value: Any) -> Callable[[], None]:
    """Return a function that sets an attribute."""
    return lambda: setattr(owner, name, value)


def item_setter(owner: dict[str, Any], name: str, value: Any) -> Callable[[], None]:
    """Return a function that sets an item."""
    return lambda: owner.__setitem__(name, value)


def names(code: types.CodeType) -> set[str]:
    """Names of globals in a function and in the functions written inside it."""
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return set(code.co_names).union(*(names(const) for const in inner))


def slots(kind: type) -> list[str]:
    """List the slots of an author's class."""
    named = [getattr(base, "__slots__", ()) for base in kind.__mro__]
    flat = [name for each in named for name in ([each] if isinstance(each, str) else each)]
    safe = kind.__module__.split(".")[0] not in ("torch", "numpy", "builtins", "collections")
    return [name for name in flat if safe and not name.startswith("__")]


def of_a_library(value: Any) -> bool:
    """Whether a global is a function of a library, whose state is not the author's."""
    module = getattr(value, "__module__", "") or ""
    return callable(value) and module.split(".")[0] in LIBRARIES
