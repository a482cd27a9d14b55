"""One style for every figure, and the few kinds of plot that the chapters repeat.

Importing this module applies the style. The colours keep the idea of Okabe and Ito (2008),
"Color universal design" (four hues that colour-blind eyes tell apart), in tones that stand out on a
white and on a dark page; a dark page of the book lightens them further (book/static/figures.css).
"""

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler

INK = "#1b1b1b"  # text, axes, ticks: takes the page's own ink when a figure is shown
PAPER = "#ffffff"  # halos and gaps: takes the page's background

COLORS = {
    "blue": "#0069d9",
    "orange": "#b25810",
    "green": "#037645",
    "purple": "#a8559f",
    "grey": "#6b6b6b",  # for what is only there to compare with
}

STYLE = {
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.labelsize": 13,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(linestyle=["-", "--"])
    * cycler(color=[COLORS[name] for name in ("blue", "orange", "green", "purple")]),
    "grid.color": INK,
    "grid.alpha": 0.14,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "font.size": 13,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "legend.fontsize": 12,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "image.interpolation": "none",
    "image.cmap": "gray",
    "svg.fonttype": "none",
}
plt.rcParams.update(STYLE)


def figure(columns=1, rows=1, *, width=None, height=None, **kw):
    """A figure with ``rows × columns`` axes, sized so that its text is legible on a phone.

    ``width`` and ``height`` are in inches (default: 6 wide for one column, 6.8 for two, 3 more for
    every further one; 3.4 high per row). Further arguments go to ``matplotlib.pyplot.subplots``.
    Returns ``fig, axes`` as ``subplots`` does.
    """
    width = width or {1: 6.0, 2: 6.8}.get(columns, 3.0 * columns)
    return plt.subplots(rows, columns, figsize=(width, height or 3.4 * rows), **kw)


def spread(ax, x, runs, label, color=None):
    """The mean over seeds as a line, and a band that holds every seed.

    ``runs`` has shape (seeds, len(x)). Returns the line.
    """
    x, runs = np.asarray(x), np.asarray(runs, dtype=float)
    if runs.ndim != 2 or runs.shape[1] != len(x):
        raise ValueError(f"runs must have shape (seeds, {len(x)}), got {runs.shape}")
    (line,) = ax.plot(x, runs.mean(axis=0), label=label, color=color)
    low, high = runs.min(axis=0), runs.max(axis=0)
    ax.fill_between(x, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    return line


def lines(ax, table, *, x, y="value", by):
    """A ``runs.sweep`` table as lines: ``y`` over ``x``, one ``spread`` for each value of ``by``.

    ``table`` has one row for each seed (column ``seed``) and setting; the lines come in the order
    in which the values of ``by`` first appear.
    """
    for label, rows in table.groupby(by, sort=False):
        runs = rows.pivot(index="seed", columns=x, values=y)
        spread(ax, runs.columns, runs.to_numpy(), label=str(label))


def points(ax, labels, runs, color=COLORS["blue"]):
    """Every seed a dot and a bar at the mean: one row of the axes for each label, first on top.

    ``runs[i]`` holds the values of ``labels[i]``, one per seed; the x axis carries the values.
    """
    if len(labels) != len(runs):
        raise ValueError(f"runs must hold one array per label, got {len(runs)} for {len(labels)}")
    colors = [color] * len(labels) if isinstance(color, str) else color
    for row, (values, tone) in enumerate(zip(runs, colors, strict=True)):
        values = np.asarray(values, dtype=float)
        rows = row + np.linspace(-0.15, 0.15, len(values)) if len(values) > 1 else [row]
        ax.plot(values, rows, "o", color=tone, alpha=0.55, markersize=6, markeredgewidth=0)
        ax.plot([values.mean()] * 2, [row - 0.32, row + 0.32], color=tone, linewidth=3)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.45, -0.55)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


def contours(ax, f, xlim, ylim, levels=10, points=81):
    """Contour lines of ``f(x, y)``, a function of two arrays.

    The levels grow as squares from the least value, so a quadratic shows evenly spaced ellipses.
    """
    x, y = np.meshgrid(np.linspace(*xlim, points), np.linspace(*ylim, points))
    z = np.asarray(f(x, y), dtype=float)
    heights = z.min() + np.ptp(z) * np.linspace(0, 1, levels + 2)[1:-1] ** 2
    ax.contour(x, y, z, levels=heights, colors=INK, alpha=0.35, linewidths=1)
    ax.set(xlim=xlim, ylim=ylim)
    ax.grid(visible=False)


def label_lines(ax):
    """Write each labelled line's name at its right end, in its colour; no two names overlap.

    Call it last: it takes the limits and scales of the axes as they are.
    """
    lines = [line for line in ax.lines if not line.get_label().startswith("_")]
    ax.figure.draw_without_rendering()
    to_axes = ax.transData + ax.transAxes.inverted()
    ends = np.array([np.clip(to_axes.transform(_end(line)), 0, 1) for line in lines])
    size = plt.rcParams["legend.fontsize"]
    gap = 1.2 * size * ax.figure.dpi / 72 / ax.bbox.height
    for line, x, y in zip(lines, ends[:, 0], apart(ends[:, 1], gap), strict=True):
        ax.annotate(
            line.get_label(),
            (x, y),
            xycoords="axes fraction",
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=line.get_color(),
            fontsize=size,
            annotation_clip=False,
        )


def apart(positions, gap):
    """The positions (within 0 … 1), moved as little as two passes need to be ``gap`` apart."""
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


def _end(line):
    xy = line.get_xydata()
    finite = xy[np.isfinite(xy).all(axis=1)]
    if not len(finite):
        raise ValueError(f"the line {line.get_label()!r} has no finite point to label")
    return finite[np.argmax(finite[:, 0])]
