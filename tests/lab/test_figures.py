"""`show`: an SVG that a page can take in as it is, with words for those who do not see it."""

import io
import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import numpy as np
import pytest

from deeptricks.lab import plots, show
from deeptricks.lab.figures import FIGURE_MIME, framed, svg

ALT = 'Loss falls from "one" to <zero> over ten epochs, faster & faster.'


def example(**kw):
    fig, ax = plots.figure(**kw)
    x = np.linspace(0, 1, 30)
    ax.plot(x, x**2 / 3, label="ours")
    ax.plot(x, x / 7, "o", color="black", markeredgecolor="white", label="theirs")
    ax.set(xlabel="epoch", ylabel=r"loss $\lambda$", title="a < b & c")
    ax.legend()
    return fig


def picture(name="loss", **kw):
    return svg(example(**kw), name, ALT)


def test_one_bundle_and_no_open_figure(shown, for_page):
    show(example(), "loss", "Loss of $f$ {cite}`x`", ALT)
    (bundle,) = shown
    assert bundle["text/plain"] == f"Figure: {ALT}"
    assert bundle[FIGURE_MIME] == {"name": "loss", "caption": "Loss of $f$ {cite}`x`", "alt": ALT}
    assert "Loss of" not in bundle["text/html"]
    assert plt.get_fignums() == []


def test_a_live_notebook_shows_the_caption(shown):
    show(example(), "loss", "Loss & time", ALT)
    assert "Loss &amp; time</p>" in shown[0]["text/html"]


def test_the_image_has_a_name_for_those_who_do_not_see_it():
    root = ET.fromstring(picture())
    assert root.tag.endswith("svg")
    assert root.get("role") == "img"
    assert root.get("aria-label") == ALT


@pytest.mark.parametrize("alt", [None, "", "A loss curve.", " " * 50])
def test_no_figure_without_a_description(shown, alt):
    with pytest.raises(ValueError, match="alt must say what the figure shows in at least 40"):
        show(example(), "loss", "Loss", alt)
    assert shown == []


@pytest.mark.parametrize("name", ["", "Loss", "two words", "-a", "a--b", None])
def test_names_make_labels(shown, name):
    with pytest.raises(ValueError, match="name must be"):
        show(example(), name, "Loss", ALT)


def test_ink_and_colors_are_the_pages():
    text = picture()
    assert "currentColor" in text
    for name, color in plots.COLORS.items():
        assert color not in text.replace(f"var(--dt-{name},{color})", "")
    assert f"var(--dt-blue,{plots.COLORS['blue']})" in text
    assert "var(--dt-paper,#ffffff)" in text
    assert plots.INK not in text
    assert "#000000" not in text
    assert 'style="fill: #ffffff' not in text


def test_nothing_leaks_into_the_page_around_it():
    text = picture()
    assert "<style" not in text  # matplotlib's holds for every element of the page
    assert "<metadata" not in text
    assert "<?xml" not in text
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)
    assert not re.search(r'\s(width|height)="[\d.]+pt"', text)


def test_identifiers_meet_their_references_and_no_other_figures():
    pictures = [picture("one"), picture("two")]
    ids = [re.findall(r' id="([^"]*)"', p) for p in pictures]
    for text, own in zip(pictures, ids, strict=True):
        references = re.findall(r'(?:href="|url\()#([^")]+)', text)
        assert set(references) == set(own)
        assert len(own) == len(set(own)) > 0
    assert not set(ids[0]) & set(ids[1])


def test_the_same_figure_is_the_same_text():
    assert picture() == picture()


def test_numbers_are_short_and_points_stay_where_they_were():
    def path_of_the_line(text, color):
        (path,) = re.findall(rf'd="([^"]*)"[^>]*stroke: {re.escape(color)}', text)
        return re.findall(r"-?\d[\d.]*", path)

    blue = plots.COLORS["blue"]
    fig, ax = plots.figure()
    ax.plot(np.linspace(0, 1, 9), np.sin(20 * np.linspace(0, 1, 9)))
    fig.set_layout_engine("none")  # it moves a little at every drawing
    theirs = io.StringIO()
    fig.savefig(theirs, format="svg")
    exact = path_of_the_line(theirs.getvalue(), blue)
    short = path_of_the_line(svg(fig, "sine", ALT), f"var(--dt-blue,{blue})")
    assert all(len(number.partition(".")[2]) <= 2 for number in short)
    np.testing.assert_allclose(np.array(short, float), np.array(exact, float), atol=0.00501)


def test_width_is_natural_at_most_and_wide_figures_scroll_by_keyboard():
    text = picture()
    assert "width:100%;max-width:576px;height:auto" in text
    assert "min-width" not in text
    assert "tabindex" not in framed(text)
    wide = picture(width=9)
    assert "min-width:544px" in wide
    assert 'tabindex="0"' in framed(wide)


def test_rasterized_parts_stay_inside():
    fig, ax = plots.figure()
    ax.scatter(*np.random.default_rng(0).normal(size=(2, 5000)), rasterized=True)
    text = svg(fig, "cloud", ALT)
    assert "data:image/png;base64," in text
    assert len(text) < 200_000


@pytest.mark.parametrize(
    "words",
    [
        "the ink is #1b1b1b",
        "paper #ffffff, blue #0069d9",
        'path d="1.23456" id="a"',
        "rotate(1.23456) translate(0.12345)",
        "a  b <!-- no comment --> 'DejaVu Sans' & </defs>",
    ],
)
def test_what_a_figure_says_stays_as_it_was_written(words):
    fig, ax = plots.figure()
    ax.set_title(words)
    texts = ["".join(t.itertext()) for t in ET.fromstring(svg(fig, "words", ALT)).iter()]
    assert words in texts


def test_mathematics_keeps_its_letters():
    fig, ax = plots.figure()
    ax.set_title(r"a $\lambda^2$ b")
    root = ET.fromstring(svg(fig, "letters", ALT))
    assert any(
        {"λ", "2", "a"} <= set("".join(t.itertext())) for t in root.iter() if "text" in t.tag
    )
