"""`show`: a matplotlib figure as an inline SVG that takes the ink of the page around it."""

import html
import io
import re

import matplotlib.pyplot as plt

from deeptricks.lab.display import on_page, publish
from deeptricks.lab.plots import COLORS, INK, PAPER
from deeptricks.lab.ticks import plain_powers

FIGURE_MIME = "application/vnd.deeptricks.figure+json"
SHORTEST_DESCRIPTION = 40
WIDEST_WITHOUT_SCROLLING = 7.2  # inches: at 390 px of screen, 13 pt text is then 9 px high

INKS = {INK: "currentColor", "#000000": "currentColor", PAPER: f"var(--dt-paper,{PAPER})"} | {
    color: f"var(--dt-{name},{color})" for name, color in COLORS.items()
}


def show(fig, name, caption, alt):
    """Display one figure and close it.

    ``name``: the figure's label; the book's reference to it is ``fig-<name>``.
    ``caption``: MyST Markdown, shown under the figure and numbered by the book.
    ``alt``: what the figure shows, in words, at least 40 characters. It is compared whenever the
    notebook runs as a test, so it holds only numbers that are the same on every machine.

    Raises ValueError if ``name`` is not made of ``a-z 0-9 -``, or ``alt`` is too short.
    """
    check_name(name)
    check_description(alt, "alt")
    picture = framed(svg(fig, name, alt))
    plt.close(fig)
    publish(
        {
            "text/plain": f"Figure: {alt}",
            "text/html": picture if on_page() else picture + caption_html(caption),
            FIGURE_MIME: {"name": name, "caption": caption, "alt": alt},
        }
    )


def svg(fig, name, alt) -> str:
    """The figure as an SVG element to be put into HTML, with ``alt`` as its accessible name."""
    plain_powers(fig)
    buffer = io.StringIO()
    with plt.rc_context({"svg.hashsalt": name, "svg.id": None}):
        fig.savefig(buffer, format="svg", dpi=150, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    width, height = (float(v) for v in re.search(r'viewBox="0 0 (\S+) (\S+)"', text).groups())
    body = _compact(text[text.index("</defs>") + len("</defs>") :])
    style = f"width:100%;max-width:{width * 4 / 3:.0f}px;height:auto"
    if width > 72 * WIDEST_WITHOUT_SCROLLING:
        style += f";min-width:{0.75 * width:.0f}px"
    return (
        f'<svg role="img" aria-label="{html.escape(alt)}" xmlns="http://www.w3.org/2000/svg"'
        f' xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width:g} {height:g}"'
        f' style="{style};stroke-linejoin:round;stroke-linecap:butt">{body}'
    )


def framed(picture: str) -> str:
    """The container of a figure; one wider than a phone scrolls inside it, by keyboard too."""
    wide = "min-width" in picture
    scrolls = ' tabindex="0" role="group" aria-label="Wide figure"' if wide else ""
    return f'<div class="dt-figure" style="overflow-x:auto"{scrolls}>{picture}</div>'


def caption_html(caption: str) -> str:
    return f'<p class="dt-caption" style="max-width:40em">{html.escape(caption)}</p>'


def check_name(name):
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"name must be lower-case words joined by hyphens, got {name!r}")


def check_description(text, argument):
    if not isinstance(text, str) or len(text.strip()) < SHORTEST_DESCRIPTION:
        raise ValueError(
            f"{argument} must say what the figure shows in at least {SHORTEST_DESCRIPTION} "
            f"characters, got {text!r}"
        )


def _compact(text: str) -> str:
    """Theme colours, short numbers, the page's font, no identifiers but those referred to."""
    for color, ink in INKS.items():
        text = text.replace(color, ink)
    used = set(re.findall(r"#([\w.-]+)[\")]", text))
    text = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", text)
    text = re.sub(r'(?<=\s)(?:d|x|y)="[^"]*"|(?:translate|rotate)\([^)]*\)', _shorter, text)
    text = re.sub(r' transform="rotate\(-?0[ )][^"]*"', "", text)
    text = re.sub(r" font-family: 'DejaVu Sans',[^;\"]*;", "", text)
    text = text.replace("'DejaVu Sans'", "'DejaVu Sans',Verdana,sans-serif")  # spaced by letter
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def _shorter(match):
    text = re.sub(
        r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), match[0]
    )
    return re.sub(r"\s*\n", "", text)
