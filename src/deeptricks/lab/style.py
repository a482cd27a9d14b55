"""One style for every figure: importing this module applies it.

The colors keep the idea of Okabe and Ito (2008), "Color universal design" (four hues that
color-blind eyes tell apart), in tones that stand out on a white and on a dark page; a dark page of
the book lightens them further (book/static/figures.css).
"""

import matplotlib.pyplot as plt
from cycler import cycler

INK = "#1b1b1b"  # text, axes, ticks: takes the page's own ink when a figure is shown
PAPER = "#ffffff"  # halos and gaps: takes the page's background

COLORS = {
    "blue": "#0069d9",
    "orange": "#b25810",
    "green": "#037645",
    "purple": "#a8559f",
    "gray": "#6b6b6b",  # for what is only there to compare with
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
