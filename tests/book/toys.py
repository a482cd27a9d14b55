"""A toy chapter that satisfies every guard."""

import textwrap

import nbformat
from nbformat import v4

CLAIM_MIME = "application/vnd.deeptricks.claim+json"
FIGURE_MIME = "application/vnd.deeptricks.figure+json"
PROMISE = "# A toy\n\nSix times seven, as {cite}`adams1979` has it."
FIGURE = {
    "name": "toy",
    "caption": "A toy.",
    "alt": "A line that rises from zero to one, and no further.",
}
CLAIM = {
    "sentence": "Six times seven is more than forty.",
    "condition": "at least 40",
    "measured": [42.0],
    "n": 1,
    "mean": 42.0,
    "sd": None,
    "unit": "",
    "value": "42",
    "held": True,
}


def show(mime: str, content: dict, text: str) -> str:
    """Source of a cell that displays one of our own mimes as `lab` does."""
    return f"display({ {'text/plain': text, mime: content}!r}, raw=True)"


def notebook(*cells: str, uses: str = "lab") -> nbformat.NotebookNode:
    """Never run. Its first cell notes in the file $TALLY that a kernel ran it."""
    first = f"""
        import os
        from deeptricks.{uses} import VALUE
        with open(os.environ["TALLY"], "a") as tally:
            _ = tally.write("{uses} ")
        VALUE"""
    claims = [show(CLAIM_MIME, CLAIM, "holds")] * 3
    code = [textwrap.dedent(first).strip(), *claims, show(FIGURE_MIME, FIGURE, "Figure"), *cells]
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell(PROMISE),
            *map(v4.new_code_cell, code),
            v4.new_markdown_cell("## Slide check\n\n```{exercise}\nAnd six times eight?\n```"),
        ]
    )
