"""The whole book as one tagged PDF: Chromium prints it, pikepdf packs it."""

import hashlib
import io
import os
from contextlib import contextmanager
from pathlib import Path

import pikepdf
from pypdf import PdfReader

from book.browser import chromium, find_browser
from book.shelf.join import HERE, document

NAME = "shelf/deep-tricks.pdf"  # in the site
MADE_FROM = "/MadeFrom"  # in the PDF's own notes: the hash of all that went into it
TEXT_WIDTH = 657  # CSS pixels of the 174 mm between the margins, see paper.css
SHEET = {"prefer_css_page_size": True, "print_background": True}
NUMBERS = """numbers => document.querySelectorAll(".dt-contents li:has(a)").forEach((item) =>
  (item.querySelector(".dt-at").textContent =
    numbers[item.querySelector("a").getAttribute("href").slice(1)]))"""


class NoBrowserError(RuntimeError):
    """There is no Chromium to print with."""


def make(site: Path) -> tuple[Path, bool]:
    """Print the book of `site`; returns the PDF's path, and whether it had to be made.

    Raises NoBrowserError, FileNotFoundError where the book is not built, and ValueError where
    something would be cut, raw or dead on paper.
    """
    target, work = site / NAME, site.parent / "shelf"
    html = document(site, os.path.relpath(site, work))
    made_from = _hash(html, site)
    if target.exists() and _made_from(target) == made_from:
        return target, False
    executable = find_browser()
    if not executable:
        raise NoBrowserError("no chromium found to print with (Debian: apt-get install chromium)")
    work.mkdir(exist_ok=True)
    page = work / "book.html"
    page.write_text(html, "utf-8")
    packed = pack(_printed(page, executable), made_from)
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(packed)
    return target, True


def _hash(html: str, site: Path) -> str:
    """Of the document, all that it loads, and the code that prints it."""
    hashed = hashlib.sha256(html.encode())
    for file in sorted([*site.glob("_static/**/*.css"), *site.glob("_images/*"), *HERE.glob("*")]):
        if file.is_file():
            hashed.update(file.read_bytes())
    return hashed.hexdigest()


def _made_from(pdf: Path) -> str:
    return str((PdfReader(pdf).metadata or {}).get(MADE_FROM, ""))


@contextmanager
def opened(page: Path, executable: str):
    """The document as it will be printed: light, scripts run, fonts there, formulas set."""
    with chromium(executable) as browser:
        view = browser.new_page(
            color_scheme="light", viewport={"width": TEXT_WIDTH, "height": 970}, offline=True
        )
        view.set_default_timeout(0)  # several hundred pages, perhaps on a busy machine
        view.emulate_media(media="print")
        view.goto(page.as_uri(), wait_until="load")
        view.evaluate("MathJax.startup.promise")
        view.evaluate("document.fonts.ready")
        view.evaluate("speak()")
        yield view


def _printed(page: Path, executable: str) -> bytes:
    """Printed twice: no browser knows page numbers before, and the contents are to have them."""
    with opened(page, executable) as view:
        if faults := view.evaluate("faults()"):
            raise ValueError("The book is not fit for paper:\n" + "\n".join(faults[:20]))
        trial = PdfReader(io.BytesIO(view.pdf(**SHEET)))
        places = trial.named_destinations
        numbers = {
            name.removeprefix("/"): trial.get_destination_page_number(place) + 1
            for name, place in places.items()
        }
        view.evaluate(NUMBERS, numbers)
        return view.pdf(**SHEET, tagged=True, outline=True)


def pack(printed: bytes, made_from: str) -> bytes:
    """The same PDF at little more than half its size; the same pages give the same bytes.

    Tags are hundreds of thousands of small objects, and Chromium compresses none of them.
    """
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        _close(pdf.Root.Outlines)
        pdf.Root.PageMode = pikepdf.Name.UseOutlines
        notes = {"/Title": pdf.docinfo["/Title"], "/Author": "the Deep Tricks authors"}
        del pdf.docinfo
        for name, value in {**notes, MADE_FROM: made_from}.items():
            pdf.docinfo[name] = value
        packed = io.BytesIO()
        pdf.save(
            packed,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            recompress_flate=True,
            deterministic_id=True,
        )
    return packed.getvalue()


def _close(outline: pikepdf.Dictionary):
    """Parts and their chapters are shown; sections unfold."""
    part, shown = outline.get("/First"), 0
    while part is not None:
        chapter, chapters = part.get("/First"), 0
        while chapter is not None:
            if "/Count" in chapter:
                chapter.Count = -abs(int(chapter.Count))
            chapters += 1
            chapter = chapter.get("/Next")
        if chapters:
            part.Count = chapters
        shown += 1 + chapters
        part = part.get("/Next")
    outline.Count = shown
