"""`python -m deeptricks.ready`: a machine that is ready, and what is said of one that is not."""

import builtins
import importlib
import subprocess
import sys
from importlib import metadata

import pytest

from deeptricks import ready


def test_this_machine_is_ready(tmp_path):
    """As a student starts it, in another folder."""
    found = subprocess.run(
        [sys.executable, "-m", "deeptricks.ready"], capture_output=True, text=True, cwd=tmp_path
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.endswith("\nYou are ready.\n")
    assert [line.split()[:2] for line in found.stdout.splitlines()[:5]] == [
        [name, "ok"] for name in ("python", "packages", "training", "data", "notebooks")
    ]
    assert sys.executable in found.stdout


def test_a_python_that_is_too_old(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert ready.main() == 1
    told = capsys.readouterr().out
    assert "This is Python 3.10.4; 3.11 or newer is needed" in told
    assert "packages" not in told, "one thing at a time"


@pytest.mark.parametrize("error", [ImportError("no"), OSError("c10.dll"), AttributeError("_ARRAY")])
def test_a_package_that_does_not_load(monkeypatch, error):
    """Missing, without a library of the system's, or built against another numpy."""
    load = importlib.import_module

    def broken(name):
        if name == "torch":
            raise error
        return load(name)

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(ready.NotReadyError, match="torch cannot be imported") as found:
        ready.packages()
    assert f'"{sys.executable}" -m pip install torch' in str(found.value)


def test_a_package_that_is_too_old(monkeypatch):
    version = metadata.version
    monkeypatch.setattr(metadata, "version", lambda n: "1.26.4" if n == "numpy" else version(n))
    with pytest.raises(ready.NotReadyError, match=r'pip install "numpy>=2\.0"'):
        ready.packages()


def test_what_is_looked_for_is_what_the_package_asks_for():
    found = dict(ready.needed())
    assert found["torch"] == "2.13"
    assert {"numpy", "scikit-learn", "matplotlib", "ipywidgets"} <= set(found)
    assert not {"pytest", "nbgrader", "optuna"} & set(found), "no extras"


def test_the_package_itself_is_not_installed(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)
    with pytest.raises(ready.NotReadyError, match="of the book is not installed"):
        ready.packages()


@pytest.mark.parametrize(
    ("one", "other"), [("2.13.0+cpu", "2.13"), ("2.13.1", "2.13"), ("10.0", "9.9"), ("3", "2.99")]
)
def test_versions_are_compared_as_numbers(one, other):
    assert ready.numbers(one) >= ready.numbers(other)
    assert not ready.numbers("2.9") >= ready.numbers("2.13")


def test_a_folder_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DEEPTRICKS_DATA", str(tmp_path / "file" / "below"))
    with pytest.raises(ready.NotReadyError, match="cannot be written"):
        ready.data()


def test_no_jupyterlab(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.delenv("VSCODE_PID", raising=False)
    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(ready.NotReadyError, match="pip install jupyterlab"):
        ready.notebooks()


def test_it_starts_where_nothing_is_installed(monkeypatch):
    """What is looked for is imported within the checks only."""
    load = builtins.__import__

    def only_the_standard_library(name, *rest):
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "deeptricks"}:
            raise ImportError(name)
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", only_the_standard_library)
    importlib.reload(ready)
