"""Two directives made of what the notebooks recorded.

``{chapter-map}``: every chapter with its promise, the time to read it and the time to run it.
``{ledger}``: every claim of the book, what was asked, measured and published, and how it stands;
with ``:status: not comparable, …`` only the claims that stand so.
"""

import re
from collections import Counter
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from book.fresh_seeds import RECORD
from book.pages import Chapter, duration
from book.sphinx_executed import facts, notebooks
from book.tables import link, paragraph, table

LOGGER = logging.getLogger(__name__)
FAILED = "does not hold"
STATUSES = {
    "verified here": "exact or measured in this book; no published number stands beside it",
    "replicated": "the source's finding, found again here",
    "direction only": "the effect is here, its published size is not",
    "not replicated here": "looked for in an honest experiment and not found",
    "not comparable": "measured here in another setting than the source's; the sentence says which",
    FAILED: "the claim fails in this build of the book",
}


def status(claim: dict) -> str:
    """Return one of `STATUSES`."""
    if not claim["held"]:
        return FAILED
    verdict = claim.get("verdict")
    return {None: "verified here", "not replicated": "not replicated here"}.get(verdict, verdict)


class ChapterMap(SphinxDirective):
    """Every chapter with its promise, its times and the number of its claims."""

    def run(self) -> list[nodes.Node]:
        """Make the nodes that stand in the place of the directive."""
        self.env.note_dependency(str(Path(self.env.srcdir) / "_toc.yml"))
        rows = [self.row(docname) for docname in notebooks(self.env.app)]
        heads = ["Chapter", "Read", "Run", "Claims"]
        return [table(heads, rows, [70, 10, 10, 10], ["dt-map"])] if rows else []

    def row(self, docname: str) -> list:
        """Make the cells of one chapter."""
        chapter = facts(self.env.app, docname)
        title = paragraph(link(chapter.title, address(self, docname)), classes=["dt-map-title"])
        run = "—" if chapter.seconds is None else duration(chapter.seconds)
        return [
            [title, *self.parse_text_to_nodes(chapter.promise)],
            [paragraph(f"{chapter.minutes} min")],
            [paragraph(run)],
            [paragraph(str(len(chapter.claims)))],
        ]


def statuses(argument: str) -> list[str]:
    """Read the option `status`: names of `STATUSES`, separated by commas."""
    names = [name.strip() for name in argument.split(",")]
    if unknown := [name for name in names if name not in STATUSES]:
        raise ValueError(f"status names {unknown}; there are {list(STATUSES)}")
    return names


class Ledger(SphinxDirective):
    """Every claim, chapter by chapter, after a count of how they stand; or those of a status."""

    option_spec: ClassVar = {"status": statuses}

    def run(self) -> list[nodes.Node]:
        """Make the nodes that stand in the place of the directive."""
        for name in ("_toc.yml", RECORD):
            self.env.note_dependency(str(Path(self.env.srcdir) / name))
        self.keys = bibliography_keys(self.env)
        chapters = [facts(self.env.app, docname) for docname in notebooks(self.env.app)]
        chapters = [chapter for chapter in chapters if chapter.claims]
        if not chapters:
            return [paragraph("No chapter makes a claim yet.")]
        sections = [part for chapter in chapters if (part := self.section(chapter))]
        if "status" in self.options:
            return sections or [paragraph("No claim stands so.")]
        return [*counts(chapters), *drawn(chapters), *sections]

    def section(self, chapter: Chapter) -> nodes.section | None:
        """Make a section with a table of the claims of one chapter; None where there is none."""
        asked_for = self.options.get("status", STATUSES)
        rows = [
            self.row(chapter, number, claim)
            for number, claim in enumerate(chapter.claims, 1)
            if status(claim) in asked_for
        ]
        if not rows:
            return None
        section = nodes.section(ids=[f"ledger-{chapter.docname.split('/')[-1]}"])
        heads = ["Claim", "Measured here", "Source", "Status"]
        section += nodes.title("", chapter.title)
        section += table(heads, rows, [42, 24, 20, 14], ["dt-ledger"])
        return section

    def row(self, chapter: Chapter, number: int, claim: dict) -> list:
        """Make the cells of one claim."""
        where = f"{address(self, chapter.docname)}#claim-{number}"
        lines = asked(claim)
        if chapter.draws:
            held, draws = chapter.draws["held"][number - 1], chapter.draws["draws"]
            lines.append(f"with fresh seeds: {held} of {draws} draws")
        small = [paragraph(line, classes=["dt-small"]) for line in lines]
        return [
            [paragraph(link(claim["sentence"], where))],
            [paragraph(claim["value"]), *small],
            self.source(claim),
            [paragraph(badge(status(claim))), paragraph(claim["kind"], classes=["dt-small"])],
        ]

    def source(self, claim: dict) -> list[nodes.Node]:
        """Cite the source where the book has it, with the place in it and its number."""
        if not claim.get("source"):
            return [paragraph("—", classes=["dt-none"])]
        key, lines = claim.get("cite"), [claim["source"]]
        cited = key in self.keys
        if key and not cited:
            LOGGER.warning("claim cites %r, which references.bib lacks: %s", key, claim["sentence"])
        if cited:
            place = re.search(r"\b(?:19|20)\d\d\w?\b\W*(.*)", claim["source"])
            lines = [place[1]] if place else lines
        if claim.get("published"):
            lines.append(f"its number: {claim['published']}")
        shown = self.parse_text_to_nodes(f"{{cite:t}}`{key}`") if cited else []
        small = ["dt-small"] if cited else []
        return [*shown, *(paragraph(line, classes=small) for line in lines if line)]


def counts(chapters: list[Chapter]) -> list[nodes.Node]:
    """Tell how many claims there are, and how they stand."""
    claims = [claim for chapter in chapters for claim in chapter.claims]
    count = Counter(status(claim) for claim in claims)
    kinds = Counter(claim["kind"] for claim in claims)
    items = nodes.bullet_list(classes=["dt-counts"])
    for name, meaning in STATUSES.items():
        if count[name] or name != FAILED:
            number = nodes.strong("", str(count[name]))
            items += nodes.list_item("", paragraph(number, " ", badge(name), f" {meaning}"))
    listed = ", ".join(f"{kind} {number}" for kind, number in kinds.most_common())
    return [paragraph(f"{len(claims)} claims by kind: {listed}."), items]


def drawn(chapters: list[Chapter]) -> list[nodes.Node]:
    """Tell what the counts of fresh draws are of: how many claims, which commit and processor."""
    known = [(chapter, chapter.draws) for chapter in chapters if chapter.draws]
    if not known:
        return []
    held = Counter(d["draws"] - count for _, d in known for count in d["held"])
    total, machines = sum(held.values()), {d["processor"] for _, d in known}
    commits = sorted({c for _, d in known for c in d["commit"].split(" and ")})
    often = sorted({d["draws"] for _, d in known})
    times = str(often[0]) if len(often) == 1 else f"{often[0]} to {often[-1]}"
    text = (
        f"{total} claims of {len(known)} chapters were drawn again, {times} times, with "
        f"other seeds than the page's (make seeds): {held[0]} held in every draw, "
        f"{held[1]} in all but one, {total - held[0] - held[1]} in fewer. "
        f"The code was that of {', '.join(commits)}; the processor: {', '.join(sorted(machines))}."
    )
    return [paragraph(text)]


def asked(claim: dict) -> list[str]:
    """Tell what would have made the claim fail, where it held, and what no effect would give."""
    lines = [f"asked: {claim['condition']}"]
    if claim["n"]:
        lines.append(f"holds in {claim['count']} of {claim['n']} {claim['over']}")
    if claim["null"]:
        lines.append(f"if nothing were there: {claim['null']}")
    return lines


def badge(name: str) -> nodes.inline:
    """Make the mark of a status."""
    return nodes.inline(name, name, classes=["dt-status", f"dt-status-{name.split()[0]}"])


def address(directive: SphinxDirective, docname: str) -> str:
    """Return the address of a page, seen from the page of the directive."""
    app = directive.env.app
    return app.builder.get_relative_uri(directive.env.docname, docname)


def bibliography_keys(env: BuildEnvironment) -> set[str]:
    """Return the keys that the book's references have."""
    text = (Path(env.srcdir) / "book" / "references.bib").read_text("utf-8")
    return set(re.findall(r"@\w+\{\s*([^,\s]+)\s*,", text))


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the two directives."""
    app.add_directive("chapter-map", ChapterMap)
    app.add_directive("ledger", Ledger)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
