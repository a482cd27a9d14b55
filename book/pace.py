"""How fast this machine is at the moment, beside the one that the budgets are meant for.

The same notebook takes a third more CPU time when another program shares the processor's caches,
or on another processor. A budget in bare seconds would then blame the chapter for its neighbor.
"""

import statistics
import time

import numpy as np

# CPU seconds of `work` on the machine of the budgets: where it takes this long, two notebooks at a
# time, the chapter `batch_norm` takes 25 s.
REFERENCE_S = 0.027
SLOWEST = 3.0  # beyond this a machine is not slow but broken, and the budget says so


def slowdown(*measured: float) -> float:
    """How many times as long work takes here as on the reference; never less than 1."""
    return round(min(SLOWEST, max(1.0, statistics.mean(measured) / REFERENCE_S)), 2)


def work(times: int = 7) -> float:
    """CPU seconds of a little of what a notebook does: arithmetic on arrays, loops of Python."""
    x = np.random.default_rng(0).standard_normal((256, 256))
    return statistics.median(_once(x) for _ in range(times))


def _once(x):
    start = time.process_time()
    for _ in range(30):
        y = np.tanh(x @ x / 16)
        y -= y.mean(axis=0)
        sum(i * i for i in range(10_000))
    return time.process_time() - start
