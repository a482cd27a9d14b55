"""Where configurations come from: a space is a dictionary of distributions or lists.

    space = {"lr": scipy.stats.loguniform(1e-4, 1), "width": [32, 64, 128]}

Random ones are scikit-learn's ``ParameterSampler(space, n, random_state=seed)``. Here are the two
that spread evenly: a grid, and Sobol's sequence. Both go through the quantile function of each
distribution, so that a log-uniform rate is spread evenly over its decades.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import qmc

from deeptricks.practice.hyperparameter_search.checks import check_whole

Space = Mapping[str, Any]


def sobol(space: Space, n: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return the first `n` points of a scrambled Sobol sequence, as configurations.

    Its points keep their distance: each half, quarter, eighth … of each range gets its share.

    Parameters
    ----------
    space
        A frozen distribution of ``scipy.stats`` (with ``ppf``) or a list for each name.
    n
        How many; a power of two is balanced best, another number is allowed.
    seed
        Of the scrambling: each seed gives another sequence, and every point alone is uniform.

    References
    ----------
    A. B. Owen, Scrambling Sobol' and Niederreiter–Xing points, Journal of Complexity 14, 1998.
    """
    check_space(space)
    check_whole(1, n=n)
    engine = qmc.Sobol(len(space), scramble=True, rng=np.random.default_rng(seed))
    points = engine.random_base2(int(np.ceil(np.log2(n))))[:n]
    return [place(space, point) for point in points]


def grid(space: Space, points: int | Mapping[str, int]) -> list[dict[str, Any]]:
    """Return all combinations of `points` values a name, in the middles of equal shares.

    Parameters
    ----------
    space
        As in `sobol`. Of a list all values are taken.
    points
        k, for all names or by name: a distribution gives its quantiles (i + ½)/k.
    """
    from sklearn.model_selection import ParameterGrid

    check_space(space)
    counts = dict.fromkeys(space, points) if not isinstance(points, Mapping) else points
    if set(counts) != set(space):
        raise ValueError(f"points must be given for {list(space)}, got {list(counts)}")
    check_whole(1, **{f"points[{name!r}]": k for name, k in counts.items()})
    values = {
        name: [quantile(where, (i + 0.5) / counts[name]) for i in range(counts[name])]
        if hasattr(where, "ppf")
        else list(where)
        for name, where in space.items()
    }
    return list(ParameterGrid(values))


def place(space: Space, point: Sequence[float]) -> dict[str, Any]:
    """Map a point of the unit cube to a configuration."""
    return {n: quantile(where, u) for (n, where), u in zip(space.items(), point, strict=True)}


def quantile(where: Any, u: float) -> Any:
    """Return the value below which the share u lies; of a list, the value at that place."""
    if hasattr(where, "ppf"):
        value = where.ppf(u).item()
        return int(value) if hasattr(where, "pmf") else value  # of a discrete one
    return where[min(int(u * len(where)), len(where) - 1)]


def check_space(space: Space) -> None:
    """Raise unless each name has a distribution or a list that is not empty."""
    if not isinstance(space, Mapping) or not space:
        raise TypeError(f"space must be a dictionary with at least one name, got {space!r}")
    for name, where in space.items():
        listed = isinstance(where, Sequence) and not isinstance(where, str) and len(where) > 0
        if not listed and not hasattr(where, "ppf"):
            raise TypeError(
                f"space[{name!r}] must be a distribution with ppf or a list, got {where!r}"
            )
