"""The command lines of the package, as their own ``--help`` tells them."""

import argparse
import importlib
import os
from collections.abc import Iterator
from unittest import mock

WIDTH = "78"


def commands(room: str) -> Iterator[str]:
    """A section for each command of a room, or nothing."""
    parsers = {"grading": _grading, "practice": _practice}.get(room)
    if parsers:
        yield "Command line\n------------"
    for parser in parsers() if parsers else ():
        with mock.patch.dict(os.environ, COLUMNS=WIDTH):
            lines = parser.format_help().rstrip().splitlines()
        shown = [f"   {line}" for line in lines]
        yield "\n".join([".. code-block:: text", "   :class: dt-help", "", *shown])


def _grading() -> Iterator[argparse.ArgumentParser]:
    kit = importlib.import_module("deeptricks.grading.__main__")
    for name in kit.COMMANDS:
        module = importlib.import_module(f"deeptricks.grading.{name}")
        parser = argparse.ArgumentParser(
            f"python -m deeptricks.grading {name}",
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(parser)
        yield parser


def _practice() -> Iterator[argparse.ArgumentParser]:
    yield importlib.import_module("deeptricks.practice.debugging.command")._parser()
