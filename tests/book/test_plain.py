"""From MyST to plain Markdown, cell by cell."""

import pytest

from book.plain.convert import plain, raw

SITE = "https://example.org/"
NAMES = {
    "eq:eq-a-b": [["(1.2)", f"{SITE}a.html#equation-eq-a-b"]],
    "ref:ex-a-b": [["Exercise 1.1", f"{SITE}a.html#ex-a-b"]],
    "ref:below <a-deeper>": [["below", f"{SITE}a.html#a-deeper"]],
    "cite:he2015": [["[", None], ["He, 2015", f"{SITE}r.html"], ["]", None]],
    "numref:fig-a": [["Figure 1.1", f"{SITE}a.html#fig-a"]],
}


def made(source, folder=None):
    return plain(source, NAMES, folder)


def test_what_has_no_myst_stays_as_it_is():
    source = "# A\n\nText `{x}` and $y$:\n\n```python\nx = 1\n```\n\n- one\n- two"
    assert made(source) == source


def test_references_become_links():
    assert made("By {eq}`eq-a-b`.") == f"By [(1.2)]({SITE}a.html#equation-eq-a-b)."
    assert made("He {cite}`he2015`") == f"He [[He, 2015]({SITE}r.html)]"
    assert made("see {ref}`below <a-deeper>`") == f"see [below]({SITE}a.html#a-deeper)"


def test_an_equation_keeps_its_number_and_loses_its_label():
    assert made("$$\nx = y\n$$ (eq-a-b)\n\nend") == "$$\nx = y\n\\tag{1.2}\n$$\n\nend"
    assert made("$$\nx\n$$") == "$$\nx\n$$"
    assert made("(a-deeper)=\n## Deeper") == "## Deeper"


def test_exercises_and_folded_solutions():
    source = (
        "```{exercise} How\n:label: ex-a-b\nWhy $x$?\n```\n"
        "```{solution} ex-a-b\n:class: dropdown\nSee {numref}`fig-a`.\n```\nAfter."
    )
    assert made(source) == (
        "**Exercise 1.1** (How)\n\nWhy $x$?\n\n"
        "<details>\n<summary>Solution to Exercise 1.1</summary>\n\n"
        f"See [Figure 1.1]({SITE}a.html#fig-a).\n\n</details>\n\nAfter."
    )


def test_a_title_in_html_is_html():
    text = made("```{dropdown} The *first* step of $n$\nBody.\n```")
    assert "<summary>The <em>first</em> step of $n$</summary>\n\nBody." in text


def test_margins_and_included_files(tmp_path):
    assert made("```{margin}\nOne\n\ntwo\n```") == "> One\n>\n> two"
    (tmp_path / "table.md").write_text("| a |\n| - |\n", "utf-8")
    assert made("```{include} table.md\n```", tmp_path) == "| a |\n| - |"


def test_what_is_not_known_is_an_error():
    with pytest.raises(ValueError, match=r"\{eq\}`eq-none` is not among"):
        made("{eq}`eq-none`")
    with pytest.raises(ValueError, match=r"the directive \{tab-set\} has no plain form"):
        made("```{tab-set}\nx\n```")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("```{note}\nx\n```", "a directive"),
        ("a {term}`batch`", "a role"),
        ("(here)=\n# A", "a label"),
        ("$$x$$ (eq-a)", "a label"),
        ("[a](b.ipynb)", "a link"),
        ("as fig-a-b shows", "a label for a reference"),
    ],
)
def test_what_is_raw_is_seen(text, what):
    assert any(found.startswith(what) for found in raw(text))


def test_what_is_plain_is_not_raw():
    text = f"`{{x}}` and [a]({SITE}a.html#fig-a-b), f(x) and\n\n```python\nd[1](x)\n```"
    assert raw(text) == []
