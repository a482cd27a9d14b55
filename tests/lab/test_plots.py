"""The style: legible in light and dark, to color-blind eyes too; helpers draw what they say."""

import itertools
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from deeptricks.lab import plots

STYLES = Path(__file__).parents[2] / "book" / "static" / "figures.css"
LIGHT_PAGES = "#ffffff", "#fdfcfa"  # JupyterLab's, the book's
DARK_PAGES = "#111111", "#14181e"  # the same
# Machado, Oliveira and Fernandes (2009), severity 1, in linear RGB.
EYES = {
    "usual": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color):
    rgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(a, b):
    """WCAG 2.2, relative luminance and contrast ratio."""
    light = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (a, b))
    return (light[1] + 0.05) / (light[0] + 0.05)


def cielab(rgb):
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def dark_colors():
    dark = re.search(r'html\[data-theme="dark"\] \{(.*?)\}', STYLES.read_text(), re.DOTALL)[1]
    return {name: re.search(rf"--dt-{name}: (#\w{{6}});", dark)[1] for name in plots.COLORS}


@pytest.mark.parametrize("name", plots.COLORS)
def test_colors_stand_out_on_every_page(name):
    plain, dark = plots.COLORS[name], dark_colors()[name]
    for background in LIGHT_PAGES:
        assert contrast(plain, background) >= 4.5  # also as text
    for background in DARK_PAGES:
        assert contrast(plain, background) >= 3  # JupyterLab's dark theme knows only this one
        assert contrast(dark, background) >= 4.5


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("colors", [plots.COLORS, dark_colors()], ids=["light", "dark"])
def test_colors_differ_to_every_eye(colors, eyes):
    seen = {name: cielab(np.array(EYES[eyes]) @ linear(c)) for name, c in colors.items()}
    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 15, (a, b)  # a just noticeable one is 2.3


def test_text_is_legible_on_a_phone():
    for columns in (1, 2):
        fig, _ = plots.figure(columns=columns)
        scale = 388 / (72 * fig.get_figwidth())  # CSS pixels at 390 px of screen
        assert plt.rcParams["xtick.labelsize"] * scale >= 10


def test_spread_shows_mean_and_every_seed():
    _, ax = plots.figure()
    runs = np.array([[1.0, 2.0, 6.0], [3.0, 2.0, 0.0], [2.0, 2.0, 3.0]])
    line = plots.spread(ax, [0, 1, 2], runs, "ours")
    np.testing.assert_array_equal(line.get_ydata(), [2, 2, 3])
    band = ax.collections[0].get_paths()[0].vertices
    for x, column in enumerate(runs.T):
        heights = band[band[:, 0] == x, 1]
        assert (heights.min(), heights.max()) == (column.min(), column.max())
    with pytest.raises(ValueError, match=r"\(seeds, 3\), got \(3, 2\)"):
        plots.spread(ax, [0, 1, 2], runs[:, :2], "short")


def test_points_show_every_seed_and_the_mean():
    _, ax = plots.figure()
    runs = [np.array([1.0, 2.0, 6.0]), np.array([4.0])]
    plots.points(ax, ["many", "one"], runs)
    dots, means = ax.lines[0::2], ax.lines[1::2]
    for values, dot, mean in zip(runs, dots, means, strict=True):
        np.testing.assert_array_equal(dot.get_xdata(), values)
        assert list(mean.get_xdata()) == [values.mean()] * 2
    assert [t.get_text() for t in ax.get_yticklabels()] == ["many", "one"]
    assert ax.yaxis_inverted()
    with pytest.raises(ValueError, match="got 2 for 1"):
        plots.points(ax, ["many"], runs)


def test_contours_of_a_bowl_are_evenly_spaced_ellipses():
    _, ax = plots.figure()
    plots.contours(ax, lambda x, y: x**2 + 4 * y**2, (-3, 3), (-3, 3), levels=4)
    radii = np.sqrt(ax.collections[0].levels)
    np.testing.assert_allclose(np.diff(radii), radii[0], rtol=1e-12)
    first = ax.collections[0].get_paths()[0].vertices
    np.testing.assert_allclose(np.hypot(first[:, 0], 2 * first[:, 1]), radii[0], rtol=0.01)


def test_lines_are_the_groups_of_a_sweep_in_order_of_appearance():
    rows = [
        {"net": net, "rate": rate, "seed": seed, "loss": height + rate * seed}
        for net, height in (("wide", 1.0), ("deep", 5.0))
        for rate in (0.1, 0.2)
        for seed in (0, 1)
    ]
    _, ax = plt.subplots()
    plots.lines(ax, pd.DataFrame(rows), x="rate", y="loss", by="net")
    assert [line.get_label() for line in ax.lines] == ["wide", "deep"]
    np.testing.assert_allclose(ax.lines[1].get_xydata(), [[0.1, 5.05], [0.2, 5.1]], rtol=1e-12)
    assert len(ax.collections) == 2
