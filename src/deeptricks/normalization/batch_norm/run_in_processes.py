"""Run a function in several processes that talk to each other, as the devices of a cluster do."""

import contextlib
import multiprocessing
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from sklearn.utils.parallel import Parallel, delayed
from torch import distributed


def in_processes(
    function: Callable[[Any], Any], shards: Iterable[Any], *, timeout: float = 120.0
) -> list[Any]:
    """Return ``[function(shard) for shard in shards]``, each call in a process of its own.

    The processes form a `torch.distributed` group (backend gloo, on the CPU): within `function`,
    `torch.distributed.get_rank()` is the index of its shard, and collectives such as `all_reduce`
    reach the others. Results come back in that order. Shards, results and the function travel by
    pickle, the function by value: it may be defined in a notebook.

    Parameters
    ----------
    function : callable
        Of one shard.
    shards : iterable
        The work of each process, at least one.
    timeout : float, default 120
        Seconds after which a process stops to wait for the others, and this call for them.

    Returns
    -------
    list
        A result for each shard.

    Raises
    ------
    ValueError
        There is no shard.
    TimeoutError
        It takes too long.
    Exception
        What `function` raises in one of the processes: the first error, the cause of those that
        follow in others.
    """
    shards = list(shards)
    if not shards:
        raise ValueError("shards must hold at least one, the work of one process, got none")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        group = {"address": (Path(folder) / "meeting").as_uri(), "size": len(shards)}
        calls = [
            delayed(_member)(function, shard, rank, timeout=timeout, **group)
            for rank, shard in enumerate(shards)
        ]
        limit = timeout if len(shards) > 1 else None  # one process is this one
        together = Parallel(  # all at once: one that waits in a queue would keep the others waiting
            len(shards), "loky", pre_dispatch="all", batch_size=1, timeout=limit, max_nbytes=None
        )
        try:
            results, errors = zip(*together(calls), strict=True)
        except multiprocessing.TimeoutError:
            raise TimeoutError(f"no result from all processes within {timeout} s") from None
    if failures := [error for error in errors if error is not None]:
        raise min(failures)[-1]
    return list(results)


def _member(function, shard, rank, *, address, size, timeout):
    """Meet the others, work, part; return (result, None), or (None, (when, rank, error))."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the processes share the cores
    try:
        with _loopback():
            distributed.init_process_group(
                "gloo",
                init_method=address,
                rank=rank,
                world_size=size,
                timeout=timedelta(seconds=timeout),
            )
        return function(shard), None
    except Exception as error:
        error.add_note(f"in process {rank} of {size}:\n{traceback.format_exc()}")
        return None, (time.time(), rank, error)
    finally:
        torch.set_num_threads(threads)
        if distributed.is_initialized():
            distributed.destroy_process_group()


@contextlib.contextmanager
def _loopback() -> Iterator[None]:
    """Let gloo talk within this machine: a host name that cannot be looked up does not matter."""
    name = "GLOO_SOCKET_IFNAME"
    if name in os.environ or not Path("/sys/class/net/lo").exists():
        yield
        return
    os.environ[name] = "lo"
    try:
        yield
    finally:
        del os.environ[name]
