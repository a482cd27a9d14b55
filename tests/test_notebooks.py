"""The chapters are collected: every code cell is compared, every guard looks at every chapter.

The comparing itself is nbval's, the guards are in book/guards.py; both are collected with the
notebooks in chapters/. This makes sure that they are, and that there is something to collect.
"""

import nbformat
import pytest

from book import guards
from book.execution import ROOT, chapters
from book.fingerprint import code_cells, shown_files
from book.nbval_replay import ChapterFile


def test_there_are_chapters():
    assert chapters(), f"no notebook under {ROOT / 'chapters'}: the guards would guard nothing"


def test_the_configuration_collects_the_chapters(pytestconfig):
    assert "chapters" in pytestconfig.getini("testpaths")
    assert pytestconfig.getoption("nbval")


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_every_cell_and_every_guard_is_a_test(path, request):
    session = request.session
    (file,) = session.ihook.pytest_collect_file(file_path=path, parent=session)
    assert isinstance(file, ChapterFile)
    cells = len(code_cells(nbformat.read(path, as_version=4)))
    guarded = [guard.__name__ for guard in guards.COMMITTED + guards.EXECUTED]
    expected = [f"Cell {n}" for n in range(1, cells + 1)] + guarded
    assert [test.name for test in file.collect()] == expected


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_the_files_that_a_chapter_shows_are_known(path):
    """By them it is executed anew when a comment changes that stands on its page."""
    notebook = nbformat.read(path, as_version=4)
    showing = [c for c in code_cells(notebook) if "show_source(" in c.source]
    assert bool(shown_files(notebook)) == bool(showing)
    assert [name for name in shown_files(notebook) if not (ROOT / "src" / name).exists()] == []
