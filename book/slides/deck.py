"""Slides as one HTML file that needs nothing beside itself: no network, no other file."""

import base64
import hashlib
import html
import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from string import Template

from book.slides.arrange import section
from book.slides.rooms import Slide
from book.slides.sentences import plain

HERE = Path(__file__).parent
STATIC = HERE.parent / "static"
STYLES = (HERE / "reveal/reveal.css", STATIC / "fonts.css", STATIC / "figures.css")
SCRIPTS = (HERE / "reveal/reveal.js", HERE / "reveal/notes.js", STATIC / "figures.js")
PACKAGE = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent
MATHJAX_SVG = PACKAGE / "static" / "mathjax" / "tex-svg.js"  # draws formulas, and needs no fonts
FONTS = re.compile(r"url\((fonts/[\w.-]+)\)")
SPEAKER_VIEW = re.compile(r"<script>(.*?)<\\/script>", re.DOTALL)
MATHJAX = re.compile(r"window\.MathJax = (\{.*?\})</script>")


def deck(title: str, subtitle: str, slides: list[Slide], page: str, pygments: str) -> str:
    """The file. `page` is the chapter's page, whose formulas have the settings of its MathJax."""
    sections = [section(slide, subtitle) for slide in slides]
    scripts = [f"window.MathJax = {json.dumps(mathjax_settings(page))}", *_scripts()]
    template = Template((HERE / "deck.html").read_text("utf-8"))
    return template.substitute(
        title=html.escape(plain(title)),
        policy=policy(scripts),
        styles=_styles() + pygments + (HERE / "slides.css").read_text("utf-8"),
        slides="\n".join(sections),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def policy(scripts: list[str]) -> str:
    """Nothing but what is in the file: no host, this one included, is asked for anything.

    The window with the speaker's notes shows the deck itself, twice, and has a script of its own.
    """
    speaker_view = SPEAKER_VIEW.search((HERE / "reveal/notes.js").read_text("utf-8"))[1]
    hashes = [_hash(script) for script in (*scripts, speaker_view.replace("\\\\", "\\"))]
    return (
        "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; "
        f"frame-src 'self'; base-uri 'none'; form-action 'none'; script-src {' '.join(hashes)}"
    )


def mathjax_settings(page: str) -> dict:
    """The page's, for output that needs no fonts and goes into the notes as it is."""
    found = MATHJAX.search(page)
    settings = json.loads(found[1]) if found else {}
    settings.pop("chtml", None)
    return settings | {
        "svg": {"fontCache": "local"},
        "options": {
            **settings.get("options", {}),
            "ignoreHtmlClass": "reveal",
            "processHtmlClass": "math",
        },
        "startup": {"typeset": False},
    }


@cache
def _scripts() -> list[str]:
    files = (MATHJAX_SVG, *SCRIPTS, HERE / "slides.js")
    return [inline(file.read_text("utf-8")) for file in files]


def inline(script: str) -> str:
    """A script that may stand inside a page: it holds no comment and no end of a script."""
    return script.replace("<!--", r"\x3c!--").replace("</script", r"<\/script")


@cache
def _styles() -> str:
    text = "\n".join(file.read_text("utf-8") for file in STYLES)
    return FONTS.sub(lambda found: f"url({_data(STATIC / found[1])})", text)


def _data(font: Path) -> str:
    return f"data:font/woff2;base64,{base64.b64encode(font.read_bytes()).decode()}"


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
