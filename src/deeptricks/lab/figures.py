"""`show`: a matplotlib figure as an inline SVG that takes the ink of the page around it."""

import html
import io
import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from deeptricks.lab.display import on_page, publish
from deeptricks.lab.style import COLORS, INK, PAPER
from deeptricks.lab.ticks import plain_powers

FIGURE_MIME = "application/vnd.deeptricks.figure+json"
SHORTEST_DESCRIPTION = 40
WIDEST_WITHOUT_SCROLLING = 6.5  # inches: at 390 px of screen, 12 pt text is then 10 px high

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
ET.register_namespace("", SVG)
ET.register_namespace("xlink", XLINK)
WORDS = {f"{{{SVG}}}text", f"{{{SVG}}}tspan"}

INKS = {INK: "currentColor", "#000000": "currentColor", PAPER: f"var(--dt-paper,{PAPER})"} | {
    color: f"var(--dt-{name},{color})" for name, color in COLORS.items()
}


def show(fig: Figure, name: str, caption: str, alt: str) -> None:
    """Display one figure and close it.

    Parameters
    ----------
    fig
        A matplotlib figure.
    name
        The figure's label; the book's reference to it is ``fig-<name>``.
    caption
        MyST Markdown, shown under the figure and numbered by the book.
    alt
        What the figure shows, in words, at least 40 characters. It is compared whenever the
        notebook runs as a test, so it holds only numbers that are the same on every machine.

    Raises
    ------
    ValueError
        If `name` is not made of ``a-z 0-9 -``, or `alt` is too short.
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


def svg(fig: Figure, name: str, alt: str) -> str:
    """Return the figure as an SVG element for HTML, with `alt` as its accessible name."""
    plain_powers(fig)
    buffer = io.BytesIO()
    with plt.rc_context({"svg.hashsalt": name, "svg.id": None}):
        fig.savefig(buffer, format="svg", dpi=150, metadata={"Date": None, "Creator": None})
    root = ET.fromstring(buffer.getvalue())
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    style = f"width:100%;max-width:{width * 4 / 3:.0f}px;height:auto"
    if width > 72 * WIDEST_WITHOUT_SCROLLING:
        style += f";min-width:{0.84 * width:.0f}px"
    root.attrib = {
        "role": "img",
        "aria-label": alt,
        "viewBox": f"0 0 {width:g} {height:g}",
        "style": f"{style};stroke-linejoin:round;stroke-linecap:butt",
    }
    for child in root[:2]:  # their metadata, and a style that would hold for all of the page
        root.remove(child)
    _compact(root)
    return ET.tostring(root, encoding="unicode")


def framed(picture: str) -> str:
    """Frame a figure; one wider than a phone scrolls inside its frame, by keyboard too."""
    wide = "min-width" in picture
    scrolls = ' tabindex="0" role="group" aria-label="Wide figure"' if wide else ""
    return f'<div class="dt-figure" style="overflow-x:auto"{scrolls}>{picture}</div>'


def caption_html(caption: str) -> str:
    """Return the caption of a figure in a running notebook."""
    return f'<p class="dt-caption" style="max-width:40em">{html.escape(caption)}</p>'


def check_name(name: object) -> None:
    """Refuse what cannot be part of a label."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"name must be lower-case words joined by hyphens, got {name!r}")


def check_description(text: object, argument: str) -> None:
    """Refuse a figure that is not described."""
    if not isinstance(text, str) or len(text.strip()) < SHORTEST_DESCRIPTION:
        raise ValueError(
            f"{argument} must say what the figure shows in at least {SHORTEST_DESCRIPTION} "
            f"characters, got {text!r}"
        )


def _compact(root: ET.Element) -> None:
    """Theme colors, short numbers, the page's font, no identifiers but those referred to.

    What a figure says in words stays as it was written.
    """
    values = " ".join(v for element in root.iter() for v in element.attrib.values() if "#" in v)
    used = set(re.findall(r"#([\w.-]+)", values))
    for element in root.iter():
        attributes = element.attrib
        if attributes.get("id") not in used:
            attributes.pop("id", None)
        for key in attributes.keys() & SHORTENED.keys():
            attributes[key] = SHORTENED[key](attributes[key])
        if not attributes.get("transform", "-"):
            del attributes["transform"]
        if element.tag not in WORDS:
            element.text = element.tail = None  # line breaks between elements


def _ink(style: str) -> str:
    style = re.sub(r"#[0-9a-f]{6}\b", lambda color: INKS.get(color[0], color[0]), style)
    style = re.sub(r"font-family: 'DejaVu Sans',[^;]*;", "", style)
    return style.replace("'DejaVu Sans'", "'DejaVu Sans',Verdana,sans-serif")  # spaced by letter


def _shorter(numbers: str) -> str:
    text = re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), numbers)
    return re.sub(r"\s+(?=[A-Za-z])", "", text)


def _moved(transform: str) -> str:
    """Shorten places and angles; a scale needs its digits. No turn by nothing."""
    text = re.sub(r"(?:translate|rotate)\([^)]*\)", lambda m: _shorter(m[0]), transform)
    return re.sub(r"^rotate\(-?0[ )].*", "", text)


SHORTENED = {
    "d": _shorter,
    "x": _shorter,
    "y": _shorter,
    "transform": _moved,
    "style": _ink,
    f"{{{XLINK}}}href": lambda address: "".join(address.split()),
}
