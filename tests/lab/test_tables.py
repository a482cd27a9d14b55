import pandas as pd
import pytest

from deeptricks.lab import tables


def test_numbers_are_shown_but_not_compared(shown):
    tables.show_table(pd.DataFrame({"loss": [0.125]}, index=["raw"]))
    (bundle,) = shown
    assert "0.125" in bundle["text/html"]
    assert bundle["text/plain"] == "Table: loss. Rows: raw."


def test_row_labels_of_several_levels_are_named(shown):
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    tables.show_table(pd.DataFrame({"x": [1, 2]}, index=index))
    assert shown[0]["text/plain"] == "Table: x. Rows: a 1, b 2."


@pytest.mark.parametrize(("index", "heads"), [(None, 2), (["a", "b"], 4), ([1, 2], 4)])
def test_a_mere_count_of_rows_is_not_shown(shown, index, heads):
    tables.show_table(pd.DataFrame({"x": [1, 2], "y": [3, 4]}, index=index))
    assert shown[0]["text/html"].count("<th>") - (heads == 4) == heads


def test_only_data_frames():
    with pytest.raises(TypeError, match="table must be a pandas DataFrame, got list"):
        tables.show_table([1, 2])
