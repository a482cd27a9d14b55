from nbformat import v4

from book.slide_checks import LECTURES, OTHERS, Remark, remarks

TEXT = """## Play with it

**"Not here"** (CMU).

## Slide check

Five sentences.

**“One”** (the CMU lecture, with a formula $a * b$). Found, see {doc}`neighbor` and
{doc}`../inputs/scaling`.

**“Two”** (the same page). Found.

**“Three”**, **“four”** (a reader's notes on CS231n; the IST lecture has it too). Found.

**“Five”** (the same notes), and **“six”** (CMU). Found.

The notes say: **“seven”**. Nothing.

**“Eight”** Folklore: the chapter goes on:
"""


def test_remarks_are_gathered_by_lecture():
    cells = [v4.new_markdown_cell("# A chapter\n\n**Bold** (RU)."), v4.new_markdown_cell(TEXT)]
    later = [v4.new_code_cell("1"), v4.new_markdown_cell("**“Nine”** (UMN, page 2). Late.")]
    more = [v4.new_markdown_cell("## Exercises\n\n**“Ten”** (UMN).")]
    found = remarks("chapters/signal/toy", v4.new_notebook(cells=[*cells, *later, *more]))
    notes, cmu = LECTURES["231"], LECTURES["CMU"]
    assert [(r.lecture, r.said) for r in found] == [
        (cmu, "“One”"),
        (cmu, "“Two”"),
        (notes, "“Three”"),
        (notes, "“Five”"),
        (notes, "“seven”"),
        (OTHERS, "“Eight”"),
        (LECTURES["UMN"], "“Nine”"),
    ]
    links = "{doc}`/chapters/signal/neighbor` and {doc}`/chapters/inputs/scaling`."
    words = f"(the CMU lecture, with a formula $a * b$). Found, see {links}"
    assert found[0] == Remark(cmu, "“One”", words, "chapters/signal/toy")
    assert found[1].found == "Found."  # the table of a lecture need not name it again
    assert found[2].found.startswith("**“four”** (a reader's notes")
    assert found[5].found == "Folklore: the chapter goes on …"


def test_a_formula_has_a_word_beside_it():
    text = "## Slide check\n\n**$x + 1$** (CMU). Found.\n\n**$x$ at last** (CMU). Found."
    found = remarks("x", v4.new_notebook(cells=[v4.new_markdown_cell(text)]))
    assert [r.said for r in found] == ["the formula $x + 1$", "$x$ at last"]


def test_a_chapter_without_the_section_has_no_remarks():
    assert remarks("x", v4.new_notebook(cells=[v4.new_markdown_cell("# T\n\n**“a”** (RU)")])) == []
