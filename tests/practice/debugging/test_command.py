"""The command line: what becomes a set-up, what must not run, what it says and returns."""

import json
import subprocess
import sys
import textwrap

import nbformat
import pytest

from deeptricks.practice.debugging.command import main
from deeptricks.practice.debugging.finding import Check, Finding, Note
from deeptricks.practice.debugging.report import Report

HEAD = """
import torch
from torch import nn
X, Y = torch.randn(60, 4), torch.randint(0, 3, (60,))
train_loader = [(X, Y)]
model = nn.Linear(4, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
"""
LOOP = """
for x, y in train_loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
open("trained", "w").close()
"""


def finding(code="optimizer.lr_too_low", severity="major"):
    return Finding(code, severity, 0.9, "Low: 1e-9.", {"lr": 1e-9}, {}, "Raise it.", "lr=1e-3")


class Checkup:
    """Stands in for the checkup: keeps the set-up, returns a report made beforehand."""

    def __init__(self, *findings, examined=True):
        checks = [Check("start", "passed", "", {"loss": 1.1})] if examined else []
        self.report, self.setup = Report(list(findings), [Note("odd", "a note")], checks), None

    def __call__(self, **setup):
        print("noise of the author's step")
        self.setup = setup
        return self.report


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Write a file and check it: returns (exit code, set-up, printed, errors)."""
    monkeypatch.chdir(tmp_path)

    def run(text, *arguments, check=None, name="training.py"):
        check = check or Checkup()
        if text is not None:
            (tmp_path / name).write_text(text)
        code = main([name, *arguments], check)
        out, err = capsys.readouterr()
        assert not (tmp_path / "trained").exists(), "the training has run"
        return code, check.setup, out, err

    return run


def test_a_script_is_stopped_before_it_trains(call):
    code, setup, out, _ = call(HEAD + LOOP)
    assert code == 0
    assert set(setup) >= {"model", "batches", "loss", "optimizer", "step", "seconds"}
    assert "line 10, for x, y in train_loader" in out
    assert "healthy" in out
    assert "noise" not in out


def test_what_stands_behind_the_guard_is_run_where_nothing_is_declared(call):
    body = HEAD + "def main():" + textwrap.indent(LOOP, "    ")
    code, setup, *_ = call(body + '\nif __name__ == "__main__":\n    main()\n')
    assert code == 0
    assert "step" in setup


@pytest.mark.parametrize("declared", ["setup = {}", "def setup():\n    return {}"])
def test_a_declared_setup_is_taken_and_the_guarded_part_left_alone(call, declared):
    keys = '{"model": model, "batches": train_loader, "loss": criterion}'
    guarded = '\nif __name__ == "__main__":\n    open("trained", "w").close()\n'
    code, setup, *_ = call(HEAD + declared.format(keys).replace("{}", keys) + guarded)
    assert code == 0
    assert set(setup) == {"model", "batches", "loss", "seconds"}


def test_another_name(call):
    keys = "dict(model=model, batches=train_loader, loss=criterion, optimizer=optimizer)"
    code, setup, *_ = call(HEAD + f"mine = {keys}", "--name", "mine", "--seconds", "3")
    assert code == 0
    assert setup["seconds"] == 3.0
    assert call(None, "--name", "yours")[0] == 2


def test_a_function_called_setup_that_wants_arguments_is_not_meant(call):
    code, setup, *_ = call(HEAD + "def setup(rank, size):\n    pass\n" + LOOP)
    assert code == 0
    assert "step" in setup


def test_a_file_that_only_names_things(call):
    code, setup, out, _ = call(HEAD + "val_loader = [(X, Y)]")
    assert code == 0
    assert set(setup) == {"model", "batches", "loss", "optimizer", "val_batches", "seconds"}
    assert "batches: train_loader" in out


def test_a_loop_that_cannot_be_read_falls_back_on_the_names_and_says_so(call):
    body = HEAD + "other = nn.Linear(3, 3)\n" + LOOP.replace("model(x)", "other(model(x))")
    code, setup, out, _ = call(body)
    assert code == 0
    assert "step" not in setup
    assert "the loop itself is not checked" in out
    assert "several models" in out


def test_a_notebook_is_run_to_its_first_step_without_magic(call, tmp_path):
    cells = ["%matplotlib inline\n!pip install x\n" + HEAD, "%%bash\ntouch trained", LOOP]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    nbformat.write(notebook, tmp_path / "n.ipynb")
    code, setup, out, _ = call(None, name="n.ipynb")
    assert code == 0
    assert "step" in setup
    assert "not run, cell 1: !pip install x" in out
    assert "not run, cell 2: %%bash" in out


def test_a_notebook_ends_at_a_tagged_cell(call, tmp_path):
    new = nbformat.v4.new_code_cell
    stop = new('open("trained", "w").close()', metadata={"tags": ["checkup-stop"]})
    notebook = nbformat.v4.new_notebook(cells=[new(HEAD), stop, new("raise ValueError")])
    nbformat.write(notebook, tmp_path / "n.ipynb")
    code, setup, out, _ = call(None, name="n.ipynb")
    assert code == 0
    assert setup["model"].out_features == 3
    assert "not run, cells 2 to 3: cell 2 is tagged checkup-stop" in out


@pytest.mark.parametrize(
    ("findings", "arguments", "expected"),
    [
        ([], [], 0),
        ([finding()], [], 1),
        ([finding(severity="minor")], [], 1),
        ([finding(severity="minor")], ["--fail-on", "major"], 0),
        ([finding(severity="fatal")], ["--fail-on", "major"], 1),
        ([finding()], ["--fail-on", "fatal"], 0),
        ([finding()], ["--allow", "optimizer.lr_too_low"], 0),
        ([finding()], ["--allow", "optimizer.lr_too_high"], 1),
    ],
)
def test_exit_codes(call, findings, arguments, expected):
    assert call(HEAD, *arguments, check=Checkup(*findings))[0] == expected


def test_nothing_measured_is_not_healthy(call):
    code, _, out, _ = call(HEAD, check=Checkup(examined=False))
    assert code == 2
    assert "nothing could be measured" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = = 1", "training.py, line 1: invalid syntax"),
        ("import no_such_package_here", "line 1: ModuleNotFoundError: No module named"),
        ("import sys\nsys.exit('bad arguments')", "ended itself (bad arguments)"),
        ("x = 1", "the file has no model (model, net, network)"),
        (HEAD + "setup = 3", "setup must be a dict"),
        (HEAD + "setup = {'model': model, 'data': 3}", "has the key 'data'; allowed are model"),
        (HEAD + "def setup():\n    return 1 / 0", "setup() raises ZeroDivisionError"),
        (HEAD + LOOP + "setup = {}", "its training starts before that line"),
    ],
)
def test_what_cannot_be_checked_is_said_in_one_line(call, text, said):
    code, _, _, err = call(text)
    assert code == 2
    assert said in err
    assert err.startswith("cannot be checked: ")
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("name", ["nothing.py", "data.csv", "n.ipynb"])
def test_files_that_are_none(call, tmp_path, name):
    (tmp_path / "data.csv").write_text("1,2")
    (tmp_path / "n.ipynb").write_text("no notebook")
    code, _, _, err = call(None, name=name)
    assert code == 2
    assert name in err


def test_reports_are_written_where_they_are_wanted(call, tmp_path):
    code, *_ = call(HEAD, "--html", "r.html", "--json", "r.json", check=Checkup(finding()))
    assert code == 1
    assert json.loads((tmp_path / "r.json").read_text())["findings"][0]["severity"] == "major"
    assert "Checkup of training.py" in (tmp_path / "r.html").read_text()


def test_the_script_sees_its_arguments_and_its_neighbors(call, tmp_path):
    (tmp_path / "neighbor.py").write_text("LR = 0.25")
    body = HEAD + "import sys, neighbor\noptimizer.param_groups[0]['lr'] = neighbor.LR\n"
    _, setup, *_ = call(body + "assert sys.argv[1:] == ['--fast']\n", "--", "--fast")
    assert setup["optimizer"].param_groups[0]["lr"] == 0.25


def test_a_script_that_misses_its_arguments_is_told_where_they_go(call):
    body = (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('data')\np.parse_args()\n"
    )
    code, _, _, err = call(body + HEAD + LOOP)
    assert code == 2
    assert "training.py ended itself (2); its own arguments go behind --" in err
    assert call(body + HEAD + LOOP, "--", "here")[0] == 0


def test_nothing_of_the_interpreter_is_left_altered(call):
    import torch

    before = sys.argv, list(sys.path), sys.modules["__main__"], torch.Tensor.backward
    call(HEAD + LOOP)
    assert (sys.argv, list(sys.path), sys.modules["__main__"], torch.Tensor.backward) == before


def test_the_module_is_called_from_a_shell(tmp_path):
    command = [sys.executable, "-m", "deeptricks.practice", "--help"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert run.returncode == 0, run.stderr
    assert "0 healthy, 1 ill, 2 could not be checked" in " ".join(run.stdout.split())
