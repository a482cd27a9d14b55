"""Work that several threads share; each waits for a sandbox of its own most of the time."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any


def each(work: Callable[[Any, int], Any], tasks: list, workers: int) -> Iterator[tuple[Any, Any]]:
    """(task, work(task, slot)) as each is done; `slot` is the thread's number, from 0.

    The threads do not keep the program alive: Ctrl-C ends it at once, and with it the sandboxes.

    Raises
    ------
    ValueError
        Where `workers` is no whole number, 1 or more. An exception of `work` is raised here.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise ValueError(f"workers is {workers!r}, a whole number, 1 or more, is needed")
    waiting, done = queue.SimpleQueue(), queue.Queue(maxsize=2 * workers)
    for task in tasks:
        waiting.put(task)
    stopping = threading.Event()
    for slot in range(min(workers, len(tasks))):
        threading.Thread(
            target=_serve, args=(work, slot, waiting, done, stopping), daemon=True
        ).start()
    try:
        for _ in tasks:
            task, result, error = _next(done)
            if error is not None:
                raise error
            yield task, result
    finally:
        stopping.set()


def _serve(work, slot, waiting, done, stopping):
    while not stopping.is_set():
        try:
            task = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            done.put((task, work(task, slot), None))
        except BaseException as error:
            done.put((task, None, error))


def _next(done):
    """Waits in short steps: on Windows a long wait would not hear Ctrl-C."""
    while True:
        try:
            return done.get(timeout=0.5)
        except queue.Empty:
            continue
