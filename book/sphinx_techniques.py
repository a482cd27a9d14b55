"""``{techniques}``: an index of the package, made from its docstrings."""

from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.sphinx_executed import facts, notebooks
from book.tables import link, paragraph, table
from book.techniques import PARTS, Technique, techniques


class Techniques(SphinxDirective):
    """A table for each part of the package."""

    def run(self) -> list[nodes.Node]:
        """Make the nodes that stand in the place of the directive."""
        self.titles = {
            docname: facts(self.env.app, docname).title.split(":")[0]
            for docname in notebooks(self.env.app)
        }
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
            [paragraph(entry(f"deeptricks.{technique.part}.{technique.name}", technique.name))],
            [paragraph(*with_code(technique.does))],
            [paragraph(entry(instead, instead)) if instead else nothing()],
            [self.chapter(technique)],
        ]

    def chapter(self, technique: Technique) -> nodes.paragraph:
        """Make a link to the chapter, where the name has one of its own."""
        docname = technique.docname
        if docname not in self.titles:
            return nothing()
        here = self.env.app.builder.get_relative_uri(self.env.docname, docname)
        return paragraph(link(self.titles[docname], here))


def entry(address: str, text: str) -> addnodes.pending_xref:
    """Make a link to what documents a name, here or at the framework's site."""
    return addnodes.pending_xref(
        "",
        nodes.literal("", text, classes=["xref", "py", "py-obj"]),
        refdomain="py",
        reftype="obj",
        reftarget=address,
        refwarn=True,
    )


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
