from pathlib import Path

import pytest
from nbformat import v4

from book.execution import ROOT, chapters
from book.fingerprint import code_cells
from book.glossary import entries, link_first_uses

GLOSSARY = """# Glossary

```{glossary}
batch
  Some samples.

batch norm
BN
  A layer: [batch norm](part/batch_norm).

logits
  Outputs.
```
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "glossary.md").write_text(GLOSSARY, "utf-8")
    return tmp_path


def linked(root, *texts, docname="chapters/part/other"):
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell(text) for text in texts])
    link_first_uses(notebook, docname, root)
    return [cell.source for cell in notebook.cells]


def test_entries_are_terms_with_what_explains_them(root):
    layer = "A layer: [batch norm](part/batch_norm)."
    assert entries(root) == {
        "batch": "Some samples.", "batch norm": layer, "BN": layer, "logits": "Outputs.",
    }  # fmt: skip


def test_the_first_use_of_a_term_becomes_a_link_the_longest_term_wins(root):
    first, second = linked(root, "Batch norm needs batches.", "BN, a batch, and the logits.")
    assert first == "{term}`Batch norm <batch norm>` needs {term}`batches <batch>`."
    assert second == "BN, a batch, and the {term}`logits <logits>`."


def test_a_chapter_links_to_no_term_that_it_explains(root):
    (text,) = linked(root, "Batch norm and a batch.", docname="chapters/part/batch_norm")
    assert text == "Batch norm and a {term}`batch <batch>`."


@pytest.mark.parametrize(
    "closed",
    [
        "## A batch",
        "`batch`",
        "$batch$",
        "$$\nbatch\n$$ (eq-batch)",
        "[a batch](x)",
        "{doc}`batch`",
        "**“A batch”**",
        "the “batch” of old",
        "```{figure} batch\nbatch\n```",
        "| batch |",
        "(batch)=",
        "<span class='batch'>",
        "mini-batch",
        "rebatch",
    ],
)
def test_nothing_is_linked_where_no_link_may_stand(root, closed):
    assert linked(root, closed) == [closed]
    assert linked(root, f"{closed}\n\nA batch.") == [f"{closed}\n\nA {{term}}`batch <batch>`."]


def test_every_explanation_names_chapters_that_exist_and_outputs_stay():
    import re

    import nbformat

    known = {path.relative_to(ROOT / "chapters").with_suffix("").as_posix() for path in chapters()}
    named = {at for text in entries(ROOT).values() for at in re.findall(r"\]\(([^)]*)\)", text)}
    assert named <= known
    assert len(named) > 20
    notebook = nbformat.read(ROOT / "chapters/signal/activations.ipynb", as_version=4)
    before = [cell.source for cell in code_cells(notebook)]
    link_first_uses(notebook, "chapters/signal/activations", ROOT)
    assert [cell.source for cell in code_cells(notebook)] == before
