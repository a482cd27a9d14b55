"""What the book makes of an executed notebook, and of the addresses in pyproject.toml."""

import pytest
from nbformat import v4
from sphinx.errors import ConfigError

from book.pages import CLAIM, FIGURE, chapter, page
from book.reading import reading_minutes
from book.sphinx_address import addresses
from book.sphinx_ledger import STATUSES, asked, status, statuses
from book.sphinx_offline import policy
from deeptricks.lab.claims import VERDICTS


def shown(**data):
    return v4.new_output("display_data", {m.replace("_", "/"): d for m, d in data.items()})


def figure(name):
    record = {"name": name, "caption": "A caption.", "alt": "What it shows. " * 4}
    return v4.new_output("display_data", {"text/html": f"<svg>{name}</svg>", FIGURE: record})


def claimed(sentence):
    record = {"sentence": sentence, "held": True, "verdict": None, "n": None, "condition": "1"}
    return v4.new_output("display_data", {"text/html": f"<p>{sentence}</p>", CLAIM: record})


def notebook(*outputs, text="# A title\n\nThe first\nparagraph.\n\nAnother.", tags=()):
    cells = [v4.new_markdown_cell(text), v4.new_code_cell("1", outputs=list(outputs))]
    cells[1].metadata["tags"] = list(tags)
    metadata = {"deeptricks": {"cpu_seconds": 24.6, "slowdown": 2.0}}
    return v4.new_notebook(cells=cells, metadata=metadata)


def made(nb):
    return page(nb, chapter("chapters/a", nb))


def test_facts_of_a_chapter():
    nb = notebook(
        claimed("one"), claimed("two"), text="# Title\n\nThe first\nparagraph.\n\n" + "w " * 439
    )
    facts = chapter("chapters/a", nb)
    assert (facts.title, facts.promise, facts.minutes) == ("Title", "The first paragraph.", 2)
    assert (facts.seconds, len(facts.claims)) == (12.3, 2)


LONG = "w " * 2200


@pytest.mark.parametrize(
    ("more", "minutes"),
    [
        (v4.new_markdown_cell(LONG), 11),
        (v4.new_markdown_cell("$$\nx\n$$\n\n" * 8), 3),
        (v4.new_markdown_cell(f"````{{dropdown}} More\n{LONG}\n```python\n1\n```\n````"), 1),
        (v4.new_markdown_cell(f"```{{solution}} ex\n{LONG}\n```\n{LONG}"), 11),
        (v4.new_code_cell("1\n" * 40), 3),
        (v4.new_code_cell("1\n" * 40, metadata={"tags": ["hide-input"]}), 1),
    ],
)
def test_reading_takes_the_time_of_words_formulas_and_code_in_sight(more, minutes):
    text = v4.new_markdown_cell("# Title " + "w " * 220)
    assert reading_minutes(v4.new_notebook(cells=[text, more])) == minutes


@pytest.mark.parametrize(("tags", "minutes"), [(["hide-input"], 2), (["hide-cell"], 1)])
def test_the_source_that_is_shown_is_read_too(tags, minutes):
    code = "1\n" * 40
    source = shown(text_markdown=f"```python\n{code}```\n\n<details>```python\n{code}```")
    assert reading_minutes(notebook(source, tags=tags)) == minutes


def test_a_chapter_without_a_title_is_refused():
    with pytest.raises(ValueError, match="chapters/a: the first cell"):
        chapter("chapters/a", notebook(text="No title"))


def test_times_stand_under_the_title():
    lines = made(notebook()).cells[0].source.splitlines()
    assert lines[0] == "# A title"
    assert "<b>1 min</b>" in lines[2]
    assert "<b>12 s</b> of CPU time" in lines[2]
    assert "Budget 30 s" in lines[2]


def test_a_figure_is_numbered_and_has_its_label_and_caption():
    (cell,) = made(notebook(figure("a"))).cells[1:]
    assert cell.metadata["mystnb"]["figure"] == {"name": "fig-a", "caption": "A caption."}
    assert list(cell.outputs[0].data) == ["text/html"]


def test_each_figure_of_a_cell_is_a_figure_of_its_own_and_order_is_kept():
    nb = notebook(
        shown(text_plain="x"), figure("a"), figure("b"), claimed("c"), tags=["hide-input"]
    )
    before, first, second, after = made(nb).cells[1:]
    assert "mystnb" not in before.metadata
    assert first.metadata["mystnb"]["figure"]["name"] == "fig-a"
    assert second.metadata["mystnb"]["figure"]["name"] == "fig-b"
    assert "mystnb" not in after.metadata
    assert before.metadata["tags"] == ["hide-input"]
    assert all(part.metadata["tags"] == ["remove-input"] for part in (first, second, after))


def test_claims_are_anchored_in_the_order_of_the_ledger():
    (cell,) = made(notebook(claimed("one"), claimed("two"))).cells[1:]
    html = [output.data["text/html"] for output in cell.outputs]
    assert html == ['<div id="claim-1"><p>one</p></div>', '<div id="claim-2"><p>two</p></div>']


def test_the_executed_notebook_is_left_as_it_was():
    nb = notebook(figure("a"), claimed("one"))
    before = v4.new_notebook(**nb)
    made(nb)
    assert nb == before
    assert FIGURE in nb.cells[1].outputs[0].data


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"held": False, "verdict": "replicated"}, "does not hold"),
        ({"held": True, "verdict": None}, "verified here"),
        ({"held": True, "verdict": "replicated"}, "replicated"),
        ({"held": True, "verdict": "direction only"}, "direction only"),
        ({"held": True, "verdict": "not replicated"}, "not replicated here"),
        ({"held": True, "verdict": "not comparable"}, "not comparable"),
    ],
)
def test_status(record, expected):
    assert status(record) == expected


def test_every_status_is_explained():
    for verdict in (None, *VERDICTS):
        assert status({"held": True, "verdict": verdict}) in STATUSES


def test_what_was_asked_names_condition_values_and_null():
    record = {"condition": "at least 3", "n": 12, "count": 11, "over": "widths", "null": "1"}
    lines = ["asked: at least 3", "holds in 11 of 12 widths", "if nothing were there: 1"]
    assert asked(record) == lines
    assert asked({"condition": "1", "n": None, "null": None}) == ["asked: 1"]


def test_addresses_come_from_one_place(tmp_path):
    file = tmp_path / "pyproject.toml"
    file.write_text(
        '[project.urls]\nRepository = "https://a/b/c"\nDocumentation = "https://d/e/"\n'
    )
    assert addresses(file) == {"Repository": "https://a/b/c", "Documentation": "https://d/e"}


@pytest.mark.parametrize("urls", ["", '[project.urls]\nRepository = "https://a/b/c"\n'])
def test_a_missing_address_is_named(tmp_path, urls):
    file = tmp_path / "pyproject.toml"
    file.write_text("[project]\nname = 'a'\n" + urls)
    with pytest.raises(ConfigError, match=r"\[project.urls\] must give (Repository|Documentation)"):
        addresses(file)


def test_policy_allows_inline_scripts_by_hash_and_nothing_else():
    script = "<script>let a = 1;</script>"
    # printf 'let a = 1;' | openssl dgst -sha256 -binary | base64
    digest = "xY6QKfH9PRsQnLz56nj6MBwiK5oHg+im1Jkpdp1x/Ck="
    others = '<script src="a.js"></script><script type="application/json">{}</script>'
    assert f"script-src 'self' 'sha256-{digest}'" in policy(script + others)
    assert policy(script + others).count("sha256-") == 1
    assert policy("").endswith("script-src 'self'")


def test_the_ledger_takes_only_statuses_that_exist():
    assert statuses("not comparable,direction only") == ["not comparable", "direction only"]
    with pytest.raises(ValueError, match=r"status names \['not replicated'\]; there are \['veri"):
        statuses("not comparable, not replicated")
