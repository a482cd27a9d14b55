"""Every deck of slides: what is on it, and how it is presented by keyboard on a desk projector."""

import hashlib

from tests.pages import checks, deck_checks
from tests.pages.browser import SITE, visit


def depends_on(item):
    """For book.unchanged: the deck, which holds all that it needs, and its page."""
    chapter = getattr(item, "callspec", None) and item.callspec.params.get("chapter")
    names = [f"slides/{chapter}.html", f"chapters/{chapter}.html"] if chapter else []
    return "".join(hashlib.sha256((SITE / name).read_bytes()).hexdigest() for name in names)


def read(chapter, folder="slides"):
    return (SITE / folder / f"{chapter}.html").read_text("utf-8")


def test_what_is_on_the_slides(site, chapter):
    html = read(chapter)
    problems = deck_checks.count(html) + deck_checks.nothing_raw(html)
    problems += deck_checks.titles_and_notes(html) + deck_checks.self_contained(html)
    problems += deck_checks.figures(html, read(chapter, "chapters"))
    assert not problems, "\n".join(problems)


def test_presented_by_keyboard(browser, site, chapter):
    problems, kinds = [], set()
    with visit(browser, site, f"slides/{chapter}.html", height=720) as seen:
        seen.page.evaluate("window.deck")
        total = seen.page.evaluate("Reveal.getTotalSlides()")
        problems += checks.mathematics(seen)
        for number in range(1, total + 1):
            kind = seen.page.evaluate("Reveal.getCurrentSlide().classList[0]")
            found = deck_checks.room(seen) + deck_checks.letters(seen)
            if kind not in kinds:  # what one of a kind has, all have
                found += checks.accessibility(seen)
            if kind == "dt-explorable-slide":
                found += deck_checks.explorable_keeps_its_keys(seen)
                found += checks.explorables(seen)
                seen.page.evaluate("document.activeElement.blur()")
            kinds.add(kind)
            if deck_checks.shown(seen) != number:
                found.append("the keys led elsewhere")
            problems += [f"slide {number}: {text}" for text in found]
            seen.page.keyboard.press("ArrowRight")
        problems += deck_checks.printed(seen, total)
        problems += checks.foreign_requests(seen) + checks.messages(seen)
        problems += [f"asks for {url}" for url in seen.requests[1:] if not url.startswith("data:")]
    assert "dt-explorable-slide" in kinds, "no figure to explore"
    assert not problems, "\n".join(problems)


def test_in_the_dark(browser, site, chapter):
    with visit(browser, site, f"slides/{chapter}.html", height=720, theme="dark") as seen:
        seen.page.evaluate("window.deck")
        dark = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        seen.page.keyboard.press("ArrowRight")
        problems = checks.accessibility(seen)
        seen.page.keyboard.press("d")
        light = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        problems += checks.messages(seen)
    assert dark != light
    assert not problems, "\n".join(problems)


def test_every_chapter_has_a_deck_and_a_place_in_the_index(site):
    from book.slides.write import chapters

    index = (SITE / "slides" / "index.html").read_text("utf-8")
    for chapter in chapters():
        assert (SITE / "slides" / f"{chapter.name}.html").exists()
        assert f'href="{chapter.name}.html"' in index
        link = f'href="../../slides/{chapter.name}.html"'
        assert link in (SITE / "chapters" / f"{chapter.name}.html").read_text("utf-8")


def test_the_window_with_the_notes(browser, site):
    """It shows the slide, the next and the notes, formulas included, and needs nothing else."""
    with visit(browser, site, "slides/normalization/batch_norm.html", height=720) as seen:
        seen.page.evaluate("window.deck")
        with seen.page.expect_popup() as opened:
            seen.page.keyboard.press("s")
        window = opened.value
        window.locator(".speaker-controls-notes:not(.hidden) .value").wait_for()
        for _ in range(5):
            seen.page.keyboard.press("ArrowRight")
        formula = window.locator(".speaker-controls-notes .value mjx-container svg").first
        formula.wait_for(timeout=10_000)
        assert len(window.frames) == 3
        problems = checks.messages(seen)
    assert not problems, "\n".join(problems)


def test_the_list_of_decks(browser, site):
    with visit(browser, site, "slides/index.html") as seen:
        problems = checks.accessibility(seen) + checks.overflow(seen)
        problems += checks.foreign_requests(seen) + checks.messages(seen)
    assert not problems, "\n".join(problems)
