"""What the package offers says what it is: every public object has a docstring."""

import importlib
import inspect
import sys
import types
from pathlib import Path

import pytest

ROOMS = Path(__file__).resolve().parents[1] / "src" / "deeptricks"


def undocumented(room):
    """What a room offers its visitors without a word about it (an inherited word counts)."""
    for name in room.__all__:
        thing = getattr(room, name)
        for inner, each in [("", thing), *_members(thing)]:
            if not inspect.getdoc(each):
                yield f"{room.__name__}.{name}{inner}"


def _members(thing):
    """The public functions, classes, methods and properties that a module or class defines."""
    if not (inspect.isclass(thing) or inspect.ismodule(thing)):
        return
    home = thing.__name__ if inspect.ismodule(thing) else thing.__module__
    for name in vars(thing):
        each = getattr(thing, name)
        ours = callable(each) and getattr(each, "__module__", None) == home
        if not name.startswith("_") and (ours or isinstance(each, property)):
            yield f".{name}", each
            yield from ((f".{name}{inner}", e) for inner, e in _members(each))


@pytest.mark.parametrize("name", [p.name for p in ROOMS.glob("[a-z]*")])
def test_each_room_says_what_it_offers(name):
    faults = list(undocumented(importlib.import_module(f"deeptricks.{name}")))
    assert not faults, "\n".join(["without a docstring:", *faults])


def test_what_says_nothing_of_itself_is_named(monkeypatch):
    room = types.ModuleType("room")
    text = """
class Base:
    "Said."
    def fit(self): "Said."

class Heir(Base):
    "Said."
    def fit(self): ...
    def new(self): ...
    @property
    def size(self): ...
    def _own(self): ...

def silent(): ...
__all__ = ["Heir", "silent"]
"""
    monkeypatch.setitem(sys.modules, "room", room)  # where inspect looks for inherited words
    exec(text, vars(room))
    assert list(undocumented(room)) == ["room.Heir.new", "room.Heir.size", "room.silent"]
