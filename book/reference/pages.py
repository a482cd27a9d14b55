"""The text of a page of the reference: sections by topic, a table of names, an entry for each."""

import re
from dataclasses import dataclass
from pathlib import Path

from book.reference.commands import commands
from book.reference.public import Entry, about, entries, members
from book.reference.signatures import line_of
from book.reference.uses import titles, uses
from book.techniques import PARTS, counterpart

BESIDE = "What its chapters share"


@dataclass(frozen=True)
class Book:
    """What a page needs to know of the book: its folder, its chapters in order, its repository."""

    root: Path
    chapters: tuple[str, ...]
    repository: str


def page(room: str, book: Book) -> str:
    """Everything below the title of a page, as reStructuredText."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries(room):
        groups.setdefault(_topic(entry, book), []).append(entry)
    places = {docname: place for place, docname in enumerate(book.chapters)}
    ordered = sorted(groups, key=lambda topic: places.get(topic, len(places)))
    sections = [_section(topic, groups[topic], book) for topic in ordered]
    return "\n\n".join([about(room), *sections, *commands(room)])


def _topic(entry: Entry, book: Book) -> str:
    """The chapter that teaches a name of a part; of other rooms, the module."""
    if entry.room not in PARTS:
        return entry.module
    docname = "/".join(["chapters", *entry.origin.split(".")[1:3]])
    return docname if docname in book.chapters else BESIDE


def _section(topic: str, group: list[Entry], book: Book) -> str:
    """A head, the table of names, the entries."""
    chapter = topic in book.chapters
    head = titles(book.root)[topic] if chapter else topic
    table = [
        f".. py:currentmodule:: {group[0].module}",
        "",
        ".. autosummary::",
        "   :nosignatures:",
    ]
    named = [f"   {e.name}" for e in group if callable(e.thing)]
    parts = [f"{head}\n{'-' * len(head)}"]
    if chapter:
        parts.append(f"Taught in :doc:`{head} </{topic}>`.")
    if named:
        parts.append("\n".join([*table, "", *named]))
    return "\n\n".join([*parts, *(_entry(entry, group, book) for entry in group)])


def _entry(entry: Entry, group: list[Entry], book: Book) -> str:
    if not callable(entry.thing):
        return _constant(entry, group, book)
    kind = "class" if isinstance(entry.thing, type) else "function"
    kind = "exception" if kind == "class" and issubclass(entry.thing, Exception) else kind
    lines = [f".. auto{kind}:: {entry.address}"]
    if kind != "function" and members(entry.thing):
        lines.append(f"   :members: {', '.join(members(entry.thing))}")
    return "\n".join([*lines, "", *(f"   {fact}" for fact in _facts(entry, book))])


def _facts(entry: Entry, book: Book) -> list[str]:
    """Where a name stands in the book, what it can replace, where its source is."""
    facts = []
    known = [c for c in uses(book.root).get(entry.address, []) if c in book.chapters]
    home = "/".join(["chapters", *entry.origin.split(".")[1:3]])
    where = [d for d in book.chapters if d == home] + [
        d for d in book.chapters if d in known and d != home
    ]
    if where:
        facts.append(f":In the book: {', '.join(_chapter(d, book) for d in where)}")
    if entry.room in PARTS and (other := counterpart(entry.thing)):
        facts.append(f":In place of: :py:obj:`{other}`")
    path = f"src/{entry.origin.replace('.', '/')}.py"
    if not (book.root / path).exists():
        path = f"src/{entry.origin.replace('.', '/')}/__init__.py"
    anchor = f"#L{line_of(entry.thing)}"
    facts.append(f":Source: `{path} <{book.repository}/blob/main/{path}{anchor}>`__")
    return facts


def _chapter(docname: str, book: Book) -> str:
    return f":doc:`{titles(book.root)[docname]} </{docname}>`"


def _constant(entry: Entry, group: list[Entry], book: Book) -> str:
    """A name for a value: what it is, and whose docstring explains it."""
    value = repr(entry.thing)
    shown = value if len(value) < 100 else f"{type(entry.thing).__name__} of {len(entry.thing)}"
    said = [e for e in group if re.search(rf"`{entry.name}`", e.thing.__doc__ or "")]
    links = ", ".join(f":py:obj:`~{e.address}`" for e in said if callable(e.thing))
    kind = f":py:class:`{type(entry.thing).__name__}`"
    text = f"A {kind}; see {links}." if links else f"A {kind}."
    return f".. py:data:: {entry.name}\n   :value: {shown}\n\n   {text}"
