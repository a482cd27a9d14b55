"""A chapter as a plain notebook: text for any viewer, the code cells as they are."""

import copy
from pathlib import Path

from nbformat import NotebookNode

from book.plain.convert import plain, raw
from book.plain.names import Pieces

NOTE = (
    "*This is the plain copy of [a chapter of Deep Tricks]({page}), for Colab, VS Code, Kaggle "
    "and GitHub. Run it from the first cell; on the page nothing needs to run.*"
)


def plain_notebook(
    notebook: NotebookNode, names: dict[str, Pieces], page: str, folder: Path
) -> NotebookNode:
    """`page` is the chapter's published address, `folder` where its source lies.

    Raises:
        ValueError: something of MyST would be left; the message names the cell.
    """
    result = copy.deepcopy(notebook)
    for cell in result.cells:
        if cell.cell_type == "markdown":
            try:
                cell.source = plain(cell.source, names, folder)
            except ValueError as error:
                raise ValueError(f"{page}, cell {cell.id}: {error}") from None
            if left := raw(cell.source):
                raise ValueError(f"{page}, cell {cell.id}: left is {'; '.join(left)}")
    title, _, rest = result.cells[0].source.partition("\n")
    result.cells[0].source = f"{title}\n\n{NOTE.format(page=page)}\n{rest}"
    return result
