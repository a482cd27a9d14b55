"""The benchmarks compare like with like, and the ratio follows the work."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import compare
from benchmarks.__main__ import PARTS
from benchmarks.compare import Pair, check_equal, measure, race

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """Time that passes only while a call of `work` runs: no other process can blur it."""

    now = 0.0

    def work(self, seconds):
        def call():
            self.now += seconds
            return 0.0

        return call


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(compare, "perf_counter", lambda: clock.now)
    return clock


def test_the_ratio_follows_the_work(clock):
    pair = Pair("thrice", clock.work(0.03), clock.work(0.01), "once")
    timing = measure(pair, rounds=15)
    assert timing.ours.shape == timing.theirs.shape == (15,)
    np.testing.assert_allclose(timing.ratios, 3)


def test_a_short_call_is_repeated_and_its_time_is_that_of_one(clock):
    timing = measure(Pair("", clock.work(1e-5), clock.work(1e-3), ""), rounds=3)
    np.testing.assert_allclose(timing.ours, 1e-5)
    assert clock.now > 3 * 2 * compare.SHORTEST


def test_pairs_that_differ_are_not_raced():
    with pytest.raises(ValueError, match="sum: ours and mean differ"):
        check_equal(Pair("sum", lambda: np.ones(3), lambda: np.ones(3) * 2, "mean"))
    with pytest.raises(ValueError, match="differ"):
        check_equal(Pair("shape", lambda: np.ones(3), lambda: np.ones((3, 1)), "column"))


def test_one_round_has_no_spread():
    with pytest.raises(ValueError, match="rounds must be at least 2, got 1"):
        measure(Pair("", float, float, ""), rounds=1)


@pytest.mark.parametrize("part", PARTS)
def test_each_benchmark_runs_and_both_sides_agree(part, monkeypatch):
    module = import_module(f"benchmarks.{part}")
    monkeypatch.setattr(compare, "SHORTEST", 0)
    if hasattr(module, "TINY"):  # its shapes for a test
        monkeypatch.setattr(module, "SHAPES", module.TINY)
    assert list(race(module.pairs(), rounds=2))


def test_a_table_is_stored_for_the_book(tmp_path, monkeypatch, capsys):
    part = ModuleType("benchmarks.toy")
    part.pairs = lambda: [Pair("thrice", float, float, "once")]
    monkeypatch.setitem(sys.modules, "benchmarks.toy", part)
    monkeypatch.setattr(command, "PARTS", ["toy"])
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    command.main(["toy", "--rounds", "2"])
    assert not list(tmp_path.iterdir())
    command.main(["toy", "--rounds", "2", "--store"])
    head, _, titles, rule, row = (tmp_path / "toy.md").read_text("utf-8").splitlines()
    assert "2 rounds" in head
    assert titles.count("|") == rule.count("|") == row.count("|") == 7
    assert row.startswith("| thrice | ")
    assert "thrice" in capsys.readouterr().out


@pytest.mark.parametrize("part", PARTS)
def test_the_book_shows_every_part(part):
    assert f"benchmarks/results/{part}.md" in (ROOT / "chapters" / "speed.md").read_text("utf-8")
    assert (ROOT / "benchmarks" / "results" / f"{part}.md").is_file()
