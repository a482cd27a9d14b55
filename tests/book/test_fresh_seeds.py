import nbformat
import pytest
from toys import CLAIM, CLAIM_MIME, notebook

from book import fresh_seeds


def claim_that_holds(condition):
    """Source of a claim whose truth depends on the shift of the seeds."""
    return (
        f"import os; shift = int(os.environ['DEEPTRICKS_SEED_OFFSET'])\n"
        f"display({{'text/plain': '', {CLAIM_MIME!r}: "
        f"{{**{CLAIM!r}, 'sentence': 'Chance.', 'held': {condition}}}}}, raw=True)"
    )


@pytest.mark.parametrize(
    ("condition", "line", "code"),
    [("shift > 0", "  2 of 2  toy [6] Chance.", 0), ("shift > 1000", "  1 of 2  TOO FEW", 1)],
)
def test_runs_in_which_a_claim_holds_are_counted(project, capsys, condition, line, code):
    path = project / "chapters" / "toy.ipynb"
    nbformat.write(notebook(claim_that_holds(condition)), path)
    before = path.read_text()
    assert fresh_seeds.main(["--root", str(project), "--runs", "2"]) == code
    said = capsys.readouterr().out
    assert line in said
    assert "2 of 2  toy [2] Six times seven" in said
    assert path.read_text() == before
    assert not (project / "_build" / "executed" / "chapters" / "toy.ipynb").exists()
