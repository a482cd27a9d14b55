"""What can be imported in a room: two or three distributions, and what these require.

A room holds no other package: neither a framework that would answer the question, nor ours.
"""

import os
import sys
import sysconfig
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

from ..questions import ROOMS


@lru_cache
def packages(room: str) -> dict[str, Path]:
    """Name → place of each file and folder that stands in the site-packages of `room`.

    Raises
    ------
    ValueError
        Where there is no such room, or what it needs is not installed.
    """
    if room not in ROOMS:
        raise ValueError(f"room is {room!r}, one of {tuple(ROOMS)}")
    found = {}
    for name in sorted(_required(ROOMS[room])):
        one = distribution(name)
        for file in one.files or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not top.endswith((".pth", ".egg-link")):
                found[top] = Path(one.locate_file(top)).resolve()
    return {top: path for top, path in found.items() if path.exists()}


def _required(names) -> set[str]:
    """The distributions called `names`, and whatever they require here, at any remove."""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            needs = [Requirement(text) for text in _installed(name).requires or ()]
            waiting += [n.name for n in needs if not n.marker or n.marker.evaluate({"extra": ""})]
    return found


def _installed(name) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise ValueError(f"the sandbox's rooms need {name!r}, which is not installed") from None


def interpreter() -> Path:
    """The program itself, behind the links of a virtual environment."""
    return Path(os.path.realpath(sys.executable))


def interpreter_files() -> list[Path]:
    """The files and folders that the interpreter needs, without any package."""
    base = Path(sys.base_prefix)
    places = [interpreter(), base / "lib", base / "lib64", Path(sysconfig.get_path("stdlib"))]
    return [place for place in places if place.exists()]


def package_folders() -> list[Path]:
    """Where packages lie that no room may show, below the folders that it has to show."""
    roots = {Path(sys.base_prefix), Path("/usr")}
    kinds = ("site-packages", "dist-packages")
    return sorted(f for root in roots for kind in kinds for f in root.glob(f"lib*/python3*/{kind}"))
