"""The offline copy, unpacked into a folder with a space in its name and opened without a server."""

import hashlib
import re
import zipfile

import pytest

from tests.pages import checks
from tests.pages.browser import SITE, visit
from tests.pages.conftest import missing

ARCHIVE = SITE / "shelf" / "deep-tricks-offline.zip"
LINK = re.compile(r'\b(?:href|src)="([^"#?]+)[^"]*"')


def depends_on(item):
    """For book.unchanged: the archive."""
    return hashlib.sha256(ARCHIVE.read_bytes()).hexdigest() if ARCHIVE.exists() else ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    if not ARCHIVE.exists():
        missing("checks of the offline copy left out: it is not made (make offline)")
    target = tmp_path_factory.mktemp("off line")
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(target)
    return target / "deep-tricks"


@pytest.fixture(scope="module")
def base(folder):
    return f"{folder.as_uri()}/"


def test_every_link_between_its_files_has_an_end(folder):
    wrong = []
    for page in folder.rglob("*.html"):
        if page.is_relative_to(folder / "_static"):
            continue
        for to in LINK.findall(page.read_text("utf-8")):
            away = re.match(r"[a-z]+:", to) is not None
            if to.startswith("/") or not (away or (page.parent / to).resolve().exists()):
                wrong.append(f"{page.relative_to(folder)}: {to}")
    assert not wrong, "\n".join(wrong[:20])


def test_it_is_for_a_pocket(folder):
    assert ARCHIVE.stat().st_size < 25_000_000
    assert not [*folder.rglob("*.zip"), *folder.rglob("*.pdf"), *folder.glob("slides")]
    assert "index.html" in (folder / "README.txt").read_text("utf-8")


def test_a_figure_moves_and_a_link_leads_on_a_phone(browser, base, folder):
    assert "url=chapters/index.html" in (folder / "index.html").read_text("utf-8")
    with visit(browser, base, "chapters/index.html", width=390) as seen:
        assert "shelf/" not in seen.page.content()
        problems = checks.explorables(seen) + checks.overflow(seen)
        seen.page.locator('article a[href="signal/initialization.html"]').first.click()
        seen.page.wait_for_url("**/signal/initialization.html")
        seen.page.wait_for_load_state("load")
        seen.page.evaluate("MathJax.startup.promise")
        problems += checks.mathematics(seen) + checks.overflow(seen) + checks.equations(seen)
        problems += checks.messages(seen)
        problems += [f"asks for {url}" for url in seen.requests if not url.startswith(base)]
    assert not problems, "\n".join(problems)


def test_formulas_need_no_fonts(browser, base):
    """Firefox takes none from another folder of the disk."""
    with visit(browser, base, "chapters/normalization/batch_norm.html", width=390) as seen:
        assert seen.page.locator("mjx-container svg").count() > 20
        problems = checks.mathematics(seen) + checks.messages(seen) + checks.equations(seen)
        problems += checks.accessibility(seen)
    assert not problems, "\n".join(problems)


def test_search_finds_a_page(browser, base):
    with visit(browser, base, "search.html?q=whitening", width=390) as seen:
        first = seen.page.locator("#search-results li a").first
        first.wait_for(timeout=10_000)
        seen.page.wait_for_timeout(500)  # summaries would be fetched after the titles
        first.click()
        seen.page.wait_for_load_state("load")
        assert "whitening" in seen.page.content().lower()
        assert "/chapters/" in seen.page.url
        problems = checks.messages(seen)
    assert not problems, "\n".join(problems)
