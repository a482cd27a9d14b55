"""Each check of a deck, on one that is doctored so that it must fail, and on a good one."""

import json

import pytest

from book.slides.blocks import article, blocks
from book.slides.deck import deck
from book.slides.rules import slides
from tests.pages import checks, deck_checks
from tests.pages.browser import serve, visit

ALT = "A line that rises from the left edge to the right one, and no further."
LETTER = '<text y="20" style="font-size:12px">A</text>'
SVG = f'<svg role="img" aria-label="{ALT}" viewBox="0 0 432 244">{LETTER}</svg>'
RANGE = '<input type="range" id="r" list="values" min="0" max="4" value="0" aria-valuetext="0">'
LABELS = "".join(f'<option value="{n}" label="{n}"></option>' for n in range(5))
FRAMES = [
    f'<svg role="img" aria-label="The value is {n}; the line has an end."><text>{n}</text></svg>'
    for n in range(5)
]
EXPLORABLE = (
    '<div class="dt-explore" data-name="toy"><fieldset class="dt-controls" disabled>'
    '<legend>Settings</legend><div class="dt-slider"><label for="r">Value</label>'
    f'<output for="r">0</output>{RANGE}<datalist id="values">{LABELS}</datalist></div></fieldset>'
    f'<div class="dt-figure">{SVG}</div><p class="dt-description"></p>'
    '<p class="dt-announce" aria-live="polite"></p>'
    f'<script type="application/json">{json.dumps({"frames": FRAMES})}</script></div>'
)
FORMULA = "<section><h2>Part {0}</h2><div class='math'>\\[ x_{{{0}}} \\]</div></section>"
TEXT = "".join(FORMULA.format(n) for n in range(11))
MATHS = "<p>Two lines of words, so that there are notes.</p>"


def cell(inside, tags=""):
    figure = f'<figure><div class="output">{inside}</div></figure>'
    output = f'<div class="cell_output container">{figure}</div>'
    return f'<div class="cell {tags} container">{output}</div>'


PAGE = (
    '<article class="bd-article"><section><h1>Toy: a deck</h1><ol><li>One.</li><li>Two.</li></ol>'
    f"<section><h2>Look</h2>{MATHS}{cell(EXPLORABLE)}</section>{TEXT}</section></article>"
)


def made(page=PAGE):
    return deck("Toy", "Deep Tricks", slides(blocks(article(page))), page, "")


GOOD = made()


@pytest.mark.parametrize(
    "check",
    ["count", "nothing_raw", "titles_and_notes", "self_contained"],
)
def test_a_good_deck_passes(check):
    assert getattr(deck_checks, check)(GOOD) == []
    assert deck_checks.figures(GOOD, PAGE) == []


@pytest.mark.parametrize(
    ("check", "old", "new"),
    [
        ("count", "<section class=", "<div class="),
        ("nothing_raw", "<h2>Look</h2>", "<h2>Look, {cite}`he2016`</h2>"),
        ("nothing_raw", "<h2>Look</h2>", "<h2>Look</h2><p>:::{note}</p>"),
        ("nothing_raw", "<h2>Look</h2>", "<h2>Look</h2><p>$$x$$</p>"),
        ("nothing_raw", "<h2>Look</h2>", r"<h2>Look</h2><p>\(x\)</p>"),
        ("nothing_raw", "<h2>Look</h2>", "<h2>Look</h2><!-- slide_type: skip -->"),
        ("titles_and_notes", "<h2>Look</h2>", "<h2></h2>"),
        ("titles_and_notes", "<aside", "<div"),
        ("self_contained", "default-src 'none'; ", ""),
        ("self_contained", "script-src ", "script-src 'self' "),
        ("self_contained", "<main>", '<main><img src="https://example.org/a.png">'),
        ("self_contained", "<main>", '<link rel="stylesheet" href="a.css"><main>'),
    ],
)
def test_a_doctored_deck_fails(check, old, new):
    assert old in GOOD
    assert getattr(deck_checks, check)(GOOD.replace(old, new))


def test_a_figure_that_is_lost_or_was_to_be_left_out_is_named():
    another = cell(f'<div class="dt-figure">{SVG.replace("rises", "falls")}</div>')
    lost = PAGE.replace("</section></article>", f"{another}</section></article>")
    assert "missing" in deck_checks.figures(GOOD, lost)[0]
    unwanted = PAGE.replace('class="cell  container', 'class="cell tag_slide-type-skip container')
    assert "left out" in deck_checks.figures(GOOD, unwanted)[0]


@pytest.fixture
def look(browser, tmp_path):
    """Presents a deck and runs a check on the slide with the figure, number 3."""

    def run(check, html=GOOD):
        (tmp_path / "deck.html").write_text(html, "utf-8")
        with serve(tmp_path) as base, visit(browser, base, "deck.html", height=720) as seen:
            seen.page.evaluate("window.deck")
            seen.page.evaluate("Reveal.slide(2)")
            return check(seen) + checks.messages(seen)

    return run


def printed(seen):
    return deck_checks.printed(seen, 14)


PRESENTED = [
    *(deck_checks.room, deck_checks.letters, deck_checks.explorable_keeps_its_keys),
    *(checks.explorables, checks.accessibility, printed),
]
STYLE = "<style>/* doctored */ %s</style></head>"


@pytest.mark.parametrize("check", PRESENTED, ids=lambda check: check.__name__)
def test_a_good_deck_is_presented(look, check):
    assert look(check) == []


@pytest.mark.parametrize(
    ("check", "style"),
    [
        (deck_checks.room, ".reveal .dt-explore { width: 1400px }"),
        (deck_checks.room, ".reveal h2 { margin-bottom: -200px !important; height: 200px }"),
        (deck_checks.room, ".reveal .slide-number { top: 40px; left: 34px; right: auto }"),
        (deck_checks.letters, ".reveal .dt-slider label { font-size: 18px !important }"),
        (deck_checks.letters, ".reveal svg text { font-size: 5px !important }"),
        (checks.accessibility, ".dt-slider label { color: #bbb !important }"),
        (printed, "@media print { .reveal .slides > section { height: 800px !important } }"),
        (printed, "@media print { @page { size: A4 } }"),
    ],
)
def test_what_does_not_fit_fails(look, check, style):
    assert look(check, GOOD.replace("</head>", STYLE % style, 1))


@pytest.mark.parametrize("key", ["E", "Escape", "PageDown"])
def test_a_key_that_is_lost_is_seen(look, key):
    """The policy allows only the script whose hash it holds, so the deck is made anew."""
    lines = {"E": "keyCode: 69", "Escape": '"Escape", "PageDown"', "PageDown": "Reveal.next();"}
    others = {"E": "keyCode: 70", "Escape": '"PageDown"', "PageDown": "void 0"}
    import book.slides.deck as module

    original = module._scripts()
    doctored = [script.replace(lines[key], others[key]) for script in original]
    assert doctored != original
    module._scripts.cache_clear()
    old, module._scripts = module._scripts, lambda: doctored
    try:
        html = made()
    finally:
        module._scripts = old
    assert look(deck_checks.explorable_keeps_its_keys, html)
