"""A pytest plug-in: `--skip-unchanged` leaves out what passed and has not changed since.

A test has changed with its own file, with whatever that file could reach, or with the installed
versions. A room (a part of the package, `assignments`, …) counts as soon as its name occurs
anywhere in the tests' code: too many runs, never too few. A test that failed or was skipped runs
again, and so do the few that lie in tests/ itself. With CI set, everything runs.
"""

import ast
import functools
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from book.fingerprint import wordless

STAMPS = Path("_build", "passed.json")
ALWAYS = ("conftest.py", "pyproject.toml", "requirements.txt")
TOOLS = ("bwrap", "chromium", "chromium-browser", "google-chrome", "git", "make")
UNREAD = {"chapters", "book", "deeptricks"}  # they name other rooms, but import none


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "leave out tests that passed and could not have changed since"
    parser.addoption("--skip-unchanged", action="store_true", help=text)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--skip-unchanged") and not os.environ.get("CI"):
        config.pluginmanager.register(Unchanged(config), "unchanged")


class Unchanged:
    def __init__(self, config: pytest.Config) -> None:
        self.root, self.file = config.rootpath, config.rootpath / STAMPS
        self.before = json.loads(self.file.read_text("utf-8")) if self.file.exists() else {}
        self.after: dict[str, str] = {}
        self.bad: set[str] = set()
        self.left_out = 0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list) -> None:
        run, same = [], []
        for item in items:
            state = self.state(item)
            item.user_properties.append(("state", state))
            (same if state and self.before.get(item.nodeid) == state else run).append(item)
        items[:], self.left_out = run, len(same)
        config.hook.pytest_deselected(items=same)

    def state(self, item: pytest.Item) -> str | None:
        """Hash of what the test depends on; None for one that always runs."""
        folders = item.path.relative_to(self.root).parts
        if folders[0] != "tests" or len(folders) < 3:
            return None
        more = getattr(getattr(item, "module", None), "depends_on", lambda item: "")(item)
        return _hash(f"{surroundings()} {reached(item.path, self.root)} {more}".encode())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        state = dict(report.user_properties).get("state")
        if not report.passed or not state:
            self.bad.add(report.nodeid)
        elif report.when == "call":
            self.after[report.nodeid] = state

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object, error: object) -> None:
        self.left_out = max(self.left_out, getattr(node, "workeroutput", {}).get("left_out", 0))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(session.config, "workeroutput"):  # one of several processes: the first writes
            session.config.workeroutput["left_out"] = self.left_out
            return
        good = {name: state for name, state in self.after.items() if name not in self.bad}
        kept = {name: state for name, state in self.before.items() if name not in self.bad}
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_text(json.dumps(kept | good, indent=0, sort_keys=True), "utf-8")
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.left_out:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.left_out:
            terminalreporter.write_line(f"{self.left_out} tests are unchanged since they passed")


@functools.cache
def surroundings() -> str:
    """Python, every installed version, and the tools that tests call."""
    versions = sorted(f"{d.name} {d.version}" for d in importlib.metadata.distributions())
    tools = [f"{path} {os.stat(path).st_mtime_ns}" for path in map(shutil.which, TOOLS) if path]
    ours = sorted(f"{k}={v}" for k, v in os.environ.items() if k.startswith(("DEEPTRICKS", "OMP")))
    return _hash("\n".join([sys.version, *versions, *tools, *ours]).encode())


@functools.cache
def reached(test: Path, root: Path) -> str:
    """Hash of the test's file and of all that it could reach."""
    room = root / "tests" / test.relative_to(root).parts[1]
    unread = {test, *(p for p in (*(root / "tests").glob("*.py"), *_files(room)) if _helps(p))}
    found = unread | {root / name for name in ALWAYS if (root / name).exists()}
    found |= {*(root / "src" / "deeptricks").glob("*.py"), *_files(root / "src/deeptricks/lab")}
    named: set[str] = set()
    while unread:
        named = named.union(*map(words, unread))
        more = {p for name, files in rooms(root).items() if name in named for p in files} - found
        unread = {p for p in more if not UNREAD & {*p.relative_to(root).parts}}
        found |= more
    state = "\n".join(f"{p.relative_to(root)} {_hash(p.read_bytes())}" for p in sorted(found))
    return _hash(state.encode())


@functools.cache
def rooms(root: Path) -> dict[str, list[Path]]:
    """The files below each folder of the project, its package and its tests, but no other tests."""
    found: dict[str, list[Path]] = {}
    for house in (root, root / "src" / "deeptricks", root / "tests"):
        for folder in house.glob("[a-z]*/"):
            if folder.name not in ("src", "tests"):
                found.setdefault(folder.name, []).extend(filter(_helps, _files(folder)))
    for file in root.glob("[A-Za-z]*"):
        if file.is_file():
            found.setdefault(file.stem, []).append(file)
    return found


def _files(folder: Path) -> list[Path]:
    skipped = ("__pycache__", ".ipynb_checkpoints")
    return [p for p in folder.rglob("*") if p.is_file() and not {*skipped} & {*p.parts}]


def _helps(path: Path) -> bool:
    return not path.name.startswith("test_")


@functools.cache
def words(path: Path) -> set[str]:
    """What occurs in a file of Python outside its comments and docstrings."""
    tree = wordless(path) if path.suffix == ".py" else None
    return set(re.findall(r"[^\W_]\w*", ast.dump(tree))) if tree else set()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:20]
