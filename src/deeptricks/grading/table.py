"""Rows of a summary as text: columns of equal width, numbers to the right."""

import sys

from tqdm import tqdm


def table(rows: list[dict]) -> str:
    """The rows below the names of their columns, which are the keys of the first row."""
    if not rows:
        return ""
    names = list(rows[0])
    texts = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in texts) for i in range(len(names))]
    right = [all(isinstance(row[name], int | float) for row in rows) for name in names]
    lines = []
    for line in texts:
        cells = zip(line, widths, right, strict=True)
        lines.append("  ".join(t.rjust(w) if r else t.ljust(w) for t, w, r in cells).rstrip())
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def bar(total: int, description: str):
    """A progress bar on standard error, where that is a terminal."""
    return tqdm(total=total, desc=description, leave=False, disable=not sys.stderr.isatty())
