"""Tick labels of logarithmic axes in plain text: 10⁻³ instead of mathematics set letter by letter.

Plain text takes the page's own font, and an explorable figure of many frames is drawn twice as
fast: matplotlib parses mathematics anew for every label of every frame.
"""

import re

from matplotlib.ticker import LogFormatterSciNotation

SUPERSCRIPT = str.maketrans("−-0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LABEL = re.compile(r"\$\\mathdefault\{(.*?)10\^\{(.*)\}\}\$")


class PowersOfTen(LogFormatterSciNotation):
    """matplotlib's choice of what to label, written in Unicode."""

    def __call__(self, x, pos=None):
        label = super().__call__(x, pos)
        match = LABEL.fullmatch(label)
        if match is None:
            return label
        factor, power = match.groups()
        return factor.replace(r"\times", "×") + "10" + power.translate(SUPERSCRIPT)


def plain_powers(fig):
    """Let every logarithmic axis of ``fig`` that still has matplotlib's own labels use ours."""
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            if type(axis.get_major_formatter()) is LogFormatterSciNotation:
                axis.set_major_formatter(PowersOfTen())
            if type(axis.get_minor_formatter()) is LogFormatterSciNotation:
                axis.set_minor_formatter(PowersOfTen(labelOnlyBase=False))
