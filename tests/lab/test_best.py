"""Each at its best setting, by one rule."""

import math

import pandas as pd
import pytest

from deeptricks.lab import runs
from deeptricks.lab.best import EdgeOfGrid

RATES = [0.01, 0.1, 1.0]
LOSSES = {"relu": [(3, 3), (1, 2), (0.5, 9)], "tanh": [(2, 4), (5, 5), (1, 1.5)]}


def table(**more):
    """Two seeds: relu is best at 0.1 (once 1.0 is better), tanh at 1.0, the last that was tried."""
    rows = [
        {"activation": name, "lr": lr, "seed": seed, "validation_loss": float(loss),
         "validation_accuracy": 1 - loss / 10, "test_loss": -float(loss), "diverged": False}
        for name, losses in LOSSES.items()
        for lr, pair in zip(RATES, losses, strict=True)
        for seed, loss in enumerate(pair)
    ]  # fmt: skip
    table = pd.DataFrame(rows).assign(**more)
    table.attrs["settings"] = ["activation", "lr"]
    return table


@pytest.mark.parametrize("of", ["validation", "validation_loss", "validation_accuracy"])
@pytest.mark.parametrize("by", [None, "activation", ["activation"]])
def test_the_best_mean_over_the_seeds_decides_for_all_of_them(of, by):
    with pytest.warns(EdgeOfGrid, match=r"activation='tanh': the best lr, 1, is at the edge"):
        best = runs.at_best(table(), of=of, by=by)
    assert best["lr"].tolist() == [0.1, 0.1, 1.0, 1.0]
    assert best["activation"].tolist() == ["relu"] * 2 + ["tanh"] * 2
    assert best["edge"].tolist() == [False, False, True, True]
    assert best["validation_loss"].tolist() == [1, 2, 1, 1.5]


@pytest.mark.filterwarnings("ignore::deeptricks.lab.best.EdgeOfGrid")
@pytest.mark.parametrize("broken", [math.nan, -math.inf, 0.0])
def test_a_rate_at_which_a_run_diverged_is_worse_than_any_other(broken):
    runs_of_tanh = table()
    runs_of_tanh.loc[11, "validation_loss"] = broken
    runs_of_tanh.loc[11, "diverged"] = broken == 0.0
    best = runs.at_best(runs_of_tanh)
    assert best[best["activation"] == "tanh"]["lr"].tolist() == [0.01] * 2


@pytest.mark.filterwarnings("ignore::deeptricks.lab.best.EdgeOfGrid")
def test_where_all_diverge_the_one_that_does_least():
    bad = table(validation_loss=[math.nan, 1, math.nan, math.nan, 9, 9] * 2)
    assert set(runs.at_best(bad, by=[])["lr"]) == {1.0}
    bad = table(validation_loss=[math.nan] * 6 + [math.nan, 5, 4, math.nan, math.nan, math.nan])
    assert runs.at_best(bad)["lr"].tolist() == [0.01] * 2 + [0.1] * 2


def test_without_groups_all_rows_decide(recwarn):
    best = runs.at_best(table(), by=[])
    assert best["lr"].tolist() == [0.01] * 4
    assert "all runs: the best lr, 0.01," in str(recwarn.list[0].message)


def test_what_has_no_order_and_what_stands_alone_has_no_edge(recwarn):
    by_activation = runs.at_best(table(), over="activation", by="lr")
    assert by_activation["activation"].tolist()[::2] == ["relu", "relu", "tanh"]  # a tie first
    one = table()
    assert not runs.at_best(one[one["lr"] == 0.1])["edge"].any()
    assert not by_activation["edge"].any()
    assert not recwarn.list


def test_the_last_epoch_decides_and_every_epoch_is_returned():
    early = table(epoch=1, validation_loss=1.0)
    late = table(epoch=2)
    both = pd.concat([early, late]).sort_index(kind="stable").reset_index(drop=True)
    best = runs.at_best(both[both["activation"] == "relu"], by=[])
    assert best["epoch"].tolist() == [1, 2, 1, 2]
    assert best["lr"].tolist() == [0.1] * 4


def test_lists_may_be_settings(recwarn):
    lists = table(hidden=[[32]] * 6 + [[32, 32]] * 6)
    assert runs.at_best(lists, by="hidden")["lr"].tolist() == [0.1, 0.1, 1.0, 1.0]


@pytest.mark.parametrize("options", [{"of": "train"}, {"over": "rate"}, {"by": "net"}])
def test_a_column_that_is_not_there_is_named(options):
    with pytest.raises(ValueError, match="the table has no column"):
        runs.at_best(table(), **options)


def test_tables_that_were_joined_are_not_mixed_up(recwarn):
    """Each came with rows 0, 1, …: a label of one must not bring in the row of the other."""
    both = table()
    parts = [both[both.activation == name].reset_index(drop=True) for name in ("relu", "tanh")]
    joined = pd.concat(parts)
    joined.attrs["settings"] = ["activation", "lr"]
    best = runs.at_best(joined)
    pd.testing.assert_frame_equal(
        best.reset_index(drop=True), runs.at_best(both).reset_index(drop=True)
    )
    assert list(best.index) == [2, 3, 4, 5]
