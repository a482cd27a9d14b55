"""The site as one archive that is unpacked anywhere and opened without a server.

Beside the site it is smaller and has no links that lead nowhere: each deck of slides is a file that
needs nothing else, and thirty of them would be three quarters of the archive, so they stay on the
published site, as does the PDF.
"""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from book.execution import ROOT
from book.shelf.offer import SHELF, without
from book.slides.deck import MATHJAX_SVG
from book.sphinx_address import addresses

NAME = "shelf/deep-tricks-offline.zip"  # in the site
FOLDER = "deep-tricks"
LEFT_OUT = (f"{SHELF}/", "slides/", "_static/mathjax/", ".buildinfo", ".doctrees", "objects.inv")
SLIDES = re.compile(r'href="(?:\.\./)*(slides/[^"]*)"')
# Browsers take no fonts from another folder of a disk: formulas are drawn, not set in fonts.
MATHJAX = re.compile(r"(_static/mathjax/)tex-chtml\.js(\?v=\w+)?")
# The search lists titles; the lines below them would be read from the pages, which no browser lets
# a page on a disk do.
OPTIONS = "_static/documentation_options.js"
NO_SUMMARY = (b"SHOW_SEARCH_SUMMARY: true", b"SHOW_SEARCH_SUMMARY: false")
OPEN_ME = """Deep Tricks: how deep networks are really trained
{address}

Open index.html in a browser. Nothing is fetched from the network.

On a phone: unpack the archive, then give the browser the address of index.html, for instance
file:///sdcard/Download/deep-tricks/index.html in Chrome for Android. iOS lets no browser open a
folder; take the PDF there: {address}/shelf/deep-tricks.pdf
"""


def make(site: Path, root: Path = ROOT) -> tuple[Path, bool]:
    """Pack the site; returns the archive's path, and whether it had to be made.

    The same site gives the same bytes. Raises FileNotFoundError where the book is not built.
    """
    if not (site / "index.html").exists():
        raise FileNotFoundError(f"{site / 'index.html'}: the book is not built (make book)")
    target = site / NAME
    files = dict(_files(site, addresses(root / "pyproject.toml")["Documentation"]))
    hashed = hashlib.sha256()
    for name, data in files.items():
        hashed.update(f"{name} {len(data)} ".encode() + data)
    made_from = hashed.hexdigest().encode()
    if target.exists() and _comment(target) == made_from:
        return target, False
    target.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.comment = made_from
        for name, data in files.items():
            member = zipfile.ZipInfo(f"{FOLDER}/{name}", (1980, 1, 1, 0, 0, 0))
            member.external_attr, member.create_system = 0o644 << 16, 3
            archive.writestr(member, data, zipfile.ZIP_DEFLATED)
    return target, True


def _comment(archive: Path) -> bytes:
    try:
        return zipfile.ZipFile(archive).comment
    except zipfile.BadZipFile:  # writing it was interrupted
        return b""


def _files(site: Path, address: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of the archive."""
    for file in sorted(path for path in site.rglob("*") if path.is_file()):
        name = file.relative_to(site).as_posix()
        if name.startswith(LEFT_OUT):
            continue
        data = file.read_bytes()
        if file.suffix == ".html" and not name.startswith("_static"):
            data = alone(data.decode(), address).encode()
        elif name == OPTIONS:
            data = data.replace(*NO_SUMMARY)
        yield name, data
    source = MATHJAX_SVG.parent
    for file in [MATHJAX_SVG, *sorted((source / "input/tex/extensions").rglob("*.js"))]:
        yield f"_static/mathjax/{file.relative_to(source).as_posix()}", file.read_bytes()
    yield "README.txt", OPEN_ME.format(address=address).encode()


def alone(page: str, address: str) -> str:
    """A page of the site as one of the archive."""
    page = SLIDES.sub(rf'href="{address}/\1"', without(page))
    return MATHJAX.sub(r"\1tex-svg.js", page)
