"""Several things at once, each in a slot of its own: for sandboxes that run side by side."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue


def crowd(
    task: Callable, things: Iterable, workers: int = 1, step: Callable = lambda: None
) -> list:
    """`task(thing, slot)` for each of `things`, `workers` at once, in the order of the things.

    No two that run at the same time have the same slot (0, 1, …). `step()` is called after each.

    Raises
    ------
    ValueError
        Where `workers` is no whole number, 1 or more. What `task` raises is raised here.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ValueError(f"workers is {workers!r}, a whole number, 1 or more, is needed")
    slots = SimpleQueue()
    for slot in range(workers):
        slots.put(slot)

    def one(thing):
        slot = slots.get()
        try:
            return task(thing, slot)
        finally:
            slots.put(slot)
            step()

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(one, thing) for thing in things]
        try:
            return [future.result() for future in futures]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
