"""Letters of twice the size, and the colors that a reader's system forces on every page."""

import pytest

from tests.pages import checks
from tests.pages.browser import visit

PAGES = (
    *("chapters/index.html", "chapters/ledger.html"),
    "chapters/normalization/batch_norm.html",
)
LARGE = """document.addEventListener("DOMContentLoaded", () => {
  const style = document.createElement("style");
  style.textContent = "html { font-size: 32px !important }";
  document.head.append(style);
})"""
# Whether the sidebar is there as soon as every script of the page has run.
GONE = """
document.addEventListener("DOMContentLoaded", () => setTimeout(() => {
  const sidebar = document.querySelector("#pst-primary-sidebar");
  window.gone = getComputedStyle(sidebar).visibility;
}))"""
COLUMN = "document.querySelector('.bd-article p').clientWidth / innerWidth"
# Of each choice of a figure: [whether it is chosen, its color, its background].
CHOICES = """() => [...document.querySelectorAll(".dt-options label")].map((label) => {
  const style = getComputedStyle(label.querySelector("span"));
  const { color, backgroundColor, borderTopWidth } = style;
  return [label.querySelector("input").checked, color, backgroundColor, borderTopWidth];
})"""
INK = """(theme) => {
  document.documentElement.dataset.theme = theme;
  const svg = document.querySelector(".dt-figure svg");
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number);
    return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
  };
  const fills = [...svg.querySelectorAll("text")].map((text) => light(getComputedStyle(text).fill));
  return [light(getComputedStyle(svg).backgroundColor), fills];
}"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("place", PAGES)
def test_letters_of_twice_the_size_fit(browser, site, place, width):
    with visit(browser, site, place, width, script=LARGE) as seen:
        assert checks.overflow(seen) == []
        assert seen.page.evaluate(COLUMN) > 0.5, "the text is a narrow column"
        assert seen.page.locator(".primary-toggle:visible").count() == 1


def test_the_contents_come_back_beside_large_letters(browser, site):
    """They are gone at once, also where things may move: they do not slide away from a reader."""
    with visit(
        browser, site, PAGES[0], script=LARGE + GONE, reduced_motion="no-preference"
    ) as seen:
        sidebar = seen.page.locator("#pst-primary-sidebar")
        assert seen.page.evaluate("window.gone") == "hidden"
        seen.page.locator(".primary-toggle:visible").click()
        sidebar.wait_for(state="visible")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colors_leave_controls_and_figures_readable(browser, site, scheme):
    with visit(browser, site, PAGES[2], theme=scheme, forced_colors="active") as seen:
        choices = seen.page.evaluate(CHOICES)
        chosen = {tuple(c[1:3]) for c in choices if c[0]}
        others = {tuple(c[1:3]) for c in choices if not c[0]}
        assert chosen
        assert not chosen & others, "what is chosen looks like what is not"
        assert {c[3] for c in choices} == {"1px"}
        for theme in ("light", "dark"):  # a reader may have chosen one that the system has not
            paper, inks = seen.page.evaluate(INK, theme)
            assert inks
            assert all(abs(paper - ink) > 0.35 for ink in inks), (theme, paper, inks)


def test_a_page_that_is_dark_is_printed_light(browser, site):
    ink = "getComputedStyle(document.querySelector('.bd-article p')).color"
    with visit(browser, site, PAGES[2], theme="dark") as seen:
        before = seen.page.evaluate(ink)
        seen.page.evaluate(f"addEventListener('beforeprint', () => (window.printed = {ink}))")
        seen.page.pdf()
        assert seen.page.evaluate("printed") != before
        assert seen.page.evaluate(ink) == before
