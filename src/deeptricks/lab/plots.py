"""The few kinds of plot that the chapters repeat, in one style."""

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from deeptricks.lab.line_labels import label_lines
from deeptricks.lab.style import COLORS, INK, PAPER

__all__ = [
    "COLORS",
    "INK",
    "PAPER",
    "contours",
    "figure",
    "label_lines",
    "lines",
    "points",
    "spread",
]


def figure(
    columns: int = 1,
    rows: int = 1,
    *,
    width: float | None = None,
    height: float | None = None,
    **kw: Any,
) -> tuple[Figure, Any]:
    """Make a figure with ``rows × columns`` axes, sized so that its text is legible on a phone.

    Parameters
    ----------
    columns, rows
        How many axes stand side by side and below one another.
    width, height
        In inches; by default 6 wide for one column, 6.4 for two, 3 more for every further one, and
        3.4 high for each row.
    **kw
        Passed to `matplotlib.pyplot.subplots`.

    Returns
    -------
    fig, axes
        As `subplots` returns them.
    """
    width = width or {1: 6.0, 2: 6.4}.get(columns, 3.0 * columns)
    return plt.subplots(rows, columns, figsize=(width, height or 3.4 * rows), **kw)


def spread(
    ax: Axes, x: ArrayLike, runs: ArrayLike, label: str | None, color: str | None = None
) -> Line2D:
    """Draw the mean over seeds as a line, and a band that holds every seed.

    Parameters
    ----------
    ax
        Where to draw.
    x
        The places, in any unit.
    runs
        The values, of shape (seeds, len(x)).
    label, color
        Of the line.

    Returns
    -------
    Line2D
        The line of the mean.
    """
    x, runs = np.asarray(x), np.asarray(runs, dtype=float)
    if runs.ndim != 2 or runs.shape[1] != len(x):
        raise ValueError(f"runs must have shape (seeds, {len(x)}), got {runs.shape}")
    (line,) = ax.plot(x, runs.mean(axis=0), label=label, color=color)
    low, high = runs.min(axis=0), runs.max(axis=0)
    ax.fill_between(x, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    return line


def lines(ax: Axes, table: pd.DataFrame, *, x: str, y: str = "value", by: str) -> None:
    """Draw a table of `runs.sweep` as lines: `y` over `x`, one `spread` for each value of `by`.

    Parameters
    ----------
    ax
        Where to draw.
    table
        One row for each seed (column ``seed``) and setting.
    x, y, by
        Columns; the lines come in the order in which the values of `by` first appear.
    """
    for label, rows in table.groupby(by, sort=False):
        runs = rows.pivot(index="seed", columns=x, values=y)
        spread(ax, runs.columns, runs.to_numpy(), label=str(label))


def points(
    ax: Axes,
    labels: Sequence[str],
    runs: Sequence[ArrayLike],
    color: str | Sequence[str] = COLORS["blue"],
) -> None:
    """Draw every seed as a dot and a bar at the mean: one row for each label, the first on top.

    Parameters
    ----------
    ax
        Where to draw; its x axis carries the values.
    labels
        The names of the rows.
    runs
        ``runs[i]`` holds the values of ``labels[i]``, one for each seed.
    color
        One for all rows, or one for each.
    """
    if len(labels) != len(runs):
        raise ValueError(f"runs must hold one array per label, got {len(runs)} for {len(labels)}")
    colors = [color] * len(labels) if isinstance(color, str) else color
    for row, (of_row, tone) in enumerate(zip(runs, colors, strict=True)):
        values = np.asarray(of_row, dtype=float)
        rows = row + np.linspace(-0.15, 0.15, len(values)) if len(values) > 1 else [row]
        ax.plot(values, rows, "o", color=tone, alpha=0.55, markersize=6, markeredgewidth=0)
        ax.plot([values.mean()] * 2, [row - 0.32, row + 0.32], color=tone, linewidth=3)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.45, -0.55)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


def contours(
    ax: Axes,
    f: Callable[[np.ndarray, np.ndarray], ArrayLike],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    levels: int = 10,
    points: int = 81,
) -> None:
    """Draw contour lines of ``f(x, y)``, a function of two arrays, on ``points × points`` places.

    The levels grow as squares from the least value, so a quadratic shows evenly spaced ellipses.
    """
    x, y = np.meshgrid(np.linspace(*xlim, points), np.linspace(*ylim, points))
    z = np.asarray(f(x, y), dtype=float)
    heights = z.min() + np.ptp(z) * np.linspace(0, 1, levels + 2)[1:-1] ** 2
    ax.contour(x, y, z, levels=heights, colors=INK, alpha=0.35, linewidths=1)
    ax.set(xlim=xlim, ylim=ylim)
    ax.grid(visible=False)
