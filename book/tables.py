"""Tables of docutils nodes, for directives."""

from docutils import nodes


def table(heads: list[str], rows: list[list], widths: list[int], classes: list[str]) -> nodes.table:
    """A table with column heads; the first cell of a row is its head. A cell is a list of nodes."""
    result = nodes.table(classes=classes)
    group = nodes.tgroup(cols=len(heads))
    group += [nodes.colspec(colwidth=width, stub=int(i == 0)) for i, width in enumerate(widths)]
    head, body = nodes.thead(), nodes.tbody()
    head += _row([[paragraph(text)] for text in heads])
    body += [_row(row) for row in rows]
    group += [head, body]
    result += group
    return result


def paragraph(*content, classes=()) -> nodes.paragraph:
    """A paragraph of strings and inline nodes."""
    result = nodes.paragraph(classes=list(classes))
    result += [nodes.Text(part) if isinstance(part, str) else part for part in content]
    return result


def link(text: str, address: str) -> nodes.reference:
    return nodes.reference(text, text, refuri=address, internal=True)


def _row(cells):
    row = nodes.row()
    row += [nodes.entry("", *cell) for cell in cells]
    return row
