"""Tick labels of logarithmic axes in plain text: 10⁻³ instead of mathematics set letter by letter.

Plain text takes the page's own font, and an explorable figure of many frames is drawn twice as
fast: matplotlib parses mathematics anew for every label of every frame.
"""

import math

from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, LogFormatterSciNotation

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class PlainPowers(LogFormatter):
    """matplotlib's choice of what to label, written in Unicode: 2¹⁰, −10³, 3×10⁻¹."""

    def __init__(self, theirs: LogFormatterSciNotation, base: float) -> None:
        super().__init__(base, theirs.labelOnlyBase, theirs.minor_thresholds)
        self.base = base

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write the label of a tick at `x`; empty where matplotlib would leave it out."""
        return power(x, self.base) if super().__call__(x, pos) else ""


def power(x: float, base: float) -> str:
    """Write `x` as factor × base^exponent, the factor 1 … base and left out where it is 1."""
    if x == 0:
        return "0"
    exponent = math.log(abs(x), base)
    whole = round(exponent) if math.isclose(exponent, round(exponent), abs_tol=1e-9) else None
    below = math.floor(exponent) if whole is None else whole
    name = "e" if base == math.e else f"{base:g}"
    sign, factor = "−" if x < 0 else "", f"{abs(x) / base**below:g}×"
    return sign + (factor if whole is None else "") + name + str(below).translate(SUPERSCRIPT)


def plain_powers(fig: Figure) -> None:
    """Let every logarithmic axis of `fig` that still has matplotlib's own labels use ours."""
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            base = getattr(axis.get_transform(), "base", 10.0)
            if type(theirs := axis.get_major_formatter()) is LogFormatterSciNotation:
                axis.set_major_formatter(PlainPowers(theirs, base))
            if type(theirs := axis.get_minor_formatter()) is LogFormatterSciNotation:
                axis.set_minor_formatter(PlainPowers(theirs, base))
