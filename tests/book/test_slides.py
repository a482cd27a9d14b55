"""How a page is cut into slides, on a toy page as the book's pipeline makes it."""

import json
import re

import pytest
from nbformat import v4

from book.execution import chapters
from book.fingerprint import fingerprint
from book.pages import SLIDE_TYPES, chapter, page
from book.slides.arrange import place, section
from book.slides.blocks import article, blocks
from book.slides.deck import deck, inline
from book.slides.rooms import Slide
from book.slides.rules import slides
from book.slides.sentences import plain, sentences

MATHJAX = '<script>window.MathJax = {"tex": {"macros": {"R": "x"}}, "chtml": {"scale": 1}}</script>'


def cell(output="", code="x = 1", tags=""):
    """A code cell as MyST-NB writes it."""
    folds = "hide-" in tags
    source = f'<div class="highlight"><pre>{code}</pre></div>'
    source = f'<div class="cell_input container">{source}</div>'
    source = f"<details class='hide'>{source}</details>" if folds else source
    output = f'<div class="cell_output container">{output}</div>' if output else ""
    return f'<div class="cell {tags} container">{source}{output}</div>'


def figure(name, explore=False, box="0 0 432 216"):
    svg = f'<svg role="img" aria-label="What {name} shows" viewBox="{box}"></svg>'
    inside = f'<div class="dt-figure">{svg}</div>'
    inside = f'<div class="dt-explore">{inside}</div>' if explore else inside
    caption = f'<figcaption><span class="caption-text">Of {name}. More.</span></figcaption>'
    return f'<figure id="fig-{name}"><div class="output">{inside}</div>{caption}</figure>'


def claim(sentence):
    return (
        '<div class="output"><div id="claim-1"><div class="dt-claim">'
        f'<div class="dt-claim-sentence">✓ {sentence}</div>'
        '<div class="dt-claim-facts">verified here: 3 · asked: at least 2</div></div></div></div>'
    )


def formula(tex="a = b", number="1.1"):
    return f'<div class="math"><span class="eqno">({number})</span>\\[ {tex} \\]</div>'


def h2(title, *inside):
    head = f'<h2><span class="section-number">1.1. </span>{title}<a class="headerlink">#</a></h2>'
    return f"<section>{head}{''.join(inside)}</section>"


OPENING = (
    "<h1>Toy: a chapter</h1><p class='dt-times'>Read in 3 min</p><p>What it promises.</p>"
    "<ol><li>One.</li><li>Two.</li></ol>" + cell(code="import torch")
)
EXPERIMENT = h2(
    "It fails",
    "<p>Ten layers and one rate. A sentence more.</p>",
    cell(code="train()"),
    cell(figure("fails"), tags="tag_hide-input"),
    cell(claim("Ten do not learn"), tags="tag_hide-input"),
)
APART = h2("What to remember", "<ul><li>Keep it.</li></ul>") + h2(
    "Going deeper", "<p>Folded.</p>", cell(figure("deeper"), tags="tag_hide-cell")
)


def cut(*inside, opening=OPENING, apart=APART):
    text = f'<article class="bd-article"><section>{opening}{"".join(inside)}{apart}'
    return slides(blocks(article(text + "</section></article>")))


def kinds(made):
    return [slide.kind for slide in made]


def words(slide):
    return " ".join(plain(html) for _, html in slide.body)


def notes(slide):
    return " ".join(plain(html) for html in slide.notes)


def test_the_default_rule():
    made = cut(EXPERIMENT)
    assert kinds(made) == ["title", "points", "experiment", "figure", "points"]
    title, takeaways, experiment, fails, remember = made
    assert (title.title, notes(title)) == ("Toy: a chapter", "What it promises.")
    assert (takeaways.title, words(takeaways)) == (
        "Two things to take away",
        "One. Two.".replace(" ", ""),
    )
    assert words(experiment) == "Ten layers and one rate. A sentence more. train()"
    assert fails.title == experiment.title == "It fails"
    assert [kind for kind, _ in fails.body] == ["figure", "claim"]
    assert "What fails shows" in notes(fails)
    assert notes(experiment) == "Ten layers and one rate. A sentence more."
    assert words(remember) == "Keep it."


def test_a_formula_has_the_sentences_around_it_and_its_neighbor():
    leads = "Then this leads to the two that stand in a row, because one has to be long:"
    before, after = f"<p>First. {leads}</p>", "<p>Here a is it. The rest is told.</p>"
    made = cut(h2("Why", before, formula(), formula("c"), after))
    (slide,) = [slide for slide in made if slide.kind == "formula"]
    assert [kind for kind, _ in slide.body] == ["text", "formula", "formula", "text"]
    assert (plain(slide.body[0][1]), plain(slide.body[-1][1])) == (leads, "Here a is it.")
    assert "The rest is told." in notes(slide)


def test_a_sentence_is_said_once():
    made = cut(h2("Why", formula(), "<p>Write g for it. So</p>", formula("c")))
    (slide,) = [slide for slide in made if slide.kind == "formula"]
    assert words(slide).count("Write g for it.") == 1


def test_formulas_that_have_no_room_on_one_slide_make_two():
    tall = formula(r"\frac a b \\ \frac a b \\ \frac a b \\ \frac a b")
    assert kinds(cut(h2("Why", tall, tall), apart=""))[2:] == ["formula", "formula"]


def test_prose_between_two_figures_speaks_of_the_one_before():
    prose = "<p>So that was a.</p><p>And here is b:</p>"
    made = cut(h2("See", cell(figure("a")), prose, cell(figure("b"))))
    first, second = (slide for slide in made if slide.kind == "figure")
    assert "So that was a." in notes(first)
    assert "And here is b:" in notes(second)


def test_a_section_without_a_slide_is_in_the_notes_under_its_name():
    made = cut(EXPERIMENT, h2("Only words", "<p>Said in words.</p>"))
    assert "Only words Said in words." in notes(made[3])


def test_a_claim_that_has_no_room_beside_its_figure_has_a_slide_of_its_own():
    long = cell(claim("Many words are needed here. " * 20))
    made = cut(h2("See", cell(figure("a")), long, cell(claim("Short"))))
    (claims,) = [slide for slide in made if slide.kind == "claims"]
    assert claims.count("claim") == 2


def test_source_is_shown_if_it_is_short():
    block = '<div class="highlight-python"><div class="highlight"><pre>%s</pre></div></div>'
    short, long = (block % "\n".join(["x = 1"] * lines) for lines in (20, 21))
    assert "source" in kinds(cut(h2("How", cell(short))))
    assert "source" not in kinds(cut(h2("How", cell(long))))


@pytest.mark.parametrize(
    ("mark", "kept", "noted"),
    [("skip", False, False), ("notes", False, True), ("slide", True, False)],
)
def test_marks_win_over_the_rule(mark, kept, noted):
    marked = cell(claim("It holds"), tags=f"tag_hide-input tag_slide-type-{mark}")
    made = cut(EXPERIMENT, h2("Then", marked))
    assert any("It holds" in words(slide) for slide in made) == kept
    assert any("It holds" in notes(slide) for slide in made) == noted


def test_a_mark_brings_in_what_is_folded_and_code():
    folded = cell(figure("deeper"), tags="tag_hide-cell tag_slide-type-slide")
    shown = cell(code="look()", tags="tag_slide-type-slide")
    made = cut(EXPERIMENT, apart=h2("Going deeper", folded, shown, cell(code="hidden()")))
    assert kinds(made)[-2:] == ["figure", "code"]
    assert words(made[-1]) == "look()"


def test_what_is_folded_is_on_no_slide():
    made = cut(EXPERIMENT, h2("Then", cell(claim("It holds"), tags="tag_hide-cell")))
    assert not any("It holds" in words(slide) for slide in made)


def test_a_fragment_joins_the_slide_before():
    more = cell(code="look()", tags="tag_slide-type-fragment")
    made = cut(EXPERIMENT, h2("Then", more), apart="")
    assert words(made[-1]).endswith("look()")


@pytest.mark.parametrize(("mark", "on_a_slide"), [("slide", True), ("skip", False)])
def test_the_text_of_a_marked_cell(mark, on_a_slide):
    marked = f"<!-- slide_type: {mark} --><p>Said aloud.</p><!-- slide_type: - --><p>After.</p>"
    made = cut(EXPERIMENT, h2("Then", marked))
    assert any("Said aloud." in words(slide) for slide in made) == on_a_slide
    assert not any("Said aloud." in notes(slide) for slide in made)
    assert any("After." in notes(slide) for slide in made)


def test_sentences_keep_their_formulas_and_their_abbreviations():
    text = "<p>He et al. say <em>no. 1</em>. "
    text += '(By <a href="#x">it</a>, not by 0.5.) Then <b>x</b> &lt; y.</p>'
    (paragraph,) = article(f'<article class="bd-article">{text}</article>').select("p")
    assert sentences(paragraph) == [
        "He et al. say <em>no. 1</em>.",
        "(By it, not by 0.5.)",
        "Then <b>x</b> &lt; y.",
    ]


@pytest.mark.parametrize(
    ("box", "length", "expected"),
    [
        ("0 0 432 244.8", 100, "dt-beside"),
        ("0 0 460 180", 100, "dt-above"),
        ("0 0 460 180", 300, "dt-beside"),
        ("0 0 432 600", 0, "dt-beside dt-tall"),
    ],
)
def test_a_figure_stands_where_its_letters_are_largest(box, length, expected):
    assert place(figure("a", box=box), length) == expected


def test_a_claim_says_what_was_measured_and_not_what_was_asked():
    html = section(Slide("claims", "T", [("claim", claim("It holds"))]), "")
    assert "verified here: 3" in html
    assert "asked" not in html


@pytest.mark.parametrize(("null", "shown"), [("62 %", True), ("62 %, or " * 150, False)])
def test_a_claim_shows_its_null_where_the_slide_has_room(null, shown):
    html = claim("It holds").replace("at least 2", f"at least 2 · if nothing were there: {null}")
    made = section(Slide("claims", "T", [("claim", html)]), "")
    assert ("verified here: 3 · if nothing were there: 62 %<" in made) == shown
    assert "asked" not in made


@pytest.mark.parametrize(("words", "shown"), [(5, True), (110, False)])
def test_beside_a_figure_a_null_takes_room_that_the_words_leave(words, shown):
    html = claim("so " * words).replace("at least 2", "at least 2 · if nothing were there: 1")
    made = section(Slide("figure", "T", [("figure", figure("a")), ("claim", html)]), "")
    assert ("if nothing were there: 1" in made) == shown


def a_deck():
    made = cut(EXPERIMENT, h2("Play", cell(figure("play", explore=True))))
    return deck("Toy: a chapter", "Deep Tricks", made, MATHJAX, ".k { color: red }")


def test_a_deck_is_one_file_and_its_policy_lets_nothing_else_in():
    html = a_deck()
    body = re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.DOTALL)
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=(?!\"data:)", body)
    assert "url(fonts/" not in html
    policy = re.search(r'Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; img-src data:; font-src data:;")
    assert html.count("<section class=") == 6


def test_the_formulas_have_the_settings_of_the_page():
    settings = json.loads(re.search(r"<script>window.MathJax = (\{.*\})</script>", a_deck())[1])
    assert settings["tex"] == {"macros": {"R": "x"}}
    assert "chtml" not in settings


def test_a_script_in_a_page_ends_where_it_should():
    assert inline("a = '<!-- <script></script>'") == r"a = '\x3c!-- <script><\/script>'"


# What a chapter says reaches its page


def marked(kind, slide_type, tags=()):
    made = v4.new_markdown_cell if kind == "markdown" else v4.new_code_cell
    metadata = {"slideshow": {"slide_type": slide_type}, "tags": list(tags)}
    cells = [v4.new_markdown_cell("# Title\n\nPromise."), made("## Text", metadata=metadata)]
    nb = v4.new_notebook(cells=cells)
    return page(nb, chapter("chapters/part/toy", nb)).cells[1]


def test_a_mark_becomes_a_tag_of_a_code_cell():
    assert marked("code", "skip", ["hide-input"]).metadata.tags == ["hide-input", "slide-type-skip"]
    assert marked("code", "-").metadata.tags == []


def test_a_mark_stands_around_a_markdown_cell():
    text = marked("markdown", "notes").source
    assert text == "<!-- slide_type: notes -->\n\n## Text\n\n<!-- slide_type: - -->"
    assert marked("markdown", "-").source == "## Text"


def test_an_unknown_mark_is_refused():
    with pytest.raises(ValueError, match=r"chapters/part/toy, cell \w+: slide_type is 'subslide'"):
        marked("code", "subslide")


def test_a_page_links_to_its_deck():
    nb = v4.new_notebook(cells=[v4.new_markdown_cell("# Title\n\nPromise.")])
    text = page(nb, chapter("chapters/part/toy", nb)).cells[0].source
    assert '<a href="../../slides/part/toy.html">Slides</a>' in text


def test_a_mark_asks_for_no_execution(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "toy"\ndependencies = []\n')
    nb = v4.new_notebook(cells=[v4.new_code_cell("1")])
    before = fingerprint(nb, tmp_path)
    nb.cells[0].metadata["slideshow"] = {"slide_type": "skip"}
    assert fingerprint(nb, tmp_path) == before


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_the_marks_of_the_chapters_are_known(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    marks = {c["metadata"].get("slideshow", {}).get("slide_type", "-") for c in cells}
    assert marks <= set(SLIDE_TYPES)
