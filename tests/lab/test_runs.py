"""Sweeps: every setting with every seed, in order, the same numbers wherever they ran."""

import os
import time

import joblib
import pandas as pd
import pytest
import torch

from deeptricks.lab.runs import ExperimentError, sweep


def product(seed, a, b=1):
    return seed + 10 * a + 100 * b


BACKENDS = ["one core", "threads", "all cores", "dask"]
NOT_THREADS = [name for name in BACKENDS if name != "threads"]  # they share torch's random state
NOT_LOKY = [name for name in BACKENDS if name != "all cores"]  # an error costs it its workers


@pytest.fixture(params=BACKENDS)
def backend(request):
    """Each way to run a sweep, chosen as a reader chooses it."""
    if request.param == "one core":
        yield request.param
    elif request.param == "dask":
        request.getfixturevalue("cluster")
        with joblib.parallel_config(backend="dask"):
            yield request.param
    else:
        name = {"threads": "threading", "all cores": "loky"}[request.param]
        with joblib.parallel_config(backend=name, n_jobs=2):
            yield request.param


@pytest.fixture(scope="module")
def cluster():
    """A real Dask cluster: a scheduler and two worker processes, on the loopback interface."""
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def trained(seed, rate, hidden):
    """A real training, random in initialization, order and dropout."""
    from torch import nn

    from deeptricks.lab import data, training

    torch.manual_seed(seed)
    train, test = ((split.images.flatten(1) / 16, split.labels) for split in data.digits()[:2])
    net = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Dropout(0.2), nn.Linear(hidden, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    history = training.fit(
        net, train, test, optimizer=optimizer, epochs=2, batch_size=64, seed=seed
    )
    time.sleep(0.01 * (seed == 0))  # the first run is not the first to end
    return {"loss": history.last["test_loss"], "process": os.getpid()}


SETTINGS = {"rate": [0.1, 0.5], "hidden": [16, 128]}


@pytest.fixture(scope="module")
def expected():
    """What the experiment gives without a sweep, in a plain loop with one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rows = [
        (rate, hidden, seed, trained(seed, rate, hidden)["loss"])
        for rate in SETTINGS["rate"]
        for hidden in SETTINGS["hidden"]
        for seed in (0, 1, 2)
    ]
    torch.set_num_threads(threads)
    return pd.DataFrame(rows, columns=["rate", "hidden", "seed", "loss"])


def notebook_like(function):
    """A copy that is sent as code, as a function from a notebook is: no module has it."""
    copy = type(function)(function.__code__, {"torch": torch, "time": time, "os": os}, "experiment")
    copy.__module__ = "__main__"
    return copy


@pytest.mark.parametrize("backend", NOT_THREADS, indirect=True)
def test_every_backend_gives_the_numbers_of_a_plain_loop(backend, expected):
    table = sweep(notebook_like(trained), SETTINGS, [0, 1, 2])
    pd.testing.assert_frame_equal(table.drop(columns="process"), expected, check_exact=True)
    here = set(table["process"]) == {os.getpid()}
    assert here == (backend == "one core")


def test_rows_are_in_the_order_of_settings_then_seeds(backend):
    table = sweep(notebook_like(product), {"a": [2, 1], "b": [5, 4]}, [1, 0])
    assert list(table.columns) == ["a", "b", "seed", "value"]
    rows = [(a, b, seed) for a in (2, 1) for b in (5, 4) for seed in (1, 0)]
    assert list(table.itertuples(index=False, name=None)) == [
        (a, b, seed, product(seed, a, b)) for a, b, seed in rows
    ]


def test_a_failure_names_setting_seed_and_cause(backend):
    def experiment(seed, rate):
        if seed == 1 and rate == 0.5:
            raise KeyError("no such layer")
        return 1.0

    with pytest.raises(ExperimentError) as caught:
        sweep(experiment, {"rate": [0.1, 0.5]}, [0, 1])
    message = str(caught.value)
    assert "experiment(rate=0.5, seed=1) failed: KeyError: 'no such layer'" in message
    assert 'raise KeyError("no such layer")' in message  # the line, wherever it ran


@pytest.mark.parametrize("backend", NOT_LOKY, indirect=True)
def test_an_exception_that_cannot_travel_is_still_told(backend):
    class OddError(Exception):
        def __init__(self, a, b):
            super().__init__(f"{a} and {b}")

    def experiment(seed):
        raise OddError("this", "that")

    with pytest.raises(ExperimentError, match="OddError: this and that"):
        sweep(experiment, {}, [0])


def test_each_run_has_one_thread_and_the_caller_keeps_its_own():
    torch.set_num_threads(2)
    try:
        table = sweep(lambda seed: torch.get_num_threads(), {}, [0, 1])
        assert table["value"].tolist() == [1, 1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
