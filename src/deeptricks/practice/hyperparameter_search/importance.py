"""Which hyperparameter matters: how much of the variance of the results each one explains."""

import itertools
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from deeptricks.practice.hyperparameter_search.checks import as_scores, check_whole


def importance(
    settings: Mapping[str, ArrayLike], values: ArrayLike, bins: int = 8
) -> dict[str, float]:
    """Share of the variance that one hyperparameter explains alone: ε² of its binned means.

    Trials are sorted by the hyperparameter into bins of equal size. Between the bins' means lies

        ε² = (SSB − (b − 1) MSW) / SST,

    with the sums of squares between bins (SSB) and in all (SST), and the mean square within
    (MSW): what chance puts between b means is taken off, so that a hyperparameter without effect
    gets 0 on average (and may come out below 0).

    Parameters
    ----------
    settings
        A name and its M numbers for each hyperparameter; only their order matters.
    values
        M results, all finite.
    bins
        b, from 2 to M/2.

    Returns
    -------
    dict
        In the order of `settings`. What is missing to 1 is interaction and noise: see
        `pair_importance`.

    References
    ----------
    F. Hutter, H. Hoos, K. Leyton-Brown, An efficient approach for assessing hyperparameter
    importance, ICML 2014, who compute the same shares from a random forest.
    """
    y, cells = sorted_into_bins(settings, values, bins)
    return {name: explained(y, cell) for name, cell in cells.items()}


def pair_importance(
    settings: Mapping[str, ArrayLike], values: ArrayLike, bins: int = 4
) -> dict[tuple[str, str], float]:
    """Share that two hyperparameters explain together and neither explains alone.

    Returns
    -------
    dict
        ε² of the b · b cells of each pair minus both single shares of b bins.
    """
    y, cells = sorted_into_bins(settings, values, bins)
    alone = {name: explained(y, cell) for name, cell in cells.items()}
    return {
        (a, b): explained(y, cells[a] * bins + cells[b]) - alone[a] - alone[b]
        for a, b in itertools.combinations(cells, 2)
    }


def best_in_bins(setting: ArrayLike, values: ArrayLike, bins: int = 8) -> np.ndarray:
    """Return the best value of each of `bins` equal shares of a setting: an isolation plot."""
    y, cells = sorted_into_bins({"setting": setting}, values, bins)
    return np.array([y[cells["setting"] == cell].max() for cell in range(bins)])


def explained(y: np.ndarray, cell: np.ndarray) -> float:
    """ε² of the means of the cells, numbered from 0; empty ones do not count."""
    total = ((y - y.mean()) ** 2).sum()
    counts = np.bincount(cell)
    full = counts > 0
    means = np.bincount(cell, y)[full] / counts[full]
    between = (counts[full] * (means - y.mean()) ** 2).sum()
    cells = int(full.sum())
    if total == 0 or len(y) <= cells:
        return 0.0
    within = (total - between) / (len(y) - cells)
    return float((between - (cells - 1) * within) / total)


def sorted_into_bins(
    settings: Mapping[str, ArrayLike], values: ArrayLike, bins: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the values, and for each name the bin of each trial, by rank."""
    y = as_scores(values)
    if not np.isfinite(y).all():
        raise ValueError("values must be finite: give trials that failed a value of their own")
    check_whole(2, bins=bins)
    if bins > len(y) // 2:
        raise ValueError(f"bins must be at most half of {len(y)} values, got {bins}")
    cells = {}
    for name, numbers in settings.items():
        column = np.asarray(numbers, dtype=float)
        if column.shape != y.shape:
            raise ValueError(f"settings[{name!r}] must have {len(y)} numbers, got {column.shape}")
        ranks = np.argsort(np.argsort(column, kind="stable"), kind="stable")
        cells[name] = ranks * bins // len(y)
    return y, cells
