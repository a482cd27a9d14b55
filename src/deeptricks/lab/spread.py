"""From a table of runs to what a reader compares: mean and spread, and differences by seed."""

import math
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import pandas as pd


def summary(
    table: pd.DataFrame, by: str | list[str], value: str | list[str] = "value", digits: int = 2
) -> pd.DataFrame:
    """Mean ± standard deviation (n − 1) of `value` for each group of `by`, and how many runs: `n`.

    Groups with a value that is NaN or infinite say in how many runs, and give no mean. Where a
    column is itself called ``n``, the number of runs is called ``runs: n``.

    Parameters
    ----------
    table
        From `sweep` or `train_many`.
    by, value
        Names of columns. The values of `by` may be lists.
    digits
        Significant digits of the larger of the two, both rounded to the same place.
    """
    by, value = as_list(by), as_list(value)
    check_columns(table, by + value)
    table = table.reset_index(drop=True)  # tables that were joined may have a label twice
    groups = table.groupby(keys(table, by), sort=False, dropna=False)
    levels = table.loc[groups.head(1).index, by].reset_index(drop=True)
    shown = groups[value].agg(lambda runs: mean_and_spread(runs, digits)).reset_index(drop=True)
    counts = pd.DataFrame({"n": groups.size().array})
    return pd.concat(
        [levels, shown, counts.add_prefix("runs: " if "n" in by + value else "")], axis=1
    )


def mean_and_spread(values: Iterable[float], digits: int = 2) -> str:
    """Return the text "mean ± sd"; one value stands alone, its deviation being unknown."""
    numbers = pd.Series(values, dtype=float)
    bad = sum(not math.isfinite(number) for number in numbers)
    if bad:
        return f"not finite in {bad} of {len(numbers)}"
    mean = numbers.mean()
    deviation = numbers.std(ddof=1) if len(numbers) > 1 else 0.0
    size = max(abs(mean), deviation) or 1.0
    places = digits - 1 - math.floor(math.log10(size))

    def rounded(number: float) -> str:
        return f"{round(number, places) + 0.0:.{max(places, 0)}f}"  # + 0.0: no minus zero

    return f"{rounded(mean)} ± {rounded(deviation)}" if len(numbers) > 1 else rounded(mean)


def paired(
    table: pd.DataFrame, by: str, value: str, a: object, b: object, ratio: bool = False
) -> pd.Series:
    """`value` under `by == a` minus that under `by == b` (or divided by it), seed by seed.

    Runs that share a seed share what the seed draws, so their difference has less noise than the
    difference of means.

    Returns
    -------
    pandas.Series
        Indexed by seed.

    Raises
    ------
    ValueError
        Where a level has no run or more than one for some seed: choose the rows of one setting
        first.
    """
    check_columns(table, [by, "seed", value])
    levels = []
    for level in (a, b):
        rows = table[[each == level for each in table[by]]].set_index("seed")[value]
        if rows.empty:
            raise ValueError(f"{by} has no value {level!r}, only {list(table[by].unique())}")
        if not rows.index.is_unique:
            raise ValueError(f"more than one row with {by}={level!r} and the same seed")
        levels.append(rows)
    first, second = levels
    if set(first.index) != set(second.index):
        raise ValueError(f"{by}={a!r} and {by}={b!r} were not run with the same seeds")
    return first / second if ratio else first - second


def curves(table: pd.DataFrame, settings: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Return the loss of every step of every network, in rows, for `plots.lines`.

    Parameters
    ----------
    table
        From `train_many` with ``keep=["losses"]``.
    settings
        Which settings to carry along; all by default.

    Returns
    -------
    pandas.DataFrame
        Columns: the settings, ``seed``, ``step`` (from 1), ``loss`` of the batch before that step.
    """
    settings = as_list(table.attrs.get("settings", []) if settings is None else settings)
    check_columns(table, [*settings, "seed", "losses"])
    rows = table[[*settings, "seed", "losses"]].rename(columns={"losses": "loss"})
    steps = [np.arange(1, len(losses) + 1) for losses in rows["loss"]]
    return (
        rows.assign(step=steps)
        .explode(["step", "loss"], ignore_index=True)
        .dropna()
        .astype({"step": int, "loss": float})[[*settings, "seed", "step", "loss"]]
    )


def keys(table: pd.DataFrame, names: Sequence[str]) -> list[pd.Series]:
    """List what to group `names` by: the columns, unhashable values (lists) by their text."""

    def hashable(value: object) -> object:
        return value if isinstance(value, Hashable) else repr(value)

    return [table[name].map(hashable, na_action="ignore") for name in names]


def as_list(names: str | Sequence[str]) -> list[str]:
    """Return one name or several as a list."""
    return [names] if isinstance(names, str) else list(names)


def check_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise ValueError unless `table` has columns of these names."""
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise ValueError(f"the table has no column {missing}, only {list(table.columns)}")
