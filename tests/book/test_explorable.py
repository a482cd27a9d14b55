from nbformat import v4

from book.guards import FIGURE
from book.sphinx_explorable import drawing

HTML = '<div class="dt-explore" data-name="dial">…</div>'


def cell(name, html):
    data = {"text/html": html, "text/plain": "", FIGURE: {"name": name}}
    made = v4.new_code_cell("explore(…)")
    made.outputs = [v4.new_output("display_data", data=data)]
    return made


def test_an_explorable_figure_is_found_by_its_name():
    still, dial = cell("still", "<svg></svg>"), cell("dial", HTML)
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# T"), still, dial])
    assert drawing(notebook, "dial") == HTML
    assert drawing(notebook, "still") is None
    assert drawing(notebook, "other") is None
