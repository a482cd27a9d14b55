"""One rule for "each at its best setting"."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from deeptricks.lab.spread import as_list, check_columns, keys


class EdgeOfGrid(UserWarning):
    """The best value is the smallest or largest that was tried: a wider grid may do better."""


def at_best(
    table: pd.DataFrame,
    of: str = "validation",
    over: str = "lr",
    by: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the rows of `table` at the value of `over` that is best for each group of `by`.

    Best is the value of `over` at which the criterion's mean over the seeds is best: the largest
    for an accuracy, the smallest for anything else (losses, steps). All seeds of a group get the
    same value, as somebody would who has to choose one. A value at which runs diverged (or whose
    criterion is not finite) is worse than any at which fewer did. Of equals the first is taken.

    Choose by the validation data, report the test.

    Parameters
    ----------
    table
        From `train_many` or `sweep`. With several epochs to a run the last one decides, and all
        rows of the run are returned.
    of
        The criterion: a column, or ``"validation"`` for ``"validation_loss"`` (so for the others).
    over
        What is chosen.
    by
        For which groups; by default for each combination of the other settings.

    Returns
    -------
    pandas.DataFrame
        The chosen rows in their order, with a column ``edge``: whether the best of at least two
        numbers is the smallest or the largest of them, in which case `EdgeOfGrid` is warned of,
        since a better one may lie beyond.

    Raises
    ------
    ValueError
        For a column that is not there.
    """
    of = of if of in table else f"{of}_loss"
    if by is None:
        by = [name for name in table.attrs.get("settings", ()) if name != over]
    by = as_list(by)
    check_columns(table, [of, over, *by])
    labels, attributes = table.index, dict(table.attrs)
    table = table.reset_index(drop=True)  # tables that were joined may have a label twice
    runs = keys(table, [*by, over, "seed"] if "seed" in table else [*by, over])
    final = table if "epoch" not in table else table.groupby(runs, sort=False).tail(1)
    chosen = []
    for _, rows in table.groupby(keys(table, by), sort=False) if by else [((), table)]:
        value = best_value(final.loc[final.index.isin(rows.index)], of, over)
        edge = is_at_edge(value, rows[over])
        chosen.append(rows[rows[over] == value].assign(edge=edge))
        if edge:
            where = ", ".join(f"{name}={rows[name].iloc[0]!r}" for name in by) or "all runs"
            text = f"{where}: the best {over}, {value:g}, is at the edge of those tried"
            warnings.warn(text, EdgeOfGrid, stacklevel=2)
    result = pd.concat(chosen).sort_index(kind="stable")
    result.index, result.attrs = labels[result.index], attributes
    return result


def best_value(rows: pd.DataFrame, of: str, over: str) -> Any:
    """Return the value of `over` with the fewest failures, and among those the best mean."""
    cost = -rows[of] if of.endswith("accuracy") else rows[of]
    failed = ~np.isfinite(cost)
    if "diverged" in rows:
        failed |= rows["diverged"]
    scores = pd.DataFrame({"failed": failed, "cost": cost.mask(failed)})
    ranked = scores.groupby(rows[over], sort=False).agg({"failed": "sum", "cost": "mean"})
    return ranked.sort_values(["failed", "cost"], kind="stable").index[0]


def is_at_edge(value: Any, tried: pd.Series) -> bool:
    """Whether `value` is the smallest or largest of at least two numbers."""
    if not pd.api.types.is_numeric_dtype(tried) or tried.nunique() < 2:
        return False
    return bool(value in (tried.min(), tried.max()))
