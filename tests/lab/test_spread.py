"""Means with their spread, and differences by seed."""

import pandas as pd
import pytest

from deeptricks.lab import runs
from deeptricks.lab.spread import mean_and_spread, paired, summary


@pytest.mark.parametrize(
    ("values", "digits", "text"),
    [
        ([1.0, 2.0, 3.0], 2, "2.0 ± 1.0"),
        ([0.940, 0.942, 0.938], 3, "0.940 ± 0.002"),
        ([0.026, 0.028], 2, "0.027 ± 0.001"),
        ([9_100_000, 9_300_000], 2, "9200000 ± 100000"),
        ([-1.0, 1.0], 2, "0.0 ± 1.4"),
        ([-0.5, 0.499], 1, "0.0 ± 0.7"),
        ([0.0, 0.0], 2, "0.0 ± 0.0"),
        ([3.14159], 3, "3.14"),
        ([1.0, float("nan"), float("inf")], 2, "not finite in 2 of 3"),
    ],
)
def test_mean_and_spread(values, digits, text):
    assert mean_and_spread(values, digits) == text


def table():
    return pd.DataFrame(
        {
            "net": ["plain"] * 3 + ["residual"] * 3,
            "depth": [8, 8, 20, 8, 8, 20],
            "seed": [0, 1, 0, 1, 0, 0],
            "loss": [1.0, 3.0, 9.0, 1.0, 0.5, 2.0],
            "accuracy": [0.5, 0.7, 0.1, 0.9, 0.9, 0.6],
        }
    )


def test_summary_has_a_row_for_each_group_in_the_order_of_the_table():
    result = summary(table(), ["net", "depth"], ["loss", "accuracy"])
    assert list(result.columns) == ["net", "depth", "loss", "accuracy", "n"]
    assert result.values.tolist() == [
        ["plain", 8, "2.0 ± 1.4", "0.60 ± 0.14", 2],
        ["plain", 20, "9.0", "0.10", 1],
        ["residual", 8, "0.75 ± 0.35", "0.90 ± 0.00", 2],
        ["residual", 20, "2.0", "0.60", 1],
    ]
    with pytest.raises(ValueError, match=r"no column \['los'\]"):
        summary(table(), "net", "los")


def test_paired_takes_the_difference_seed_by_seed():
    shallow = table()[table()["depth"] == 8]
    result = paired(shallow, "net", "loss", "plain", "residual")
    assert result.to_dict() == {0: 0.5, 1: 2.0}  # the rows of the two are in different orders
    ratio = paired(shallow, "net", "loss", "plain", "residual", ratio=True)
    assert ratio.to_dict() == {0: 2.0, 1: 3.0}


def test_paired_refuses_what_is_not_paired():
    with pytest.raises(ValueError, match="more than one row with net='plain' and the same seed"):
        paired(table(), "net", "loss", "plain", "residual")
    deep = table().drop(index=5)
    deep.loc[2, "seed"] = 7
    with pytest.raises(ValueError, match="not run with the same seeds"):
        paired(deep.loc[[1, 2, 3]], "net", "loss", "plain", "residual")
    with pytest.raises(ValueError, match="net has no value 'dense'"):
        paired(table(), "net", "loss", "dense", "plain")
    with pytest.raises(ValueError, match="no column"):
        paired(table(), "nets", "loss", "dense", "plain")


def test_lab_offers_them_in_one_place():
    assert runs.summary is summary
    assert runs.paired is paired


def test_a_setting_may_be_called_n_or_hold_lists():
    """Report 16; the count of runs then has a name of its own."""
    sizes = runs.sweep(lambda seed, n: n + seed, {"n": [10, 100]}, [0, 1, 2])
    shown = summary(sizes, "n", digits=4)
    assert shown["n"].tolist() == [10, 100]
    assert shown["value"].tolist() == ["11.00 ± 1.00", "101.0 ± 1.0"]
    assert shown["runs: n"].tolist() == [3, 3]
    layers = [[32], [32, 32]]
    lists = runs.sweep(lambda seed, hidden: len(hidden), {"hidden": layers}, [0, 1, 2])
    assert summary(lists, "hidden")["hidden"].tolist() == layers
    assert paired(lists, "hidden", "value", [32, 32], [32]).tolist() == [1, 1, 1]


def test_a_summary_of_tables_that_were_joined_has_each_group_once():
    joined = pd.concat([rows.reset_index(drop=True) for _, rows in table().groupby("net")])
    pd.testing.assert_frame_equal(
        summary(joined, ["net", "depth"], "loss"), summary(table(), ["net", "depth"], "loss")
    )
