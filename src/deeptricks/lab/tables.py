"""`show_table`: a table for the reader whose numbers the test suite does not compare.

Losses of trained networks differ in the third digit from one processor to the next. What such a
table means is said, and checked, by claims; its numbers are shown as they came out.
"""

from collections.abc import Hashable

import pandas as pd

from deeptricks.lab.display import publish


def show_table(table: pd.DataFrame) -> None:
    """Display ``table`` as HTML; the plain text that tests compare names rows and columns only.

    Rows that are only numbered, from 0 on, are shown without their numbers.

    Raises
    ------
    TypeError
        For anything but a pandas DataFrame.
    """
    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"table must be a pandas DataFrame, got {type(table).__name__}")
    columns = ", ".join(" ".join(map(str, _parts(c))) for c in table.columns)
    rows = ", ".join(" ".join(map(str, _parts(r))) for r in table.index)
    text = f"Table: {columns}. Rows: {rows}."
    numbered = isinstance(table.index, pd.RangeIndex) and table.index.name is None
    publish({"text/plain": text, "text/html": table.to_html(border=0, index=not numbered)})


def _parts(label: Hashable) -> tuple[Hashable, ...]:
    return label if isinstance(label, tuple) else (label,)
