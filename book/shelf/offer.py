"""The landing page's line about what lies on the shelf: it names what is there, and its size."""

import re
from pathlib import Path

from pypdf import PdfReader

SHELF = "shelf"  # the folder in the site
LANDING = "chapters/index.html"
LINE = re.compile(r'<div class="dt-shelf"[^>]*>.*?</div>', re.DOTALL)
EMPTY = '<div class="dt-shelf" hidden></div>'


def offer(site: Path):
    """Write the line; where nothing lies on the shelf, nobody sees one."""
    landing = site / LANDING
    page = landing.read_text("utf-8")
    offered = LINE.sub(lambda _: _line(site), page, count=1)
    if offered != page:
        landing.write_text(offered, "utf-8")


def without(page: str) -> str:
    """A page without the line."""
    return LINE.sub(EMPTY, page)


def _line(site: Path) -> str:
    pdf, copy = site / SHELF / "deep-tricks.pdf", site / SHELF / "deep-tricks-offline.zip"
    items = []
    if pdf.exists():
        pages = len(PdfReader(pdf).pages)
        link = f'<a href="../{SHELF}/{pdf.name}">the book as a PDF</a>'
        items.append(f"{link} ({pages} pages, {_size(pdf)})")
    if copy.exists():
        link = f'<a href="../{SHELF}/{copy.name}">a copy that works offline</a>'
        items.append(f"{link} ({_size(copy)}; unpack it and open index.html)")
    if not items:
        return EMPTY
    return f'<div class="dt-shelf"><p>Take it with you: {", ".join(items)}.</p></div>'


def _size(file: Path) -> str:
    return f"{max(1, round(file.stat().st_size / 1e6))} MB"
