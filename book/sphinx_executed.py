"""Chapters come to Sphinx as they were executed: once, for the tests and for the book."""

import hashlib
from pathlib import Path

import nbformat
from sphinx.errors import ExtensionError

from book.execution import execute_all, executed, store
from book.fresh_seeds import recorded
from book.glossary import PAGE, link_first_uses
from book.pages import Chapter, chapter, page
from book.reference.uses import link_sources

REFERENCE = Path("chapters", "reference.md")


def notebooks(app) -> list[str]:
    """The docnames of all chapters that are notebooks, in the order of the table of contents."""
    return [
        docname
        for part in app.config.external_site_map.root.subtrees
        for docname in (str(item).removesuffix(".ipynb") for item in part.files())
        if _path(app, docname).exists()
    ]


def facts(app, docname: str) -> Chapter:
    """What a page says about a chapter; the page is read again whenever that may have changed."""
    app.env.note_dependency(str(_path(app, docname)))
    app.env.note_dependency(str(store(_path(app, docname), app.srcdir)))
    notebook = executed(_path(app, docname), app.srcdir)
    return chapter(docname, notebook, recorded(docname, notebook, Path(app.srcdir)))


def _path(app, docname) -> Path:
    return Path(app.srcdir) / f"{docname}.ipynb"


def _read(app, docname, source):
    if app.env.doc2path(docname).endswith(".ipynb"):
        about = facts(app, docname)
        made = page(executed(_path(app, docname), app.srcdir), about)
        if (Path(app.srcdir) / PAGE).exists():
            app.env.note_dependency(str(Path(app.srcdir) / PAGE))
            link_first_uses(made, docname, Path(app.srcdir))
        if (Path(app.srcdir) / REFERENCE).exists():
            link_sources(made)
        source[0] = nbformat.writes(made)


def _execute(app):
    """Before Sphinx asks what is out of date, so that it sees what this execution changed."""
    paths = [_path(app, docname) for docname in notebooks(app)]
    for path, outcome, ran_through in execute_all(paths, app.srcdir) if paths else ():
        if not ran_through:
            raise ExtensionError(f"{path.relative_to(app.srcdir)}: {outcome}")


def _version() -> str:
    """Changes with this package's code, upon which Sphinx reads every page again."""
    code = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()


def setup(app):
    app.connect("builder-inited", _execute)
    app.connect("source-read", _read)
    return {"env_version": _version(), "parallel_read_safe": True, "parallel_write_safe": True}
