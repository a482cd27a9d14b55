"""The same experiment over settings and seeds: on one core, on all, or on a cluster.

    def experiment(seed, rate):
        torch.manual_seed(seed)
        …
        return {"loss": …, "accuracy": …}

    table = sweep(experiment, {"rate": [0.1, 1.0]}, seeds(5))

runs one after another. The same call uses every core, or a cluster, inside a joblib block:

    with joblib.parallel_config(backend="loky", n_jobs=-1):    # all cores of this machine
    with joblib.parallel_config(backend="dask"):    # after client = dask.distributed.Client(…)
    with joblib.parallel_config(backend="ray"):     # after ray.util.joblib.register_ray()

An experiment takes its randomness from its argument `seed` alone, and each run has one thread, so
the numbers do not depend on where it ran. Processes, not threads: torch's random state is one for
all threads of a process. (Ray comes in through joblib's own interface; the tests run loky and a
real Dask cluster, but no Ray, which is not among the packages installed for them.)
"""

import inspect
import numbers
import os
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import joblib
import pandas as pd

from deeptricks.lab import progress
from deeptricks.lab.best import at_best
from deeptricks.lab.grid import train_many
from deeptricks.lab.settings import checked_seeds, combinations, one_thread, plain, seeds
from deeptricks.lab.spread import curves, paired, summary

__all__ = [
    "ExperimentError",
    "at_best",
    "curves",
    "paired",
    "seeds",
    "summary",
    "sweep",
    "train_many",
]


class ExperimentError(RuntimeError):
    """An experiment failed; the message says with which setting and seed, and how."""


def sweep(
    experiment: Callable[..., float | Mapping[str, float]],
    settings: Mapping[str, Iterable] | Iterable[Mapping],
    seeds: Sequence[int],
    cache: str | os.PathLike | None = None,
) -> pd.DataFrame:
    """Run ``experiment(seed=…, **setting)`` for every setting and seed; one row for each.

    With worker processes the experiment and all it refers to are sent to them: load large data
    inside the experiment.

    Parameters
    ----------
    experiment
        Returns a number or a dictionary of numbers.
    settings
        A dictionary of lists, of which every combination is run, or a list of dictionaries.
    seeds
        See `seeds`, which tells what they draw.
    cache
        A folder in which each run that ended is kept, so that a search that was interrupted goes
        on where it was. A run is known by setting, seed and the experiment's own text: throw the
        folder away when anything that the experiment calls has changed.

    Returns
    -------
    pandas.DataFrame
        A column for each setting, ``seed``, and what the experiment returned: a column ``value``
        for a number, a column for each entry of a dictionary. Rows are in the order of the
        settings, then of the seeds, whichever run ended first.

    Raises
    ------
    ExperimentError
        When a run fails.
    """
    settings = combinations(settings)
    seeds = checked_seeds(seeds)
    plan = [(setting, seed) for setting in settings for seed in seeds]
    memory = joblib.Memory(cache, verbose=0)  # without a folder it calls
    text = "" if cache is None else inspect.getsource(experiment)
    job = joblib.delayed(memory.cache(run, ignore=["experiment"]))
    with progress.bar(len(plan), "sweep", "run") as bar:
        results = WatchedParallel(bar)(
            job(experiment, setting, seed, text) for setting, seed in plan
        )
    columns = list(results[0])
    for (setting, seed), result in zip(plan, results, strict=True):
        if list(result) != columns:
            raise ValueError(f"{where(setting, seed)} returned {list(result)}, others {columns}")
    rows = [
        {**setting, "seed": seed, **result}
        for (setting, seed), result in zip(plan, results, strict=True)
    ]
    table = pd.DataFrame(rows)
    table.attrs["settings"] = list(plan[0][0])
    return table


class WatchedParallel(joblib.Parallel):
    """joblib's Parallel (backend and number of workers from the context) that moves a bar."""

    def __init__(self, bar: Any) -> None:
        super().__init__()
        self.bar = bar

    def print_progress(self) -> None:
        """Move the bar: joblib calls this whenever runs have ended."""
        self.bar.update(self.n_completed_tasks - self.bar.n)


def run(experiment: Callable, setting: Mapping, seed: int, text: str) -> dict[str, float]:
    """One run of an experiment: one thread, no progress bar of its own; `text` is its source."""
    try:
        with one_thread(), progress.quiet():
            return as_columns(experiment(seed=seed, **setting), setting)
    except Exception as error:
        # A plain message, because not every exception survives the way back from a process.
        raise ExperimentError(
            f"{where(setting, seed)} failed: {type(error).__name__}: {error}\n\n"
            + traceback.format_exc()
        ) from error


def as_columns(result: float | Mapping[str, float], setting: Mapping) -> dict[str, float]:
    """Return what an experiment returned, as named Python numbers."""
    named = dict(result) if isinstance(result, Mapping) else {"value": result}
    if not named:
        raise ValueError("the experiment returned an empty dictionary")
    taken = [name for name in named if name == "seed" or name in setting]
    if taken:
        raise ValueError(f"the experiment returned {taken}, which are names of its arguments")
    for name, value in named.items():
        named[name] = value = plain(value)
        if not isinstance(value, numbers.Real):
            raise TypeError(f"the experiment must return numbers, got {name}={value!r}")
    return named


def where(setting: Mapping, seed: int) -> str:
    """Return the call as one would write it, to find the run again."""
    arguments = {**setting, "seed": seed}.items()
    return f"experiment({', '.join(f'{name}={value!r}' for name, value in arguments)})"
