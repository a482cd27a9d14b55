"""The reference as it was built: each public name has an entry, no source text is on screen."""

import inspect
import re

import pytest
from bs4 import BeautifulSoup

from book.reference.public import ROOMS, entries, members
from book.sphinx_reference import SITES
from tests.pages.browser import SITE, visit

FOLDER = SITE / "chapters" / "reference"
RAW = re.compile(r":\w+:`|`|-{4,}|={4,}|\.\. \w+::|::$|\\[*_|.]|~\w|Unknown|<class '", re.MULTILINE)


def depends_on(item):
    """For book.unchanged: the pages, and the names that must be on them."""
    pages = [*FOLDER.glob("*.html"), SITE / "chapters/techniques.html", SITE / "searchindex.js"]
    return "".join(f"{p.name} {p.read_text('utf-8')}" for p in pages if p.exists()) + str(SITE)


@pytest.fixture(params=ROOMS)
def room(request, site):
    return request.param


def soup(docname):
    page = (SITE / f"{docname}.html").read_text("utf-8")
    return BeautifulSoup(re.search(r"<article.*</article>", page, re.DOTALL)[0], "html.parser")


def expected(room):
    """The anchors of a page: every public name, and below a class what we wrote for it."""
    for entry in entries(room):
        yield entry.address
        for name in members(entry.thing) if inspect.isclass(entry.thing) else ():
            yield f"{entry.address}.{name}"


def faults(room, page):
    """All that a page of the reference does wrong."""
    callables = {entry.address for entry in entries(room) if callable(entry.thing)}
    anchors = [entry["id"] for entry in page.select("dt.sig")]
    yield from (f"no entry: {name}" for name in sorted(set(expected(room)) - set(anchors)))
    yield from (f"not public: {name}" for name in sorted(set(anchors) - set(expected(room))))
    for entry in page.select("dl.py > dd"):
        name = entry.find_previous_sibling("dt")["id"]
        if not entry.find("p"):
            yield f"says nothing: {name}"
        if name in callables and "Source:" not in [dt.get_text() for dt in entry.select("dt")]:
            yield f"no source: {name}"
    for tag in page.select("pre, code, .headerlink, script"):
        tag.decompose() if tag.name != "code" else tag.replace_with("x")
    yield from (f"raw: {found[0]!r}" for found in RAW.finditer(page.get_text()))
    yield from (f"a list that is none: {ol}" for ol in page.select("ol.upperalpha, ol.loweralpha"))


def test_every_public_name_has_an_entry_that_reads_well(room):
    assert list(faults(room, soup(f"chapters/reference/{room}"))) == []


def test_links_lead_to_what_they_name(room):
    """Inside, to an anchor that is there; outside, to the frameworks and the repository alone."""
    for link in soup(f"chapters/reference/{room}").select("a[href]"):
        target = link["href"]
        if link.select("code.py"):
            assert target.startswith((*SITES.values(), "#", f"{room}.html#", "../")) or (
                target.split(".html#deeptricks.")[0] in ROOMS
            ), target
        if not target.startswith("http"):
            file, _, anchor = target.partition("#")
            path = (FOLDER / file).resolve() if file else FOLDER / f"{room}.html"
            assert not anchor or f'id="{anchor}"' in path.read_text("utf-8"), target


def test_a_chapter_and_the_index_lead_to_entries(site):
    for docname in ("chapters/optimization/adaptive_methods", "chapters/techniques"):
        hrefs = [a["href"] for a in soup(docname).select("a[href]")]
        entry = "reference/optimization.html#deeptricks.optimization.adam_rule"
        assert any(href.endswith(entry) for href in hrefs)
    chapters = soup("chapters/reference/optimization").select("dd a[href*='adaptive_methods']")
    assert len(chapters) >= 8


def test_search_finds_a_name(browser, site):
    with visit(browser, site, "search.html?q=DropBlock2d") as seen:
        first = seen.page.locator("#search-results li a").first
        first.wait_for(timeout=10_000)
        entry = "reference/regularization.html#deeptricks.regularization.DropBlock2d"
        assert first.get_attribute("href").endswith(entry)


PAGE = '<dl class="py"><dt class="sig" id="deeptricks.lab.claim"></dt><dd>{}</dd></dl>'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "says nothing: deeptricks.lab.claim"),
        ("<p>Parameters<br>----------</p>", "raw: '----------'"),
        ("<p>of :math:`x`</p>", "raw: ':math:`'"),
        (r"<p>weight\_</p>", r"raw: '\\_'"),
        ("<p>~torch.Tensor</p>", "raw: '~t'"),
        ("<p>x</p><ol class='upperalpha'></ol>", "a list that is none"),
        ("<dl><dt class='sig' id='deeptricks.lab._x'></dt></dl>", "not public: deeptricks.lab._x"),
        ("<p>x</p>", "no entry: deeptricks.lab.explore"),
    ],
)
def test_a_fault_is_named(text, fault):
    page = BeautifulSoup(PAGE.format(text), "html.parser")
    assert fault in "\n".join(faults("lab", page))
