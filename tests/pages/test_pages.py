"""Every page of the built book, in a real browser: on a desktop in light, on a phone in dark."""

import functools
import hashlib
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.pages import checks
from tests.pages.browser import SITE, visit

UNSEEN = (".html", ".txt", ".ipynb", ".pdf", ".zip")  # what no page loads


def depends_on(item):
    """For book.unchanged: the page with all styles, scripts and pictures; or the whole site."""
    path = getattr(item, "callspec", None) and item.callspec.params["path"]
    return digest(path, SITE) if path else digest("", SITE)


@functools.cache
def digest(path, site):
    """Hash of what a browser that opens this page may load: other pages and their texts are not."""
    own = [site / path] if path else site.rglob("*.html")
    files = {*own, *(p for p in site.rglob("*") if p.suffix not in UNSEEN)}
    if path:
        files -= {site / "searchindex.js", site / "objects.inv"}
    return "".join(f"{p.relative_to(site)} {_hash(p)}\n" for p in sorted(files) if p.is_file())


@functools.cache
def _hash(file: Path):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_no_file_names_another_host(site, path):
    assert checks.foreign_files((SITE / path).read_text("utf-8")) == []


def test_on_a_desktop_in_light(browser, site, path):
    with visit(browser, site, path) as seen:
        problems = checks.foreign_requests(seen) + checks.weight(seen, SITE)
        problems += checks.accessibility(seen) + checks.alternatives(seen)
        problems += checks.mathematics(seen) + checks.overflow(seen) + checks.explorables(seen)
        problems += checks.code(seen) + checks.equations(seen)
        problems += checks.messages(seen)
    assert not problems, "\n".join(problems)


def test_on_a_phone_in_dark(browser, site, path):
    with visit(browser, site, path, width=390, theme="dark") as seen:
        checks.unfold(seen)
        problems = checks.overflow(seen) + checks.accessibility(seen) + checks.equations(seen)
        problems += checks.letters(seen)
        problems += checks.foreign_requests(seen) + checks.messages(seen)
    assert not problems, "\n".join(problems)


def test_policy_forbids_other_hosts_and_eval(site, path):
    page = (SITE / path).read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "default-src 'self'" in policy
    assert not re.search(r"unsafe-eval|https?:|script-src[^;]*'unsafe-inline'", policy)


def test_search_finds_a_word(browser, site):
    with visit(browser, site, "chapters/index.html") as seen:
        seen.page.keyboard.press("Control+k")
        seen.page.keyboard.type("whitening")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url(re.compile("search.html"))
        first = seen.page.locator("#search-results li a").first
        first.wait_for(timeout=10_000)
        assert first.get_attribute("href")
        problems = checks.messages(seen)
    assert not problems, "\n".join(problems)


def test_the_ledger_is_filtered_by_words_and_status(browser, site):
    with visit(browser, site, "chapters/ledger.html") as seen:
        rows, page = seen.page.locator("table.dt-ledger tbody tr"), seen.page
        every = rows.count()
        said = page.locator(".dt-filter output")
        assert said.text_content() == f"{every} of {every} claims"
        page.get_by_label("Stands").select_option("not comparable")
        shown = rows.locator("visible=true")
        assert 0 < shown.count() < every
        assert {*shown.locator(".dt-status").all_text_contents()} == {"not comparable"}
        page.get_by_label("Stands").select_option("any")
        page.get_by_label("Words").fill("batch norm")
        assert 0 < shown.count() < every
        texts = [text.lower() for text in shown.all_text_contents()]
        assert all("batch" in text and "norm" in text for text in texts)
        page.get_by_label("Words").fill("no such claim anywhere")
        assert said.text_content() == f"0 of {every} claims"
        assert shown.count() == 0
        problems = checks.messages(seen)
    assert not problems, "\n".join(problems)


def test_the_syllabi_tell_the_minutes_at_the_top_of_their_chapters(site):
    """To a tenth: a sentence more in a chapter is no news for a syllabus."""
    page = BeautifulSoup((SITE / "chapters/instructors.html").read_text("utf-8"), "html.parser")
    weeks = [row for row in page.select("tr") if re.search(r"\b\d+ min\b", row.get_text())]
    assert len(weeks) == 10 + 15
    for row in weeks:
        minutes = [_minutes(a["href"]) for a in row.select('a[href*="/"]')]
        told = int(re.search(r"(\d+) min", row.get_text())[1])
        assert told == pytest.approx(sum(minutes), rel=0.1), row.get_text(" ")


def _minutes(chapter):
    page = (SITE / "chapters" / chapter.partition("#")[0]).read_text("utf-8")
    return int(re.search(r"Read in <b>(\d+) min", page)[1])


def test_front_address_leads_to_the_landing_page(browser, site):
    page = browser.new_page()
    page.goto(site)
    page.wait_for_url(re.compile("chapters/index.html"))
    page.close()


def test_theme_button_changes_the_colors(browser, site):
    with visit(browser, site, "chapters/index.html") as seen:
        paper = "getComputedStyle(document.body).backgroundColor"
        colors = {seen.page.evaluate(paper)}
        for _ in range(2):
            seen.page.locator(".theme-switch-button:visible").first.click()
            colors.add(seen.page.evaluate(paper))
    assert len(colors) == 2
