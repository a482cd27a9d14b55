"""What would be wrong on paper is found before it is printed: each fault planted in a toy page."""

import pytest

from book.shelf.join import HERE
from book.shelf.pdf import TEXT_WIDTH

PAGE = """<!DOCTYPE html><html lang="en"><style>{css}
body {{ margin: 0 }} pre {{ overflow: hidden }}</style>
<script>const BOOK = {{ address: "https://example.org", names: {{ "chapters/toy": "toy",
"chapters/other": "other" }} }};{script}</script><main>
<div class="dt-page" id="front"></div>
<div class="dt-page" id="toy" data-page="chapters/toy"><article class="bd-article"><section>
<h1>Toy</h1>{inside}</section></article></div><div class="dt-page" id="other"
data-page="chapters/other"><article><section><h1>Other</h1><p id="there">There.</p></section>
</article></div></main><script>book()</script></html>"""
EXPLORE = (
    '<figure id="fig-a"><div class="dt-explore">'
    '<fieldset class="dt-controls"><input type="range"></fieldset>'
    '<div class="dt-figure"><svg width="9" height="9"></svg></div></div></figure>'
)
EXERCISE = '<div class="exercise" id="ex"><p class="admonition-title">Exercise 1</p></div>'
SOLUTION = (
    '<div class="solution" id="sol"><p><a href="#ex">Solution to Exercise 1</a></p>'
    '<section id="solution-content">42</section></div><p id="after">After.</p>'
)
FOLDED = (
    '<div class="cell"><details class="hide"><summary>Show</summary><pre>plot()</pre>'
    '<div class="cell_output">held</div></details></div>'
    "<details><summary>Going deeper</summary><p>Words.</p></details>"
)


@pytest.fixture(scope="module")
def paper(browser):
    """A function from what stands on the toy page to the page as it goes to the printer."""
    page = browser.new_page(viewport={"width": TEXT_WIDTH, "height": 900})
    script = "".join((HERE / name).read_text("utf-8") for name in ("paper.js", "faults.js"))
    css = (HERE.parent / "static" / "print.css").read_text("utf-8")

    def shown(inside):
        page.emulate_media(media="print")
        page.set_content(PAGE.format(css=css, script=script, inside=inside))
        return page

    yield shown
    page.close()


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ('<p><a href="other.html#nowhere">x</a></p>', "leads nowhere: #other--nowhere"),
        ("<p>As {cite}`Adam` says</p>", "raw source"),
        ("<p>:::{note}</p>", "raw source"),
        ("<p>a loss of $x^2$ here</p>", "raw source"),
        (r"<p>the \ell norm</p>", "raw source"),
        ('<p><span class="math">x</span></p>', "formula is not set"),
        (f'<div style="width: 900px"><p>{"wide " * 200}</p></div>', "<p> is cut at the right"),
        (
            '<pre style="white-space: pre !important">' + "x" * 300 + "</pre>",
            "<pre> is cut at the right",
        ),
        ("<p><button>Run</button></p>", "<button> on paper"),
        ('<p id="a">1</p><p id="a">2</p>', "two places are called toy--a"),
    ],
)
def test_a_fault_is_named(paper, inside, said):
    found = paper(inside).evaluate("faults()")
    assert any(said in sentence for sentence in found), found


def test_a_sound_page_has_none_and_is_made_a_part_of_the_book(paper):
    link = '<a href="other.html#there">there</a> <a href="../slides/toy.html">deck</a>'
    code = '<div class="highlight"><pre>' + "long = word " * 40 + "$a$ {cite}</pre></div>"
    article = f'<div class="bd-article">{code}</div>'
    page = paper(link + article + EXPLORE + EXERCISE + SOLUTION + FOLDED)
    assert page.evaluate("faults()") == []
    text = page.locator("#toy").inner_text()
    assert page.get_by_text("there", exact=True).get_attribute("href") == "#other--there"
    assert page.get_by_text("deck").get_attribute("href") == "https://example.org/slides/toy.html"
    assert "https://example.org/chapters/toy.html#fig-a" in text
    assert text.index("After.") < text.index("Solutions") < text.index("42")
    assert page.get_by_text("solution", exact=True).get_attribute("href") == "#toy--sol"
    assert "plot()" not in text
    assert "held" in text
    assert "Words." in text
    assert page.locator("h2.dt-h1").count() == 2
