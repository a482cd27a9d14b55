"""Each check, on a page that is doctored so that it must fail, and on one where it must not."""

import os

import pytest

from tests.pages import checks
from tests.pages.browser import serve, visit
from tests.pages.test_pages import digest

ALT = "A parabola through the origin that rises to one at the right edge."
GOOD = f"""<main><h1>A page</h1><article><p>Some text.</p><figure><div class="dt-figure">
<svg role="img" aria-label="{ALT}" width="100" height="50"></svg></div>
<figcaption>Figure 1</figcaption></figure></article></main>"""
EXPLORABLE = """<main><h1>Page</h1><div class="dt-explore" data-name="toy"><div class="dt-figure">
<svg role="img" aria-label="The value is 0, shown as a number."></svg></div>
<label>Value<input type="range" min="0" max="4" value="0" aria-valuetext="0"></label>
<p aria-live="polite"></p></div></main>"""
SCRIPT = """<script>document.querySelector("input").addEventListener("input", (e) => {
const v = e.target.value, svg = document.querySelector("svg"), words = "The value is " + v;
%s
});</script>"""
MOVES = {
    "picture": 'svg.innerHTML = "<title>" + v + "</title>";',
    "alternative text": 'svg.setAttribute("aria-label", words);',
    "announcement": 'document.querySelector("[aria-live]").textContent = words;',
    "aria-valuetext": 'e.target.setAttribute("aria-valuetext", v);',
}

DOCTORED = {
    "foreign_requests": GOOD + '<script src="https://cdn.example.org/a.js"></script>',
    "messages": GOOD + "<script>console.error('lost')</script>",
    "alternatives": GOOD.replace(f'aria-label="{ALT}"', ""),
    "accessibility": GOOD.replace("<p>", '<p style="color:#bbb">'),
    "overflow": GOOD.replace("<p>", '<p style="width:900px">'),
    "mathematics": GOOD.replace("<p>", r'<p class="math">\(x^2\)'),
    "code": GOOD.replace("<p>", f'<pre style="overflow:auto;width:50px">{"x" * 90}</pre><p>'),
    "letters": GOOD.replace("</svg>", '<text style="font-size:9px">small</text></svg>'),
    "equations": GOOD.replace(
        "<p>",
        '<section><h2>Rule</h2><div class="math"><mjx-container style="display:block;width:50px;'
        'overflow:auto"><b style="display:block;width:90px">x</b></mjx-container></div>'
        "</section><p>",
    ),
}
ALSO = {
    "a picture named by its file": ("alternatives", GOOD.replace(ALT, f"{'figure' * 8}.png")),
    "a figure without a picture": ("alternatives", GOOD.replace('role="img"', "")),
    "an image without a word": ("alternatives", GOOD.replace("<p>", '<p><img src="a.svg">')),
    "a thrown error": ("messages", GOOD + "<script>lost()</script>"),
    "plain words on the console": ("messages", GOOD + "<script>console.log('hello')</script>"),
    "a button without a name": ("accessibility", GOOD.replace("<p>", "<button></button><p>")),
    "a pale word of code": (
        "accessibility",
        GOOD.replace(
            "<p>",
            '<div><pre><span class="k">if</span> <span class="c" style="color:#bbb">one</span>'
            ' <span class="c" style="color:#bbb">another</span></pre></div><p>',
        ),
    ),
    "a pale word that lay folded before": (
        "accessibility",
        GOOD.replace(
            "<p>",
            '<div hidden><pre><span class="c">hidden</span></pre></div>'
            '<div><pre><span class="c" style="color:#bbb">another</span></pre></div><p>',
        ),
    ),
    "what is cut off": (
        "overflow",
        GOOD.replace("<p>", '<div style="overflow:hidden"><p style="width:900px">x</p></div><p>'),
    ),
}
CASES = {**{name: (name, body) for name, body in DOCTORED.items()}, **ALSO}


@pytest.fixture
def look(browser, tmp_path):
    """Runs one check on one body."""

    def run(check, body, width=390):
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        icon = '<link rel="icon" href="data:,"><title>Page</title>'
        html = f'<!DOCTYPE html><html lang="en"><head>{head}{icon}</head><body>{body}</body></html>'
        (tmp_path / "page.html").write_text(html, "utf-8")
        (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
        with serve(tmp_path) as base, visit(browser, base, "page.html", width) as seen:
            return check(seen)

    return run


@pytest.mark.parametrize("check", DOCTORED)
def test_a_good_page_passes(look, check):
    assert look(getattr(checks, check), GOOD) == []


@pytest.mark.parametrize("case", CASES)
def test_a_doctored_page_fails(look, case):
    check, body = CASES[case]
    assert look(getattr(checks, check), body)


def test_a_link_to_another_host_is_seen_without_a_browser():
    tags = (
        '<script defer src="https://cdn.example.org/a.js"></script>',
        '<link rel="stylesheet" href="//fonts.example.org/a.css">',
        '<img alt="" src="http://example.org/a.png">',
    )
    for tag in tags:
        assert checks.foreign_files(GOOD + tag), tag
    assert checks.foreign_files(GOOD + '<a href="https://example.org">elsewhere</a>') == []


def test_an_explorable_that_works_passes(look):
    assert look(checks.explorables, EXPLORABLE + SCRIPT % "".join(MOVES.values())) == []


@pytest.mark.parametrize("part", MOVES)
def test_an_explorable_that_leaves_something_behind_fails(look, part):
    rest = "".join(code for name, code in MOVES.items() if name != part)
    problems = look(checks.explorables, EXPLORABLE + SCRIPT % rest)
    assert problems
    if part != "picture":
        assert all(part in problem for problem in problems)


def test_weight_counts_what_is_loaded_compressed(look, tmp_path):
    (tmp_path / "a.js").write_bytes(b"//" + b"x" * 3_000_000)
    body = GOOD + '<script src="a.js"></script>'
    assert look(lambda seen: checks.weight(seen, tmp_path), body) == []
    (tmp_path / "a.js").write_bytes(b"//" + os.urandom(1_200_000).hex().encode())
    (tmp_path / "b.png").write_bytes(os.urandom(500_000))
    body += f'<img src="b.png" alt="{ALT}">'
    assert len(look(lambda seen: checks.weight(seen, tmp_path), body)) == 1


@pytest.mark.parametrize(
    ("file", "again"),
    [
        ("chapters/a.html", {"chapters/a.html", ""}),
        ("_static/book.css", {"chapters/a.html", "chapters/b.html", ""}),
        ("_images/a.png", {"chapters/a.html", "chapters/b.html", ""}),
        ("searchindex.js", {""}),
        ("_sources/chapters/a.ipynb", set()),
    ],
)
def test_a_page_is_looked_at_again_when_what_it_loads_has_changed(tmp_path, file, again):
    def state(folder, text):
        for name in ("chapters/a.html", "chapters/b.html", file):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text if name == file else "same")
        return {page: digest(page, folder) for page in ("chapters/a.html", "chapters/b.html", "")}

    before, after = state(tmp_path / "before", "old"), state(tmp_path / "after", "new")
    assert {page for page in before if before[page] != after[page]} == again
