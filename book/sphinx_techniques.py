"""``{techniques}``: an index of the package, made from its docstrings."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.sphinx_executed import facts, notebooks
from book.tables import link, paragraph, table
from book.techniques import PARTS, Technique, techniques


class Techniques(SphinxDirective):
    """A table for each part of the package."""

    def run(self) -> list[nodes.Node]:
        """Make the nodes that stand in the place of the directive."""
        for file in (Path(self.env.srcdir) / "src" / "deeptricks").rglob("*.py"):
            self.env.note_dependency(str(file))
        return [self.section(part, title) for part, title in PARTS.items()]

    def section(self, part: str, title: str) -> nodes.section:
        """Make a section with the table of one part."""
        section = nodes.section(ids=[f"names-{part}"])
        section += nodes.title("", title)
        heads = ["Name", "What it is", "In place of", "Chapter"]
        rows = [self.row(technique) for technique in techniques(part)]
        section += table(heads, rows, [27, 38, 21, 14], ["dt-index"])
        return section

    def row(self, technique: Technique) -> list:
        """Make the cells of one name."""
        instead = technique.instead_of
        return [
            [paragraph(nodes.literal("", technique.name))],
            [paragraph(*with_code(technique.does))],
            [paragraph(nodes.literal("", instead)) if instead else nothing()],
            [self.chapter(technique)],
        ]

    def chapter(self, technique: Technique) -> nodes.paragraph:
        """Make a link to the chapter, where the name has one of its own."""
        app, docname = self.env.app, technique.docname
        if docname not in notebooks(app):
            return nothing()
        title = facts(app, docname).title.split(":")[0]
        return paragraph(link(title, app.builder.get_relative_uri(self.env.docname, docname)))


def nothing() -> nodes.paragraph:
    """Make a dash, which a phone leaves out."""
    return paragraph("—", classes=["dt-none"])


def with_code(text: str) -> list[nodes.Node | str]:
    """Make of what stands in backticks, code."""
    pieces = text.replace("``", "`").split("`")
    return [nodes.literal("", p) if n % 2 else p for n, p in enumerate(pieces) if p]


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("techniques", Techniques)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
