import json

import nbformat
import pytest
from nbformat import v4
from toys import CLAIM, CLAIM_MIME, notebook

from book import fresh_seeds
from book.pages import chapter
from book.sphinx_ledger import drawn


def claim_that_holds(condition):
    """Source of a claim whose truth depends on the shift of the seeds."""
    return (
        f"import os; shift = int(os.environ['DEEPTRICKS_SEED_OFFSET'])\n"
        f"display({{'text/plain': '', {CLAIM_MIME!r}: "
        f"{{**{CLAIM!r}, 'sentence': 'Chance.', 'held': {condition}}}}}, raw=True)"
    )


def toy(project, condition):
    """The toy chapter with a fourth claim, written into the project."""
    path = project / "chapters" / "toy.ipynb"
    nbformat.write(notebook(claim_that_holds(condition)), path)
    return path


@pytest.mark.parametrize(
    ("condition", "line", "code"),
    [("shift > 0", "  2 of 2  toy [4] Chance.", 0), ("shift > 1000", "  1 of 2  TOO FEW", 1)],
)
def test_runs_in_which_a_claim_holds_are_counted(project, capsys, condition, line, code):
    path = toy(project, condition)
    before = path.read_text()
    assert fresh_seeds.main(["--root", str(project), "--runs", "2"]) == code
    said = capsys.readouterr().out
    assert line in said
    assert "2 of 2  toy [1] Six times seven" in said
    assert path.read_text() == before
    assert not (project / "_build" / "executed" / "chapters" / "toy.ipynb").exists()
    assert not (project / fresh_seeds.RECORD).exists()


def test_a_count_goes_on_where_it_stopped_and_begins_anew_after_a_change(project):
    path, tally = toy(project, "True"), project / "tally"
    count = ["--root", str(project), "--runs"]
    for runs, executions in (("1", 1), ("2", 2), ("2", 2)):
        fresh_seeds.main([*count, runs])
        assert len(tally.read_text().split()) == executions
    (project / "src" / "deeptricks" / "lab" / "__init__.py").write_text("VALUE = 7\n")
    fresh_seeds.main([*count, "2"])
    assert len(tally.read_text().split()) == 4
    nbformat.write(notebook(claim_that_holds("False")), path)
    assert fresh_seeds.main([*count, "2"]) == 1


def test_the_ledger_reads_what_was_stored_until_the_chapter_changes(project):
    path, counts = toy(project, "shift > 1000"), project / fresh_seeds.RECORD
    counts.parent.mkdir()
    fresh_seeds.main(["--root", str(project), "--runs", "2", "--store"])
    stored = json.loads(counts.read_text())["chapters/toy"]
    assert (stored["draws"], stored["held"]) == (2, [2, 2, 2, 1])
    now = nbformat.read(path, as_version=4)
    assert fresh_seeds.recorded("chapters/toy", now, project) == stored
    now.cells.append(v4.new_markdown_cell("A word more."))
    assert fresh_seeds.recorded("chapters/toy", now, project) == stored
    now.cells.append(v4.new_code_cell("1"))
    assert fresh_seeds.recorded("chapters/toy", now, project) is None
    assert fresh_seeds.recorded("chapters/another", now, project) is None


def test_a_run_that_fails_is_named_and_stores_nothing(project, capsys):
    toy(project, "1 / (shift - 1000) < 1")
    arguments = ["--root", str(project), "--runs", "2", "--store"]
    assert fresh_seeds.main(arguments) == 1
    assert "FAILED: chapters/toy, draw 1: " in capsys.readouterr().out
    assert not (project / fresh_seeds.RECORD).exists()


def test_counts_of_another_number_of_claims_are_not_shown(execution):
    counts = {"draws": 20, "held": [20, 19, 20], "commit": "abc", "processor": "a fast one"}
    assert chapter("chapters/toy", execution, counts).draws == counts
    assert chapter("chapters/toy", execution, {**counts, "held": [20, 19]}).draws is None


def test_the_ledger_sums_the_draws_up(execution):
    counts = {"draws": 20, "held": [20, 19, 17], "commit": "abc", "processor": "a fast one"}
    (said,) = drawn([chapter("chapters/toy", execution, counts), chapter("x", execution)])
    for words in (
        "3 claims of 1 chapters were drawn again, 20 times",
        "1 held in every",
        "1 in all but one, 1 in fewer",
    ):
        assert words in said.astext()
    assert "abc" in said.astext()
    assert "a fast one" in said.astext()
    assert drawn([chapter("x", execution)]) == []
