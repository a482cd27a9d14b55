"""One execution a notebook: what starts a kernel, what does not, and what a failure leaves behind.

Every notebook here writes the name of the part that it uses into a file when a kernel runs it.
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
import pytest
from toys import notebook

from book import execution, kernel, pace
from book.execution import executed, main, store
from book.fingerprint import code_cells, fingerprint
from book.kernel import ExecutionFailedError


def runs(project: Path) -> list[str]:
    """The kernels that ran since the last call."""
    tally = project / "tally"
    ran = sorted(tally.read_text().split()) if tally.exists() else []
    tally.unlink(missing_ok=True)
    return ran


def edit(path: Path, change) -> None:
    edited = nbformat.read(path, as_version=4)
    change(edited)
    nbformat.write(edited, path)


def test_only_what_could_have_changed_is_executed(project, capsys):
    inputs, signal = (project / "chapters" / f"{part}.ipynb" for part in ("inputs", "signal"))
    nbformat.write(notebook(uses="inputs"), inputs)
    nbformat.write(notebook(uses="signal"), signal)
    execute = ["--root", str(project)]

    assert main(execute) == 0
    assert runs(project) == ["inputs", "signal"]
    assert "chapters/inputs.ipynb" in capsys.readouterr().out

    assert main(execute) == 0
    assert runs(project) == []
    assert "chapters/signal.ipynb  unchanged" in capsys.readouterr().out

    edit(inputs, lambda nb: nb.cells[0].update(source="# New words"))
    edit(inputs, lambda nb: nb.cells[1].metadata.update(mystnb={"figure": {"name": "new"}}))
    shown = executed(inputs, project)
    assert runs(project) == []
    assert shown.cells[0].source == "# New words"
    assert shown.cells[1].metadata.mystnb.figure.name == "new"
    assert shown.cells[1].outputs[0].data["text/plain"] == "2"
    assert nbformat.read(store(inputs, project), as_version=4) == shown

    edit(inputs, lambda nb: nb.cells.insert(0, nbformat.v4.new_markdown_cell("First")))
    assert code_cells(executed(inputs, project))[0].outputs[0].data["text/plain"] == "2"
    assert runs(project) == []

    edit(inputs, lambda nb: nb.cells[-2].update(source="1 + 1"))
    assert main(execute) == 0
    assert runs(project) == ["inputs"]

    (project / "src/deeptricks/signal/__init__.py").write_text("VALUE = 77\n")
    assert main(execute) == 0
    assert runs(project) == ["signal"]
    assert executed(signal, project).cells[1].outputs[0].data["text/plain"] == "77"

    (project / "src/deeptricks/lab/new.py").write_text("")
    assert main(execute) == 0
    assert runs(project) == ["inputs", "signal"]


def test_what_else_makes_an_execution_stale(project, monkeypatch):
    toy = notebook(uses="inputs")
    keys = [fingerprint(toy, project)]
    monkeypatch.setenv("DEEPTRICKS_SEED_OFFSET", "1000")
    keys.append(fingerprint(toy, project))
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    keys.append(fingerprint(toy, project))
    code_cells(toy)[0].metadata.tags = ["hide-input"]
    keys.append(fingerprint(toy, project))
    (project / "pyproject.toml").write_text('[project]\ndependencies = ["numpy>=2"]\n')
    keys.append(fingerprint(toy, project))
    (project / "src/deeptricks/new.py").write_text("")
    keys.append(fingerprint(toy, project))
    assert len(set(keys)) == len(keys)
    (project / "src/deeptricks/signal/other.py").write_text("")
    assert fingerprint(toy, project) == keys[-1]


ADDER = '"""Adds."""\n\n\ndef add(a, b):\n    """Add."""\n    return a + b\n'
WORDS = [
    ('"""Adds."""', '"""Adds two numbers."""'),
    ('    """Add."""\n', ""),
    ("return a + b", "return a + b  # commutes"),
]


@pytest.mark.parametrize(("old", "new"), WORDS)
def test_words_count_only_where_they_are_shown(project, old, new):
    source, toy = project / "src/deeptricks/inputs/adder.py", notebook(uses="inputs")
    name = "deeptricks/inputs/adder.py"

    def keys(text):
        source.write_text(text)
        return [fingerprint(toy, project, shown) for shown in ((), (name,), None)]

    before, after = keys(ADDER), keys(ADDER.replace(old, new))
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, False]
    before, after = keys("VALUE = 'a'"), keys("VALUE = 'b'")  # a text that is no docstring
    assert before[0] != after[0]


def test_a_comment_executes_only_the_notebook_that_shows_it(project):
    source = project / "src/deeptricks/lab/adder.py"
    source.write_text(ADDER)
    shows, uses = (project / "chapters" / f"{name}.ipynb" for name in ("shows", "uses"))
    show = "display({'text/plain': 'deeptricks/lab/adder.py: add'}, raw=True)"
    nbformat.write(notebook(show, uses="inputs"), shows)
    nbformat.write(notebook(uses="signal"), uses)
    execute = ["--root", str(project)]
    main(execute)
    assert runs(project) == ["inputs", "signal"]
    source.write_text(ADDER + "# commutes\n")
    main(execute)
    assert runs(project) == ["inputs"]
    main(execute)
    assert runs(project) == []


KERNEL = """
import sys
sum(range(10**7))
print(sys.executable, os.getcwd())
print(*(os.environ[name] for name in ("OMP_NUM_THREADS", "DEEPTRICKS_PAGE", "MPLBACKEND")))
"""


def test_two_processes_share_one_execution_on_this_python(project, monkeypatch):
    other = project / "kernels" / "python3" / "kernel.json"
    other.parent.mkdir(parents=True)
    other.write_text('{"argv": ["false"], "display_name": "Python 3", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(project))
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    path = project / "chapters" / "toy.ipynb"
    nbformat.write(notebook(KERNEL), path)
    with ProcessPoolExecutor(2) as pool:
        first, second = pool.map(executed, [path, path], [project, project])
    assert first == second
    assert runs(project) == ["lab"]
    said = code_cells(first)[-1].outputs[0].text.splitlines()
    assert said[0] == f"{sys.executable} {project}/chapters"
    assert said[1] == "1 1 module://matplotlib_inline.backend_inline"
    record = first.metadata.deeptricks
    assert len(record.cells) == len(code_cells(first))
    assert record.cells[-1] >= 0.03  # 10⁷ additions; the operating system counts in 0.01 s
    assert record.cpu_seconds == pytest.approx(sum(record.cells), abs=0.011)


@pytest.mark.parametrize(
    ("cell", "error"),
    [("1 / 0", "ZeroDivisionError: division by zero"), ("os._exit(1)", "the kernel died")],
)
def test_a_failed_run_is_named_and_not_kept(project, cell, error, capsys):
    path = project / "chapters" / "toy.ipynb"
    failing = notebook(cell, "never = 1")
    code_cells(failing)[-2].metadata.tags = ["raises-exception"]
    nbformat.write(failing, path)
    assert main(["--root", str(project)]) == 1
    said = capsys.readouterr().out
    assert f"chapters/toy.ipynb, cell [6]: {error}" in said
    assert f"    {cell}" in said
    assert not store(path, project).exists()
    with pytest.raises(ExecutionFailedError):
        executed(path, project)
    assert runs(project) == ["lab", "lab"]


def test_a_cell_out_of_time(project, monkeypatch):
    monkeypatch.setattr("book.kernel.CELL_TIMEOUT_S", 1)
    path = project / "chapters" / "toy.ipynb"
    nbformat.write(notebook("import time\ntime.sleep(60)"), path)
    with pytest.raises(ExecutionFailedError, match=r"toy.ipynb, cell \[6\]: took longer than 1 s"):
        executed(path, project)


def test_an_edit_of_the_source_during_the_run_is_not_missed(project):
    path = project / "chapters" / "toy.ipynb"
    source = project / "src/deeptricks/lab/__init__.py"
    nbformat.write(notebook(f"_ = open({str(source)!r}, 'a').write('# edited')"), path)
    executed(path, project)
    assert not store(path, project).exists()


def test_a_notebook_from_elsewhere_is_refused(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "x.ipynb"
    with pytest.raises(ValueError, match=f"{elsewhere}.*must lie under"):
        executed(elsewhere, project)
    assert not os.path.exists(project / "_build")


def slow(monkeypatch, *cpu_seconds: float) -> list[float]:
    """Runs seem to take these CPU seconds, one after another; those that are left over remain."""
    left, real = list(cpu_seconds), execution.run

    def run(*arguments):
        ran = real(*arguments)
        ran.metadata.deeptricks.update(cpu_seconds=left.pop(0), slowdown=1.0)
        return ran

    monkeypatch.setattr(execution, "run", run)
    return left


@pytest.mark.parametrize(
    ("took", "counts", "left_over"),
    [
        ([29.0, 7.0], 29.0, 1),  # within its budget: nobody runs it again
        ([31.0, 29.0, 7.0], 29.0, 1),
        ([31.0, 33.0, 7.0], 31.0, 1),  # twice too slow: it fails its guard, with the quicker run
    ],
)
def test_a_run_over_its_budget_has_a_second_try(project, monkeypatch, took, counts, left_over):
    path = project / "chapters" / "inputs.ipynb"
    nbformat.write(notebook(uses="inputs"), path)
    left = slow(monkeypatch, *took)
    assert executed(path, project).metadata.deeptricks.cpu_seconds == counts
    assert len(left) == left_over


def test_the_pace_counts_where_the_time_went(monkeypatch):
    """Ten seconds at twice the time and one at the usual: not the mean of both."""
    paces = iter([2.0, 2.0, 1.0])
    monkeypatch.setattr(kernel.pace, "work", lambda times=7: next(paces) * pace.REFERENCE_S)
    clock = iter([0.0, 20.0, 20.0, 21.0])
    monkeypatch.setattr(kernel.Meter, "read", lambda self: next(clock))
    cells = [nbformat.v4.new_code_cell("1") for _ in range(2)]
    meter = kernel.Meter()
    for index, cell in enumerate(cells):
        meter.start(cell, index)
        meter.stop(index)
    assert meter.slow == {0: 2.0, 1: 1.5}
    assert meter.record(nbformat.v4.new_notebook(cells=cells))["slowdown"] == 1.97
