"""How lab's objects reach the reader: one display bundle each, for a page or a live notebook."""

import os

from IPython import get_ipython
from IPython.display import display


def on_page() -> bool:
    """Tell whether a notebook is being executed for the book (``DEEPTRICKS_PAGE`` is set)."""
    return bool(os.environ.get("DEEPTRICKS_PAGE"))


def publish(bundle: dict) -> None:
    """Display a mime bundle; outside a notebook, print its plain text."""
    if get_ipython() is None:
        print(bundle["text/plain"])
    else:
        display(bundle, raw=True)
