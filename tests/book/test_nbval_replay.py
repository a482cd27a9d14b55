"""nbval on a toy project: a sound chapter passes, every fault in another one is named.

These run pytest on its own in the toy project, so they also fail when a new nbval no longer has
the methods that book/nbval_replay.py overrides, or no longer calls what stands in for its kernel.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from toys import CLAIM, CLAIM_MIME, notebook, show

from book import guards
from book.execution import ROOT, executed
from book.fingerprint import code_cells
from book.refresh import refresh, slim


def run_pytest(project: Path) -> str:
    command = ["-m", "pytest", "--nbval", "-rA", "--color=no", "-p", "no:cacheprovider", "chapters"]
    result = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not result.stderr, result.stderr
    return result.stdout


def lines(report: str, outcome: str, name: str) -> set[str]:
    """Tests of the notebook `name` with this outcome, as pytest's summary lists them."""
    return set(re.findall(rf"^{outcome} chapters/{name}\.ipynb::(.+?)(?: - .*)?$", report, re.M))


def test_a_sound_chapter_passes_and_every_doctored_one_fails(project):
    chapters = project / "chapters"
    sound = chapters / "sound.ipynb"
    nbformat.write(notebook("6 * 7"), sound)
    refresh(sound, project)

    faulty = notebook(
        "print(0.125)\nprint('same')",
        show(CLAIM_MIME, {**CLAIM, "held": False, "mean": 39.0, "measured": [39.0]}, "39"),
        "import sys\n_ = sys.stderr.write('careful')",
        "'not stored'",
        "# NBVAL_IGNORE_OUTPUT\n3",
        "raise RuntimeError('broken')",
        "'after'",
    )
    # As if committed from a run in which all went well, then spoilt by hand.
    changed, claim, warned, stripped, ignored, _, after = code_cells(faulty)[5:]
    good = executed(sound, project)
    for cell, ran in zip(code_cells(faulty), code_cells(good)[:5], strict=False):
        cell.outputs = ran.outputs
    changed.outputs = [nbformat.v4.new_output("stream", text="0.126\nsame\n")]
    claim.outputs = [nbformat.v4.new_output("display_data", data={"text/plain": "39"})]
    warned.outputs = [nbformat.v4.new_output("stream", name="stderr", text="careful")]
    stripped.outputs = []
    ignored.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "4"})]
    after.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "'after'"})]
    nbformat.write(slim(faulty), chapters / "faulty.ipynb")

    report = run_pytest(project)
    guard_names = {guard.__name__ for guard in guards.COMMITTED + guards.EXECUTED}
    assert lines(report, "PASSED", "sound") == guard_names | {f"Cell {n}" for n in range(1, 7)}
    assert (project / "tally").read_text().split() == ["lab", "lab"]

    failed = lines(report, "FAILED", "faulty")
    assert {f"Cell {n}" for n in range(6, 12)} == {name for name in failed if "Cell" in name}
    assert {f"Cell {n}" for n in range(1, 6)} <= lines(report, "PASSED", "faulty")
    assert {"quiet", "comparison_is_on"} <= failed
    assert "Cell 12" not in lines(report, "PASSED", "faulty")
    assert "not run: cell [11] failed" in report

    for message in (
        r"chapters/faulty\.ipynb, cell \[6\]: Cell outputs differ\n"
        r"stdout differs\nexpected \(stored in the notebook\):\n    0\.126\n    same\n"
        r"got \(this execution\):\n    0\.125\n    same",
        r"chapters/faulty\.ipynb, cell \[7\]: claim does not hold: Six times seven .*\n"
        r"  expected: at least 40\n  got: +42 over 1 seeds; measured: \[39\.0\]",
        r"chapters/faulty\.ipynb, cell \[8\]: wrote to standard error:\ncareful",
        r"chapters/faulty\.ipynb, cell \[9\]: Cell outputs differ\n.*text/plain",
        r"chapters/faulty\.ipynb, cell \[10\]: Cell outputs differ\ntext/plain differs",
        r"chapters/faulty\.ipynb, cell \[11\]: RuntimeError: broken",
        r"chapters/faulty\.ipynb, cell \[10\] switches its comparison off: NBVAL_IGNORE_OUTPUT",
    ):
        assert re.search(message, report), f"{message} is not in:\n{report}"
