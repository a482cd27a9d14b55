"""The benchmarks compare like with like, and the ratio follows the work."""

from importlib import import_module

import numpy as np
import pytest

from benchmarks.__main__ import PARTS
from benchmarks.compare import Pair, check_equal, measure, table


def work(size):
    """A call whose time grows with `size`."""
    return lambda: float(sum(range(size)) * 0)


def test_the_ratio_follows_the_work():
    timing = measure(Pair("thrice", work(90_000), work(30_000), "once"), rounds=15)
    assert timing.ours.shape == timing.theirs.shape == (15,)
    assert 1.5 < np.median(timing.ratios) < 6  # other work on the machine blurs it


def test_pairs_that_differ_are_not_raced():
    with pytest.raises(ValueError, match="sum: ours and mean differ"):
        check_equal(Pair("sum", lambda: np.ones(3), lambda: np.ones(3) * 2, "mean"))
    with pytest.raises(ValueError, match="differ"):
        check_equal(Pair("shape", lambda: np.ones(3), lambda: np.ones((3, 1)), "column"))


def test_one_round_has_no_spread():
    with pytest.raises(ValueError, match="rounds must be at least 2, got 1"):
        measure(Pair("", work(1), work(1), ""), rounds=1)


@pytest.mark.parametrize("part", PARTS)
def test_each_benchmark_runs_and_both_sides_agree(part):
    lines = list(table(import_module(f"benchmarks.{part}").pairs(), rounds=2))
    assert len(lines) > 1
