"""Between chapters and entries: which chapters use a name, and which entry is of what one shows."""

import ast
import json
import re
from functools import cache
from pathlib import Path

from nbformat import NotebookNode

from book.fresh_seeds import docname
from book.reference.public import by_origin
from book.reference.signatures import imports

SHOWN = re.compile(r"(deeptricks/\S+)\.py: (.+)")  # the plain text of `show_source`
MAGIC = re.compile(r"^(\s*)[%!].*", re.MULTILINE)


@cache
def titles(root: Path) -> dict[str, str]:
    """The title of each chapter, up to its colon."""
    found = {}
    for path in sorted((root / "chapters").glob("*/*.ipynb")):
        first = "".join(_cells(path, "markdown")[0])
        title = re.search(r"^# (.+)$", first, re.MULTILINE)
        found[docname(path, root)] = title[1].split(":")[0].strip() if title else path.stem
    return found


@cache
def uses(root: Path) -> dict[str, list[str]]:
    """``{"deeptricks.optimization.Adam": [docname, …]}``."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / "chapters").glob("*/*.ipynb")):
        for address in sorted(_named(_code(path))):
            found.setdefault(address, []).append(docname(path, root))
    return found


def _named(code: ast.Module) -> set[str]:
    """The addresses of the public names in a chapter's code."""
    names, public, by = imports(code), by_origin(), set()
    known = {entry.address for entry in public.values()}
    for node in ast.walk(code):
        if isinstance(node, ast.Attribute | ast.Name):
            first, _, rest = ast.unparse(node).partition(".")
            full = ".".join(filter(None, (names.get(first, first), rest)))
            by |= {full} & known
            by |= {public[full].address} if full in public else set()
    return by


def _code(path: Path) -> ast.Module:
    whole = ast.Module(body=[], type_ignores=[])
    for source in _cells(path, "code"):
        whole.body += ast.parse(MAGIC.sub(r"\1pass", source)).body
    return whole


def _cells(path: Path, kind: str) -> list[str]:
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def link_sources(notebook: NotebookNode) -> None:
    """Below source that a chapter shows, beside the name of its file: links to the entries."""
    for output in (o for cell in notebook.cells for o in cell.get("outputs", [])):
        data = output.get("data", {})
        if shown := SHOWN.fullmatch(data.get("text/plain", "")):
            origin, names = shown[1].replace("/", "."), shown[2].split(", ")
            tops = dict.fromkeys(name.split(".")[0] for name in names)
            found = [by_origin().get(f"{origin}.{name}") for name in tops]
            links = [f"{{py:obj}}`{e.name} <{e.address}>`" for e in found if e]
            if links:
                text = data["text/markdown"].rstrip("\n")
                data["text/markdown"] = f"{text} · Reference: {', '.join(links)}\n"
