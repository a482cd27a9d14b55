"""``.. reference:: optimization``: the entries of a room of the package, made by autodoc."""

import hashlib
import inspect
from functools import cache
from pathlib import Path

from docutils import nodes
from numpydoc.docscrape_sphinx import SphinxDocString
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from book.reference.pages import Book, page
from book.reference.public import ROOMS, about, by_origin, entries, members
from book.reference.signatures import signature
from book.reference.words import linked, resolver, with_examples
from book.sphinx_address import addresses
from book.sphinx_executed import notebooks
from book.tables import link, paragraph, table

FOLDER = "chapters/reference/"
PACKAGES = ("sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.intersphinx", "numpydoc")
SITES = {
    "python": "https://docs.python.org/3/",
    "numpy": "https://numpy.org/doc/stable/",
    "pandas": "https://pandas.pydata.org/docs/",
    "matplotlib": "https://matplotlib.org/stable/",
    "nbformat": "https://nbformat.readthedocs.io/en/latest/",
    "scipy": "https://docs.scipy.org/doc/scipy/",
    "joblib": "https://joblib.readthedocs.io/en/stable/",
    "sklearn": "https://scikit-learn.org/stable/",
    "torch": "https://docs.pytorch.org/docs/stable/",
    "torchvision": "https://docs.pytorch.org/vision/stable/",
}
SETTINGS = {
    "add_module_names": False,
    "autosummary_generate": False,
    "autodoc_typehints": "none",  # `signature` has them, as they were written
    "autodoc_member_order": "bysource",
    "intersphinx_disabled_reftypes": [],
    "numpydoc_show_class_members": False,
    "numpydoc_class_members_toctree": False,
    "toc_object_entries_show_parents": "hide",
}


class Reference(SphinxDirective):
    """Everything below the title of a page of the reference."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Parse what `page` writes."""
        (room,) = self.arguments
        text = page(room, _book(self.env.app))
        _written(self.env)[self.env.docname] = _hash(text)
        return self.parse_text_to_nodes(text, allow_section_headings=True)


class Rooms(SphinxDirective):
    """A table of the pages of the reference."""

    def run(self) -> list[nodes.Node]:
        """Make a row for each room: its page, what it is for, how many names it has."""
        uri = self.env.app.builder.get_relative_uri
        rows = []
        for room in ROOMS:
            page_of = link(f"deeptricks.{room}", uri(self.env.docname, f"{FOLDER}{room}"))
            number = paragraph(str(len(entries(room))))
            rows.append([[paragraph(page_of)], [paragraph(about(room))], [number]])
        return [table(["Import from", "What it is for", "Names"], rows, [30, 60, 10], ["dt-rooms"])]


def _book(app: Sphinx) -> Book:
    root = Path(app.srcdir)
    here = addresses(root / "pyproject.toml")["Repository"]
    return Book(root, tuple(notebooks(app)), here)


def _written(env: BuildEnvironment) -> dict[str, str]:
    """A hash of what each page was made from, kept with the environment."""
    if not hasattr(env, "reference_written"):
        env.reference_written = {}
    return env.reference_written


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _outdated(app, env, added, changed, removed):
    """Pages that would say something else now: a chapter uses another name, or has a new title."""
    rooms = {f"{FOLDER}{room}": room for room in ROOMS}
    return [
        docname
        for docname, made in _written(env).items()
        if docname in env.found_docs and made != _hash(page(rooms[docname], _book(app)))
    ]


def _sign(app, what, name, thing, options, arguments, returned):
    if what in ("class", "exception", "function", "method"):
        return signature(thing)
    return None


def _apart(app, what, name, thing, options, lines):
    """Before numpydoc, which leaves an example without colons in the running text."""
    lines[:] = with_examples(lines)


def _linked(app, what, name, thing, options, lines):
    """After numpydoc: names become links, and characters that mean something are escaped."""
    lines[:] = linked(lines, resolver(_public(name), _arguments(thing)))


def _arguments(thing: object) -> set[str]:
    try:
        return set(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        return set()


def _public(name: str) -> dict[str, str]:
    """What a name means in the docstring of `name`: first a method here, then in its room."""
    room = name.split(".")[1]
    here = [e for e in entries(room) if inspect.isclass(e.thing) and name.startswith(e.address)]
    own = {member: f"{e.address}.{member}" for e in here for member in members(e.thing)}
    return _public_from(room) | own


@cache
def _public_from(room: str) -> dict[str, str]:
    """What a name means in a room: its own names, and their members, before those of others."""
    known = {e.name: e.address for other in ROOMS for e in entries(other) if other != room}
    known |= {e.name: e.address for e in entries(room)}
    for entry in entries(room):
        for member in members(entry.thing) if inspect.isclass(entry.thing) else ():
            known[f"{entry.name}.{member}"] = f"{entry.address}.{member}"
    return known


def _missing(app, env, node, contnode):
    """Types of ours in a signature: by the public name; what is not public is no link."""
    target = node.get("reftarget", "")
    if not target.startswith("deeptricks.") or node.get("refdomain") != "py":
        return None
    entry = by_origin().get(target)
    if entry is None or f"{FOLDER}{entry.room}" not in env.found_docs:
        return contnode if node.get("reftype") == "class" else None
    page_of = f"{FOLDER}{entry.room}"
    uri = app.builder.get_relative_uri(env.docname if env.docname else page_of, page_of)
    return nodes.reference("", "", contnode, refuri=f"{uri}#{entry.address}", internal=True)


def _load_template_once():
    """numpydoc compiles its template anew for each docstring, which takes longer than the rest."""
    load = SphinxDocString.load_config
    kept = {}

    def load_config(self, config):
        load(self, config | kept)
        kept["template"] = self.template

    SphinxDocString.load_config = load_config


def _configure(app, config):
    """Settings that belong together, and the inventories kept in book/inventories."""
    for name, value in SETTINGS.items():
        setattr(config, name, value)
    folder = Path("book", "inventories")
    config.intersphinx_mapping = {
        name: (site, (str(folder / f"{name}.inv"),)) for name, site in SITES.items()
    }


def setup(app: Sphinx) -> dict:
    _load_template_once()
    for name in PACKAGES:
        app.setup_extension(name)
    app.add_directive("reference", Reference)
    app.add_directive("rooms", Rooms)
    app.connect("config-inited", _configure, priority=100)  # intersphinx reads them at 800
    app.connect("env-get-outdated", _outdated)
    app.connect("autodoc-process-signature", _sign)
    app.connect("autodoc-process-docstring", _apart, priority=100)
    app.connect("autodoc-process-docstring", _linked, priority=900)
    app.connect("missing-reference", _missing, priority=900)
    code = sorted((Path(__file__).parent / "reference").glob("*.py"))
    version = _hash("".join(path.read_text("utf-8") for path in code))
    return {"env_version": version, "parallel_read_safe": True, "parallel_write_safe": True}
