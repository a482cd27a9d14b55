"""The figure of a finding: its curves as one SVG element that takes the ink of the page around it.

Nothing of matplotlib's state is touched: no pyplot, no open figure, no style of the reader's.
"""

import html
import io
import itertools
import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from deeptricks.practice.debugging.report_text import number

INK = "#1b1b1b"  # becomes currentColor
HELD_AGAINST = "#6b6b6b"
# Four hues that color-blind eyes tell apart (after Okabe and Ito), 3:1 or more on white and black;
# a second round of them is dashed, a third dotted, and each line has its name at its end.
TONES = {"blue": "#0069d9", "orange": "#b25810", "green": "#037645", "purple": "#a8559f"}
LOOKS = [(tone, style) for style in ("-", "--", ":") for tone in TONES.values()]
INKS = {INK: "currentColor", "#000000": "currentColor"} | {
    tone: f"var(--dt-{name},{tone})" for name, tone in (TONES | {"gray": HELD_AGAINST}).items()
}
MOST_CURVES, MOST_POINTS = 12, 300
MANY_DECADES = 1.5  # of positive values, from which on the axis is logarithmic
STYLE = {
    "font.size": 11.5,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "axes.prop_cycle": "",
}


def drawable(curves: Mapping[str, Sequence[float]]) -> dict[str, np.ndarray]:
    """Return the curves that hold at least one finite number, thinned to at most 300 points."""
    kept: dict[str, np.ndarray] = {}
    for name, values in curves.items():
        row = np.asarray([float(value) for value in values], dtype=float).ravel()
        if np.isfinite(row).any() and len(kept) < MOST_CURVES:
            kept[str(name)] = row
    return kept


def describe(curves: Mapping[str, Sequence[float]], axis: str = "step") -> str:
    """Return the figure in words: where each curve starts and ends, and what is not finite."""
    said = []
    for name, row in drawable(curves).items():
        finite = row[np.isfinite(row)]
        along = f"{name.replace('_', ' ')} from {number(finite[0])} to {number(finite[-1])}"
        missing = len(row) - len(finite)
        said.append(along + (f" ({missing} of {len(row)} not finite)" if missing else ""))
    return f"Along the {axis}s: {'; '.join(said)}."


def svg(curves: Mapping[str, Sequence[float]], axis: str = "step", salt: str = "figure") -> str:
    """Draw the curves; the empty string where none holds a finite number.

    Parameters
    ----------
    curves
        Numbers by name. Where all are positive and span more than one and a half decades the axis
        is logarithmic. A curve named ``expected…`` is gray and dashed.
    axis
        What they run along.
    salt
        Makes the ids within the SVG its own; two figures of one page need two.
    """
    rows = drawable(curves)
    if not rows:
        return ""
    from matplotlib import rc_context, rcParamsDefault
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings = {name: rcParamsDefault[name] for name in ("path.sketch", "axes.titlesize")}
    style = {name: value for name, value in STYLE.items() if value}
    with rc_context({**settings, **style, "svg.hashsalt": salt, "axes.unicode_minus": True}):
        fig = Figure(figsize=(4.6, 2.5), layout="constrained")
        FigureCanvasSVG(fig)
        ax = fig.add_subplot()
        _draw(ax, rows)
        ax.set_xlabel(axis)
        buffer = io.BytesIO()
        no_metadata = dict.fromkeys(("Date", "Creator", "Type", "Format"))
        fig.savefig(buffer, format="svg", transparent=True, metadata=no_metadata)
    return _element(buffer.getvalue().decode(), describe(curves, axis))


def _draw(ax, rows: Mapping[str, np.ndarray]) -> None:
    """Draw each curve in its look, with its name at its end."""
    looks = itertools.cycle(LOOKS)
    finite = np.concatenate([row[np.isfinite(row)] for row in rows.values()])
    if (finite > 0).all() and math.log10(finite.max() / finite.min()) > MANY_DECADES:
        ax.set_yscale("log")
    ends = []
    for name, row in rows.items():
        expected = name.startswith("expected")
        color, style = (HELD_AGAINST, (0, (5, 2))) if expected else next(looks)
        x = np.arange(1, len(row) + 1)
        keep = np.unique(np.linspace(0, len(row) - 1, min(len(row), MOST_POINTS)).astype(int))
        ax.plot(x[keep], row[keep], color=color, linestyle=style, linewidth=2,
                marker="o" if len(row) <= 12 else None, markersize=4)  # fmt: skip
        last = np.flatnonzero(np.isfinite(row))[-1]
        ends.append((row[last], name.replace("_", " "), color))
    for spine in ("top", "right"):
        ax.spines[spine].set_visible(False)
    ax.grid(color=INK, alpha=0.14, linewidth=0.8)
    if max(map(len, rows.values())) <= 12:
        ax.set_xticks(range(1, max(map(len, rows.values())) + 1))
    _names(ax, ends)


def _names(ax, ends: list[tuple[float, str, str]]) -> None:
    """Write the names right of the axes, at the heights of the lines' ends, none over another."""
    to_axes = ax.transData + ax.transAxes.inverted()
    ax.autoscale_view()
    heights = [(min(1.0, max(0.0, to_axes.transform((1, y))[1])), n, c) for y, n, c in ends]
    gap, floor = 0.115, -0.2
    for height, name, color in sorted(heights):
        floor = max(height, floor + gap)
        ax.annotate(name, (1, floor), xytext=(6, 0), xycoords="axes fraction", color=color,
                    textcoords="offset points", va="center", annotation_clip=False)  # fmt: skip


def _element(text: str, words: str) -> str:
    """Return matplotlib's SVG as an element for HTML: its size, its ink, its words."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    box = re.search(r'viewBox="([^"]*)"', text)
    view = box.group(1) if box else "0 0 331 180"
    start = (
        f'<svg role="img" aria-label="{html.escape(words, quote=True)}" viewBox="{view}" '
        'style="width:100%;max-width:27rem;height:auto;display:block;fill:none;'
        'stroke-linejoin:round;stroke-linecap:butt">'
    )
    text = start + text[text.index(">") + 1 :]
    for tone, ink in INKS.items():
        text = re.sub(f"(fill|stroke): {tone}", rf"\1: {ink}", text)
    text = re.sub(r"<text style=\"(?![^\"]*fill)", '<text style="fill: currentColor; ', text)
    return re.sub(r">\s+<", "><", text).strip()
