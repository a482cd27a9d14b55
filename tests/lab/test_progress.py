"""A progress bar is for someone who watches: in a terminal and a live notebook, nowhere else."""

import io
import sys
import time
import types

import pytest

from deeptricks.lab import progress, runs


class Terminal(io.StringIO):
    def isatty(self):
        return True


def watch(monkeypatch):
    """Someone watches a terminal; what appears there. (No fixture: pytest takes the streams back
    between a test's set-up and its call.)"""
    screen = Terminal()
    monkeypatch.delenv("DEEPTRICKS_PAGE", raising=False)
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def work():
    with progress.bar(2, "training", "batch") as bar:
        for _ in range(2):
            time.sleep(0.6)
            bar.update()


def test_a_terminal_shows_a_bar_and_is_clean_afterwards(monkeypatch):
    terminal = watch(monkeypatch)
    work()
    assert "training:  50%" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")


def test_work_that_is_soon_done_shows_nothing(monkeypatch):
    terminal = watch(monkeypatch)
    with progress.bar(2, "training", "batch") as bar:
        bar.update(2)
    assert terminal.getvalue().strip() == ""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_file_gets_no_bar(monkeypatch, stream):
    watch(monkeypatch)
    monkeypatch.setattr(sys, stream, io.StringIO())
    assert not progress.wanted()


def test_a_page_gets_no_bar(monkeypatch):
    terminal = watch(monkeypatch)
    monkeypatch.setenv("DEEPTRICKS_PAGE", "1")
    assert not progress.wanted()
    work()
    assert terminal.getvalue() == ""


def test_a_live_notebook_gets_one_unless_it_becomes_a_page(monkeypatch):
    watch(monkeypatch)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    shell = types.SimpleNamespace(kernel=object())
    fake = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", fake)
    assert progress.wanted()
    monkeypatch.setenv("DEEPTRICKS_PAGE", "1")
    assert not progress.wanted()


def test_a_sweep_shows_its_own_bar_alone(monkeypatch):
    terminal = watch(monkeypatch)

    def experiment(seed):
        work()
        return seed

    runs.sweep(experiment, {}, [0, 1])
    assert "sweep:  50%" in terminal.getvalue()
    assert "training" not in terminal.getvalue()
