"""Builds the book into _build/html; warnings are errors.

    python -m book.build [--all]      --all: every page anew

Plainly: `python -m book.execution`, then `jupyter-book build . -W --keep-going -n`.
Where nothing changed since the last good build, it says so and does nothing.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from book.execution import ROOT
from book.execution import main as execute

SITE = ROOT / "_build" / "html"
STAMP = ROOT / "_build" / "book.stamp"
SOURCES = (
    *("chapters", "book", "src", "_build/executed", "benchmarks/results"),
    *("_config.yml", "_toc.yml", "pyproject.toml"),
)
RUN = "from jupyter_book.cli.main import main; main()"
COMMAND = ("build", str(ROOT), "-W", "--keep-going", "-n")


def main(arguments: list[str]) -> int:
    if execute([]):
        return 1
    if "--all" in arguments or not (SITE / "index.html").exists() or _stamp() != _last_stamp():
        STAMP.unlink(missing_ok=True)
        every = ["--all"] if "--all" in arguments else []
        code = subprocess.call(
            [sys.executable, "-c", RUN, *COMMAND, *every, "-q"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        if code:
            return code
        STAMP.write_text(_stamp(), "utf-8")
    else:
        print("The pages are up to date.")
    print(f"Open {SITE / 'index.html'} in a browser, or: make serve")
    return 0


def _stamp() -> str:
    """Hash of names, sizes and times of all that the pages are made of."""
    hashed = hashlib.sha256(sys.prefix.encode())
    for path in sorted(path for name in SOURCES for path in _files(ROOT / name)):
        state = path.stat()
        hashed.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
    return hashed.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    skipped = ("__pycache__", ".ipynb_checkpoints")
    return [p for p in path.rglob("*") if p.is_file() and not set(skipped) & set(p.parts)]


def _last_stamp() -> str:
    return STAMP.read_text("utf-8") if STAMP.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
