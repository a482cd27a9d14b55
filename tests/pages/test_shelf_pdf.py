"""The PDF of the whole book, opened: its tags, outline, links, and what is written where."""

import hashlib
import re
from collections import Counter

import pytest
import yaml
from pypdf import PdfReader

from book.shelf.join import pages
from book.sphinx_address import addresses
from tests.pages.browser import ROOT, SITE
from tests.pages.conftest import missing

PDF = SITE / "shelf" / "deep-tricks.pdf"
BIGGEST = 25_000_000
RAW = re.compile(r"\{(?:cite|numref|ref|doc|eq|term)[:}]|:::|\$\$|mjx|MathJax")
EVERY = 20  # of its pages one is read for source and cut lines: `book.shelf` looked at all of them
MARGIN = 51  # points: 18 mm at either side of the text


def depends_on(item):
    """For book.unchanged: the PDF, and the pages that it is held against."""
    files = [PDF, *sorted((SITE / "chapters").rglob("*.html"))]
    hashes = (hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.exists())
    return "".join(hashes)


@pytest.fixture(scope="module")
def pdf():
    if not PDF.exists():
        missing("checks of the PDF left out: it is not made (make pdf)")
    return PdfReader(PDF)


@pytest.fixture(scope="module")
def outline(pdf):
    """[(level, title, page), …] of the whole outline."""

    def walk(items, level=0):
        for item in items:
            if isinstance(item, list):
                yield from walk(item, level + 1)
            else:
                yield level, item.title, pdf.get_destination_page_number(item)

    return list(walk(pdf.outline))


def plain(text):
    """Without what differs between a heading and its drawing: ligatures, spaces, kinds of marks."""
    for drawn, letters in {"ﬁ": "fi", "ﬂ": "fl", "ﬀ": "ff", "ﬃ": "ffi", "ʼ": "’"}.items():
        text = text.replace(drawn, letters)
    return re.sub(r"[\s­]+", "", text)


def test_it_is_small_enough_and_long_enough(pdf):
    chapters = len(pages(SITE, ".."))
    assert PDF.stat().st_size < BIGGEST
    assert 8 * chapters < len(pdf.pages) < 30 * chapters


def test_it_says_what_it_is(pdf):
    root = pdf.trailer["/Root"]
    assert root["/Lang"].startswith("en")
    assert root["/MarkInfo"]["/Marked"].value  # the object itself is true, whatever it says
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value
    assert pdf.metadata.title.startswith("Deep Tricks")
    assert pdf.metadata.author


def test_the_outline_has_every_part_and_chapter_in_order(pdf, outline):
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    parts = [title for level, title, _ in outline if level == 0]
    assert parts == ["Contents", *(part["caption"] for part in contents["parts"])]
    wanted = [plain(page.words) for page in pages(SITE, "..")]
    places = [(plain(title), number) for level, title, number in outline if level == 1]
    assert [title for title, _ in places] == wanted
    for title, number in places:
        assert title in plain(pdf.pages[number].extract_text()), f"{title} is not on its page"


def test_the_contents_give_the_page_of_each_chapter(pdf, outline):
    first = next(number for level, _, number in outline if level == 1)
    text = "\n".join(pdf.pages[number].extract_text() for number in range(1, first))
    numbers = {int(number) for number in re.findall(r"\b(\d+)\s*$", text, re.MULTILINE)}
    assert numbers >= {number + 1 for level, _, number in outline if level == 1}


def test_links_inside_resolve_and_links_outside_are_public(pdf):
    names = pdf.named_destinations
    address = addresses(ROOT / "pyproject.toml")["Documentation"]
    kinds, wrong = Counter(), []
    for number, page in enumerate(pdf.pages, 1):
        for link in page.get("/Annots") or []:
            place, action = link.get_object().get("/Dest"), link.get_object().get("/A")
            to = action.get_object().get("/URI", "") if action else ""
            kinds["inside" if place else "site" if to.startswith(address) else "outside"] += 1
            if (place and str(place) not in names) or (
                not place and not to.startswith(("https://", "http://", "mailto:"))
            ):
                wrong.append(f"page {number}: {place or to}")
    assert not wrong, "\n".join(wrong[:20])
    assert kinds["inside"] > 1000, kinds
    assert kinds["site"] >= len(pages(SITE, "..")) - 20, kinds  # each explorable figure's address


def elements(pdf):
    """Every element of the tree that a screen reader walks through."""
    todo = [pdf.trailer["/Root"]["/StructTreeRoot"]]
    while todo:
        found = todo.pop().get_object()
        if isinstance(found, list):
            todo.extend(found)
        elif isinstance(found, dict):
            yield found
            if "/K" in found:
                todo.append(found["/K"])


def test_figures_and_formulas_have_words(pdf):
    drawn = sum(
        page.article.count('role="img"') + page.article.count('class="math')
        for page in pages(SITE, "..")
    )
    kinds, words = Counter(), 0
    for element in elements(pdf):
        kinds[element.get("/S")] += 1
        words += bool(element.get("/S") == "/Figure" and str(element.get("/Alt", "")).strip())
    assert {"/H1", "/H2", "/H3", "/P", "/Table", "/TH", "/L", "/Link", "/Code"} <= set(kinds)
    assert words >= 0.95 * drawn, (words, drawn)


def test_nothing_is_raw_and_nothing_starts_beyond_the_margin(pdf):
    problems = []
    for number in range(3, len(pdf.pages), EVERY):
        page, right = pdf.pages[number], float(pdf.pages[number].mediabox.right) - MARGIN
        beyond = []

        def look(text, transform, matrix, font, size, right=right, beyond=beyond):
            x = matrix[4] * transform[0] + transform[4]
            if text.strip() and x > right + 1:
                beyond.append(f"{text.strip()[:40]!r} at {x:.0f}")

        text = page.extract_text(visitor_text=look)
        problems += [f"page {number + 1}: raw {found[0]!r}" for found in RAW.finditer(text)]
        problems += [f"page {number + 1}: {words} is beyond the margin" for words in beyond[:3]]
        if not text.strip():
            problems.append(f"page {number + 1} is empty")
    assert not problems, "\n".join(problems)
