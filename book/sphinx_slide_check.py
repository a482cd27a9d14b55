"""``{slide-check}``: all that the chapters say of sentences in the lectures, lecture by lecture."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.execution import executed
from book.slide_checks import LECTURES, OTHERS, Remark, remarks
from book.sphinx_executed import facts, notebooks
from book.tables import link, paragraph, table


class SlideCheck(SphinxDirective):
    """A table for each lecture: what it says, what was found, in which chapter."""

    def run(self) -> list[nodes.Node]:
        """Make the nodes that stand in the place of the directive."""
        self.env.note_dependency(str(Path(self.env.srcdir) / "_toc.yml"))
        found = [remark for name in notebooks(self.env.app) for remark in self.of(name)]
        groups = [*LECTURES.values(), OTHERS]
        made = [self.section(g, [r for r in found if r.lecture == g]) for g in groups]
        return [section for section in made if section]

    def of(self, docname: str) -> list[Remark]:
        """Read the remarks of one chapter, as it was executed."""
        facts(self.env.app, docname)  # the page is read again whenever the chapter changes
        root = Path(self.env.srcdir)
        return remarks(docname, executed(root / f"{docname}.ipynb", root))

    def section(self, group: str, found: list[Remark]) -> nodes.section | None:
        """Make a section with the table of one lecture; None where nothing was said of it."""
        if not found:
            return None
        section = nodes.section(ids=[nodes.make_id(f"slides-{group}")])
        section += nodes.title("", group)
        heads = ["It says", "We found", "Chapter"]
        rows = [self.row(remark) for remark in found]
        section += table(heads, rows, [32, 52, 16], ["dt-ledger", "dt-slides"])
        return section

    def row(self, remark: Remark) -> list:
        """Make the cells of one remark."""
        app = self.env.app
        title = facts(app, remark.docname).title.split(":")[0]
        address = app.builder.get_relative_uri(self.env.docname, remark.docname)
        return [
            self.parse_text_to_nodes(remark.said),
            self.parse_text_to_nodes(remark.found),
            [paragraph(link(title, f"{address}#slide-check"))],
        ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("slide-check", SlideCheck)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
