"""Successive halving and Hyperband: trainings that go on where they stopped, for the best of them.

A training is a function of its arguments alone::

    def train(configuration, state, epochs):
        model, optimizer, draw = state or begin(configuration)
        ...                                     # so many epochs more
        return (model, optimizer, draw), accuracy

`state` is None at the start and otherwise what the call before returned; it holds all that the
rest of the training needs, its random state included. Between calls it is pickled, in one piece:
what was one object stays one (Dask, left to itself, ships a model and the parameters that its
optimizer holds apart, and the second rung then trains a copy). Larger values are better, NaN is
worst.

Trainings of a rung run one after another; on all cores, or a cluster, inside one line::

    with joblib.parallel_config(backend="loky", n_jobs=-1):   # all cores of this machine
    with joblib.parallel_config(backend="dask"):              # after dask.distributed.Client(…)
"""

import inspect
import os
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import joblib
import numpy as np
from joblib.externals.loky.backend.reduction import dumps  # classes of a notebook too

from deeptricks.practice.hyperparameter_search.brackets import (
    Rung,
    cost,
    halving_rungs,
    hyperband_brackets,
)
from deeptricks.practice.hyperparameter_search.checks import ranked

Train = Callable[[Mapping[str, Any], Any, int], tuple[Any, float]]
Cache = str | os.PathLike | None


class Trial(NamedTuple):
    """A configuration, the epochs that it was trained for, its value after each rung.

    `packed` is the pickle of the state that the last call returned: ``trial.state()``.
    """

    configuration: Mapping[str, Any]
    epochs: int
    values: list[float]
    packed: bytes = pickle.dumps(None)

    def state(self) -> Any:
        """Return what the last call of `train` returned as its state, a new copy each time."""
        return pickle.loads(self.packed)


class Search(NamedTuple):
    """What a search found: the best of those trained to the end, all trials, epochs spent."""

    best: Trial
    trials: list[Trial]
    epochs: int


def successive_halving(
    train: Train,
    configurations: Sequence[Mapping[str, Any]],
    *,
    least: int,
    most: int,
    eta: int = 3,
    cache: Cache = None,
) -> Search:
    """Train all for a few epochs, go on with the best of them only, again and again.

    Parameters
    ----------
    train
        ``train(configuration, state, epochs) -> (state, value)``; see above.
    configurations
        What begins: drawn at random or otherwise, at least one.
    least, most, eta
        As in `halving_rungs`.
    cache
        A folder in which each call of `train` that ended is kept, so that a search that was
        interrupted goes on where it was. A call is known by its configuration, its epochs and the
        text of `train`: throw the folder away when anything that `train` calls has changed.

    Returns
    -------
    Search
        Its trials are in the order of the configurations.

    Raises
    ------
    ValueError
        For no configurations, or sizes that `halving_rungs` refuses.
    """
    if not configurations:
        raise ValueError("configurations must hold at least one, got none")
    rungs = halving_rungs(len(configurations), least, most, eta)
    return run_rungs(train, list(configurations), rungs, cache)


def run_rungs(train: Train, configurations: list, rungs: list[Rung], cache: Cache) -> Search:
    """Train rung by rung; between rungs, those that go on are chosen by value."""
    trials = [Trial(configuration, 0, []) for configuration in configurations]
    going = np.arange(len(trials))
    for rung in rungs:
        if trials[going[0]].values:
            order = ranked([trials[i].values[-1] for i in going])
            going = np.sort(going[order[: rung.configurations]])
        for i, trial in zip(going, further(train, trials, going, rung.epochs, cache), strict=True):
            trials[i] = trial
    final = [trials[i] for i in going]
    best = final[ranked([trial.values[-1] for trial in final])[0]]
    return Search(best, trials, cost(rungs))


def further(train: Train, trials: list[Trial], going: Any, epochs: int, cache: Cache) -> list:
    """Return the trials `going`, each trained until it has had so many epochs."""
    text = "" if cache is None else inspect.getsource(train)
    memory = joblib.Memory(cache, verbose=0)  # without a folder it calls
    # The state follows from what is kept as the key: the configuration and the epochs.
    job = joblib.delayed(memory.cache(call, ignore=["train", "packed"]))
    results = joblib.Parallel()(
        job(train, dict(t.configuration), t.packed, t.epochs, epochs - t.epochs, text)
        for t in (trials[i] for i in going)
    )
    return [
        Trial(trials[i].configuration, epochs, [*trials[i].values, value], packed)
        for i, (packed, value) in zip(going, results, strict=True)
    ]


def call(
    train: Train, configuration: dict, packed: bytes, done: int, epochs: int, text: str
) -> tuple[bytes, float]:
    """One call of `train`; `done` and its source `text` are there for the cache to know it by."""
    state, value = train(configuration, pickle.loads(packed), epochs)
    return bytes(dumps(state)), float(value)


def hyperband(
    train: Train,
    configurations: Iterable[Mapping[str, Any]],
    *,
    most: int,
    eta: int = 3,
    cache: Cache = None,
) -> Search:
    """Run all brackets of `hyperband_brackets`, each with configurations of its own.

    Parameters
    ----------
    train, most, eta, cache
        As in `successive_halving`.
    configurations
        Handed out in their order: for example scikit-learn's ``ParameterSampler``.

    Raises
    ------
    ValueError
        If there are fewer configurations than the brackets take.
    """
    brackets, source, found = hyperband_brackets(most, eta), iter(configurations), []
    needed = sum(rungs[0].configurations for rungs in brackets)
    for rungs in brackets:
        drawn = list(islice(source, rungs[0].configurations))
        if len(drawn) < rungs[0].configurations:
            raise ValueError(f"configurations must hold {needed}, the brackets need them; too few")
        found.append(run_rungs(train, drawn, rungs, cache))
    best = found[ranked([search.best.values[-1] for search in found])[0]].best
    trials = [trial for search in found for trial in search.trials]
    return Search(best, trials, sum(search.epochs for search in found))
