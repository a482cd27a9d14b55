"""What an experiment runs over: settings and seeds; and the one thread that it runs in."""

import itertools
import numbers
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from threadpoolctl import ThreadpoolController

from deeptricks.lab.training import check_whole


def seeds(n: int) -> list[int]:
    """`n` seeds: 0, 1, … plus the environment's DEEPTRICKS_SEED_OFFSET (0 where it is not set).

    Whoever doubts a result sets the offset and runs the book again with seeds nobody has seen.

    **What does a seed draw?** The same in every chapter:

    1. the *split*: which images train, validate and test (``data.digits().split(…, seed=seed)``),
    2. the *weights*: `build` is called right after ``torch.manual_seed(seed)``,
    3. the *batches*: a generator of their own, seeded with `seed`, shuffles every epoch,
    4. the *noise* in the network (dropout): the global generator as the weights left it.

    Each comes from a generator of its own or at a fixed place, so two methods with the same seed
    share split and batches, and their weights too where the architecture is the same: compare
    them seed by seed (`paired`). The spread over seeds holds all four.

    Parameters
    ----------
    n
        How many.

    Returns
    -------
    list of int

    Raises
    ------
    ValueError
        Unless `n` and the offset are whole numbers and `n` at least 1.
    """
    check_whole("n", n, 1)
    offset = os.environ.get("DEEPTRICKS_SEED_OFFSET") or "0"
    try:
        return [int(offset) + i for i in range(n)]
    except ValueError:
        raise ValueError(f"DEEPTRICKS_SEED_OFFSET must be a whole number, got {offset!r}") from None


def combinations(settings: Mapping[str, Iterable] | Iterable[Mapping]) -> list[dict]:
    """Return the settings as a list of dictionaries, checked."""
    if isinstance(settings, Mapping):
        for name, values in settings.items():
            if isinstance(values, str) or not isinstance(values, Iterable):
                raise TypeError(f"settings[{name!r}] must be a list of values, got {values!r}")
        product = itertools.product(*settings.values())
        settings = [dict(zip(settings, values, strict=True)) for values in product]
    found = [{k: plain(v) for k, v in setting.items()} for setting in settings]
    if not found:
        raise ValueError("settings are empty: at least one is needed")
    if any("seed" in setting for setting in found):
        raise ValueError("settings must not hold 'seed': pass seeds=…")
    return found


def plain(value: Any) -> Any:
    """Return a number of NumPy's or torch's as Python's own; anything else as it is."""
    alone = getattr(value, "ndim", None) == 0 and hasattr(value, "item")
    return value.item() if alone else value


def checked_seeds(seeds: Iterable[int]) -> list[int]:
    """Return the seeds as Python's integers, at least one and all different."""
    if isinstance(seeds, numbers.Integral):
        raise TypeError(f"seeds must be a list, got {seeds}: use runs.seeds({seeds})")
    seeds = [plain(seed) for seed in seeds]
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must be at least one and all different, got {seeds}")
    return seeds


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for torch and for numpy's libraries: sums then have one order everywhere."""
    threads = torch.get_num_threads()
    with thread_pools().limit(limits=1):
        torch.set_num_threads(1)  # also reaches the MKL inside torch, which the line above cannot
        try:
            yield
        finally:
            torch.set_num_threads(threads)


@cache
def thread_pools() -> ThreadpoolController:
    """Return the process's thread pools; to look for them takes milliseconds: done once."""
    return ThreadpoolController()
