"""The built book, a browser, and an honest word where one of them is missing."""

import os

import pytest

from book.browser import chromium, find_browser
from tests.pages.browser import SITE, serve


def missing(what: str):
    """A failure in CI; elsewhere these checks are left out, and say so."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def pages() -> list[str]:
    """Every page of the site but the redirect at its root and the decks of slides."""
    found = sorted(p.relative_to(SITE).as_posix() for p in SITE.rglob("*.html"))
    return [p for p in found if not p.startswith(("_static/", "slides/")) and p != "index.html"]


def decks() -> list[str]:
    """The chapters that have a deck, as <part>/<topic>."""
    folder = SITE / "slides"
    return sorted(p.relative_to(folder).with_suffix("").as_posix() for p in folder.glob("*/*.html"))


def pytest_generate_tests(metafunc):
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", pages() or [None])
    if "chapter" in metafunc.fixturenames:
        metafunc.parametrize("chapter", decks() or [None])


@pytest.fixture(scope="session")
def browser():
    executable = find_browser()
    if not executable:
        missing("browser checks left out: no chromium found (Debian: apt-get install chromium)")
    with chromium(executable) as opened:
        yield opened


@pytest.fixture(scope="session")
def site():
    if not pages():
        missing(f"browser checks left out: no book in {SITE} (make book)")
    with serve(SITE) as base:
        yield base
