"""Names at the ends of lines, in place of a legend."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike


def label_lines(ax: Axes) -> None:
    """Write each labeled line's name at its right end, in its color; no two names overlap.

    Call it last: it takes the limits and scales of the axes as they are. Raises a ValueError for a
    line without a finite point.
    """
    lines = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
    ax.figure.draw_without_rendering()
    to_axes = ax.transData + ax.transAxes.inverted()
    ends = np.array([np.clip(to_axes.transform(_end(line)), 0, 1) for line in lines])
    size = plt.rcParams["legend.fontsize"]
    gap = 1.2 * size * ax.figure.dpi / 72 / ax.bbox.height
    for line, x, y in zip(lines, ends[:, 0], apart(ends[:, 1], gap), strict=True):
        ax.annotate(
            str(line.get_label()),
            (x, y),
            xycoords="axes fraction",
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=line.get_color(),
            fontsize=size,
            annotation_clip=False,
        )


def apart(positions: ArrayLike, gap: float) -> np.ndarray:
    """Move the positions (within 0 … 1) as little as two passes need to be `gap` apart."""
    order = np.argsort(positions, kind="stable")
    moved = np.array(positions, dtype=float)[order]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    if len(moved):
        moved[-1] = min(moved[-1], max(1.0, gap * (len(moved) - 1)))
    for i in range(len(moved) - 2, -1, -1):
        moved[i] = min(moved[i], moved[i + 1] - gap)
    result = np.empty_like(moved)
    result[order] = moved
    return result


def _end(line: Line2D) -> np.ndarray:
    xy = line.get_xydata()
    finite = xy[np.isfinite(xy).all(axis=1)]
    if not len(finite):
        raise ValueError(f"the line {line.get_label()!r} has no finite point to label")
    return finite[np.argmax(finite[:, 0])]
