"""JupyterLab in the chapters: MyST as on the page, no sidebars for graders.

    python -m book.lab            further arguments go to JupyterLab
    python -m book.lab --names    takes what references say from the last build of the book

`book/jupyter` holds the configuration and an extension of our own; the environment is left as it
is, so that a plain `jupyter lab` still has nbgrader's menu.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from book.execution import ROOT

JUPYTER = ROOT / "book" / "jupyter"
NAMES = JUPYTER / "labextensions" / "deeptricks-names" / "static" / "names.json"
BUILT = ROOT / "_build" / "names.json"  # by book.sphinx_plain
CITATION = re.compile(r"#id\d+$")  # another one with every reference that the book adds


def environment() -> dict[str, str]:
    """Our configuration and extension before those that are installed."""
    mine = dict.fromkeys(("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"), str(JUPYTER))
    return os.environ | {
        name: os.pathsep.join(filter(None, (path, os.environ.get(name))))
        for name, path in mine.items()
    }


def command(arguments: list[str], folder: Path = ROOT / "chapters") -> list[str]:
    as_root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    return [sys.executable, "-m", "jupyterlab", str(folder), *as_root, *arguments]


def lab_names(built: dict[str, dict]) -> dict:
    """What `names.js` asks for: names with addresses within the site, and the titles of pages."""
    names = {name: pieces for chapter in built.values() for name, pieces in chapter.items()}
    first = next(to for pieces in names.values() for _, to in pieces if to)
    site = first[: first.index("chapters/")]
    shown, pages = {}, {}
    for name, pieces in sorted(names.items()):
        role, _, target = name.partition(":")
        pieces = [[text, to and CITATION.sub("", to.removeprefix(site))] for text, to in pieces]
        if role == "doc" and "<" not in target:
            title, to = pieces[0]
            pages[to.removeprefix("chapters/").removesuffix(".html")] = title
        elif role in ("cite", "cite:t", "numref", "eq", "ref"):
            shown[name] = pieces
    return {"site": site, "pages": pages, "names": shown}


def write_names(built: Path = BUILT, target: Path = NAMES) -> None:
    known = lab_names(json.loads(built.read_text("utf-8")))
    target.write_text(json.dumps(known, ensure_ascii=False, indent=0) + "\n", "utf-8")


def main(arguments: list[str]) -> int:
    if arguments == ["--names"]:
        if not BUILT.exists():
            print(f"{BUILT} is made with the book: make book", file=sys.stderr)
            return 1
        write_names()
        return 0
    return subprocess.call(command(arguments), env=environment())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
