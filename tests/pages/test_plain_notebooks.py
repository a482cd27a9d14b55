"""The plain notebooks beside the site: the chapter's code, nothing raw, and they run."""

import hashlib

import nbformat
import pytest
from nbclient import NotebookClient

from book.execution import ROOT, chapters
from book.plain.convert import raw
from book.sphinx_address import addresses
from tests.pages.browser import SITE

FOLDER = SITE / "plain"
NAMES = [f"{path.parent.name}/{path.stem}" for path in chapters()]
RUN = "practice/hyperparameter_search"


def depends_on(item):
    """For book.unchanged: the chapters and what was made of them; the run, the package too."""
    files = sorted([*FOLDER.rglob("*.ipynb"), *chapters()])
    if item.name == "test_one_runs":
        files = [FOLDER / f"{RUN}.ipynb", *sorted((ROOT / "src/deeptricks").rglob("*.py"))]
    return "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)


def read(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def code(notebook):
    return [(c.id, c.source, c.metadata) for c in notebook.cells if c.cell_type == "code"]


@pytest.mark.parametrize("name", NAMES)
def test_a_plain_notebook_is_the_chapter(site, name):
    notebook, source = read(name), nbformat.read(ROOT / f"chapters/{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert code(notebook) == code(source)
    assert [cell.id for cell in notebook.cells] == [cell.id for cell in source.cells]
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert [found for text in texts for found in raw(text)] == []
    before = "\n".join(cell.source for cell in source.cells if cell.cell_type == "markdown")
    after = "\n".join(texts)
    assert after.count("<details>") == before.count("```{solution}") + before.count("```{dropdown}")
    assert after.count("\\tag{") == before.count("$$ (")
    assert after.count("</details>\n\n") + after.endswith("</details>") <= after.count("<details>")


@pytest.mark.parametrize("name", NAMES)
def test_buttons_lead_to_it(site, name):
    page = (SITE / "chapters" / f"{name}.html").read_text("utf-8")
    repository = addresses(ROOT / "pyproject.toml")["Repository"].removeprefix("https://github.com")
    colab = f"https://colab.research.google.com/github{repository}/blob/plain/{name}.ipynb"
    assert f'href="{colab}"' in page
    assert f'href="../../plain/{name}.ipynb"' in page
    assert 'href="../../_sources/' not in page


def test_nothing_else_is_there(site):
    found = {p.relative_to(FOLDER).with_suffix("").as_posix() for p in FOLDER.rglob("*.ipynb")}
    assert found == set(NAMES)


def test_its_numbers_are_those_of_the_page(site):
    """One of each kind, read off the page by another way than the one that made it."""
    from bs4 import BeautifulSoup

    page = (SITE / "chapters/signal/activations.html").read_text("utf-8")
    soup = BeautifulSoup(page, "html.parser")
    text = "\n".join(cell.source for cell in read("signal/activations").cells)
    numbers = [e.get_text().strip("()#¶ ") for e in soup.select("article .math .eqno")]
    assert numbers
    assert [n for n in numbers if f"\\tag{{{n.rstrip('#¶').strip('()')}}}" not in text] == []
    for link in soup.select("article a:has(.std-numref), article .bibtex-citation a"):
        assert f"[{link.get_text()}](" in text
    titles = [e.get_text() for e in soup.select("article .exercise .caption-number")]
    assert titles
    assert [t for t in titles if f"**{t.strip()}**" not in text] == []


def test_one_runs(site, tmp_path):
    notebook = read(RUN)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources).execute()
    claims = [o for c in notebook.cells for o in c.get("outputs", []) if "✓" in str(o)]
    failed = [o for c in notebook.cells for o in c.get("outputs", []) if "DOES NOT HOLD" in str(o)]
    assert claims
    assert failed == []
