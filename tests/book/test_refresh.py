"""What is written back into the committed notebooks, and what never is."""

import nbformat
from toys import CLAIM, CLAIM_MIME, notebook, show

from book.fingerprint import code_cells
from book.refresh import main, slim


def test_slim_keeps_texts_and_counts_and_nothing_of_the_execution(execution):
    execution.metadata.widgets = {}
    execution.cells[1].metadata.execution = {"started": "today"}
    kept = slim(execution)
    assert [cell.execution_count for cell in code_cells(kept)] == [1, 2, 3, 4, 5]
    assert [o.data for cell in code_cells(kept) for o in cell.outputs] == [
        {"text/plain": text} for text in ("1", "holds", "holds", "holds", "Figure")
    ]
    assert not {"deeptricks", "widgets"} & set(kept.metadata)
    assert kept.cells[1].metadata == {}
    assert slim(kept) == kept


def test_slim_leaves_the_authors_budget(execution):
    execution.metadata.deeptricks.budget_s = 10
    assert slim(execution).metadata.deeptricks == {"budget_s": 10}


def test_refresh_stores_texts_once_and_check_only_tells(project, capsys):
    path = project / "chapters" / "toy.ipynb"
    nbformat.write(notebook("6 * 7"), path)
    never_run = path.read_text()
    assert main(["--root", str(project), "--check"]) == 1
    assert path.read_text() == never_run
    assert main(["--root", str(project)]) == 0
    fresh = nbformat.read(path, as_version=4)
    assert code_cells(fresh)[-1].outputs[0].data == {"text/plain": "42"}
    assert main(["--root", str(project), "--check"]) == 0
    assert capsys.readouterr().out.split() == [
        *("chapters/toy.ipynb", "out", "of", "date"),
        *("chapters/toy.ipynb", "refreshed"),
        *("chapters/toy.ipynb", "unchanged"),
    ]


def test_refresh_never_stores_a_failed_claim_or_a_warning_as_expected(project, capsys):
    path = project / "chapters" / "toy.ipynb"
    failed = show(CLAIM_MIME, {**CLAIM, "held": False}, "DOES NOT HOLD")
    nbformat.write(notebook(failed, "import sys\n_ = sys.stderr.write('careful')"), path)
    before = path.read_text()
    assert main(["--root", str(project)]) == 1
    assert path.read_text() == before
    said = capsys.readouterr().out
    assert "cell [6], claim does not hold: Six times seven" in said
    assert "cell [7] writes to standard error: careful" in said


def test_code_that_the_page_folds_away_is_folded_in_jupyterlab(execution):
    shown, folded = [c for c in execution.cells if c.cell_type == "code"][:2]
    shown.metadata = {"tags": ["other"], "jupyter": {"source_hidden": True}}
    folded.metadata = {"tags": ["hide-input"], "jupyter": {"outputs_hidden": True}}
    kept = [c.metadata.get("jupyter") for c in slim(execution).cells if c.cell_type == "code"][:2]
    assert kept == [None, {"source_hidden": True}]
