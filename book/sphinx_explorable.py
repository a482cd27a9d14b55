"""``{explorable} chapters/part/chapter figure``: a chapter's explorable figure on another page."""

from pathlib import Path

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book.execution import executed
from book.guards import FIGURE
from book.sphinx_executed import facts


class Explorable(SphinxDirective):
    """The figure as the chapter's execution drew it, controls and all."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        """Make the nodes that stand in the place of the directive."""
        docname, name = self.arguments
        facts(self.env.app, docname)  # this page is read again whenever the chapter changes
        root = Path(self.env.srcdir)
        html = drawing(executed(root / f"{docname}.ipynb", root), name)
        if html is None:
            raise self.error(f"{docname} has no explorable figure {name!r}")
        return [nodes.raw("", f'<div class="dt-embedded">{html}</div>', format="html")]


def drawing(notebook: NotebookNode, name: str) -> str | None:
    """The HTML of an executed notebook's explorable figure; None where it has none of this name."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            html = data.get("text/html", "")
            if data.get(FIGURE, {}).get("name") == name and 'class="dt-explore"' in html:
                return html
    return None


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("explorable", Explorable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
