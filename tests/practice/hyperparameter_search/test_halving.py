"""Halving goes on with trainings, on one core, several, or a cluster; interrupted, it goes on."""

import joblib
import numpy as np
import pytest

from deeptricks.practice.hyperparameter_search.brackets import cost, halving_rungs
from deeptricks.practice.hyperparameter_search.halving import hyperband, successive_halving

CURVES = np.random.default_rng(0).random((40, 27)).cumsum(1)
CALLS = []


def train(configuration, state, epochs):
    """A training whose curve is known; the state is what has been seen of it."""
    seen = state or []
    CALLS.append((configuration["row"], len(seen), epochs))
    seen = seen + CURVES[configuration["row"], len(seen) : len(seen) + epochs].tolist()
    return seen, seen[-1]


@pytest.fixture(autouse=True)
def calls():
    CALLS.clear()
    return CALLS


def rows(n):
    return [{"row": i} for i in range(n)]


def by_hand(n):
    """The rule once more, with sets and no states."""
    going, trained = set(range(n)), {}
    for rung in halving_rungs(n, 1, 27):
        if trained:
            last = max(trained.values())
            order = sorted(going, key=lambda i: -CURVES[i, last - 1])
            going = set(order[: rung.configurations])
        trained.update(dict.fromkeys(going, rung.epochs))
    return max(going, key=lambda i: CURVES[i, 26]), trained


@pytest.mark.parametrize("n", [1, 2, 9, 27, 40])
def test_the_rule(n, calls):
    found = successive_halving(train, rows(n), least=1, most=27)
    best, trained = by_hand(n)
    assert found.best.configuration == {"row": best}
    assert [t.epochs for t in found.trials] == [trained[i] for i in range(n)]
    assert [t.configuration["row"] for t in found.trials] == list(range(n))
    assert found.epochs == cost(halving_rungs(n, 1, 27)) == sum(epochs for *_, epochs in calls)


def test_trainings_go_on_and_none_is_repeated(calls):
    found = successive_halving(train, rows(9), least=1, most=9)
    for row in range(9):
        own = [(start, epochs) for i, start, epochs in calls if i == row]
        assert [start for start, _ in own] == np.cumsum([0, *[e for _, e in own]])[:-1].tolist()
        assert found.trials[row].state() == CURVES[row, : found.trials[row].epochs].tolist()
    values = found.best.values
    assert values == [CURVES[found.best.configuration["row"], e - 1] for e in (1, 3, 9)]


def test_nan_is_worst():
    def diverging(configuration, state, epochs):
        return None, float("nan") if configuration["row"] < 8 else 0.1

    found = successive_halving(diverging, rows(9), least=1, most=9)
    assert found.best.configuration == {"row": 8}
    everywhere = successive_halving(lambda *_: (None, float("nan")), rows(3), least=1, most=9)
    assert everywhere.best.configuration == {"row": 0}


def test_hyperband_takes_configurations_in_their_order(calls):
    handed = iter(rows(40))
    found = hyperband(train, handed, most=9, eta=3)
    brackets = [9, 5, 3]
    assert len(found.trials) == sum(brackets)
    assert next(handed) == {"row": sum(brackets)}  # not one more than it needs
    first_epochs = [next(e for i, s, e in calls if i == row) for row in range(17)]
    assert first_epochs == [1] * 9 + [3] * 5 + [9] * 3
    full = [t for t in found.trials if t.epochs == 9]
    assert found.best.values[-1] == max(t.values[-1] for t in full)
    assert found.epochs == sum(epochs for *_, epochs in calls)


def torch_train(configuration, state, epochs):
    """A real training: model, momentum and random state go on."""
    import torch

    if state is None:
        torch.manual_seed(configuration["seed"])
        model = torch.nn.Sequential(
            torch.nn.Linear(4, 8), torch.nn.Dropout(), torch.nn.Linear(8, 1)
        )
        rule = torch.optim.SGD(model.parameters(), configuration["lr"], momentum=0.9)
    else:
        model, rule, chance = state
        torch.set_rng_state(chance)
    x = torch.linspace(-1, 1, 20).view(5, 4)
    for _ in range(epochs):
        rule.zero_grad()
        loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
        loss.backward()
        rule.step()
    return (model, rule, torch.get_rng_state()), -loss.item()


def array_train(configuration, state, epochs):
    """The same without torch, which other processes take long to import; the rule holds `w` too."""
    if state is None:
        draw = np.random.default_rng(configuration["seed"])
        w = draw.normal(size=4)
        state = w, {"of": w, "velocity": np.zeros(4)}, draw
    w, rule, draw = state
    x = np.linspace(-1, 1, 20).reshape(5, 4)
    for _ in range(epochs):
        kept = x * (draw.random(x.shape) < 0.5)
        rule["velocity"] *= 0.9
        rule["velocity"] += kept.T @ (kept @ w - x.sum(1))
        rule["of"] -= configuration["lr"] * rule["velocity"]
    return state, -((x @ w - x.sum(1)) ** 2).mean()


SETTINGS = [{"lr": lr, "seed": seed} for lr in (0.003, 0.01, 0.03) for seed in (0, 1, 2)]


@pytest.fixture(scope="module")
def cluster():
    """A real Dask cluster: a scheduler and two worker processes, on the loopback interface."""
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address=None,
        ) as cluster,
        Client(cluster) as client,
    ):  # fmt: skip
        yield client


@pytest.mark.parametrize("backend", ["loky", "threading", "dask"])
def test_one_line_changes_where_it_runs_and_nothing_else(backend, request):
    train = torch_train if backend == "threading" else array_train
    alone = successive_halving(train, SETTINGS, least=1, most=9)
    if backend == "dask":
        request.getfixturevalue("cluster")
    workers = {} if backend == "dask" else {"n_jobs": 2 if backend == "loky" else 1}
    with joblib.parallel_config(backend=backend, **workers):
        found = successive_halving(train, SETTINGS, least=1, most=9)
    assert [t.values for t in found.trials] == [t.values for t in alone.trials]
    assert found.best.configuration == alone.best.configuration
    assert found.epochs == alone.epochs


@pytest.mark.parametrize("train", [torch_train, array_train])
def test_going_on_equals_training_in_one_go(train):
    found = successive_halving(train, SETTINGS[:3], least=1, most=9)
    setting = found.best.configuration
    assert found.best.values[-1] == train(setting, None, 9)[1]


def test_an_interrupted_search_goes_on(tmp_path, calls):
    whole = successive_halving(train, rows(27), least=1, most=27)
    complete = list(calls)
    calls.clear()

    def failing(configuration, state, epochs):
        if len(CALLS) == 30:
            raise KeyboardInterrupt
        return train(configuration, state, epochs)

    with pytest.raises(KeyboardInterrupt):
        successive_halving(failing, rows(27), least=1, most=27, cache=tmp_path)
    assert len(calls) == 30
    CALLS.append("interrupted")  # the condition above is over
    found = successive_halving(failing, rows(27), least=1, most=27, cache=tmp_path)
    ran = [c for c in calls if c != "interrupted"]
    assert sorted(ran) == sorted(complete)  # none is lost, none ran twice
    assert found.best == whole.best
    assert found.trials == whole.trials


def test_the_cache_knows_configurations_epochs_and_the_text_of_train(tmp_path, calls):
    successive_halving(train, rows(3), least=1, most=9, cache=tmp_path)
    first = len(calls)
    successive_halving(train, rows(3), least=1, most=9, cache=tmp_path)
    assert len(calls) == first
    successive_halving(train, rows(4), least=1, most=9, cache=tmp_path)
    assert (3, 0, 1) in calls
    assert calls.count((0, 0, 1)) == 1

    def other(configuration, state, epochs):
        CALLS.append("other")
        return None, 0.0

    successive_halving(other, rows(3), least=1, most=9, cache=tmp_path)
    assert "other" in calls


def test_the_cache_tells_the_first_epoch_from_the_second(tmp_path):
    """With eta = 2 two rungs add one epoch each."""
    found = successive_halving(train, rows(8), least=1, most=8, eta=2, cache=tmp_path)
    again = successive_halving(train, rows(8), least=1, most=8, eta=2)
    assert found.trials == again.trials
    row = found.best.configuration["row"]
    assert found.best.state() == CURVES[row, :8].tolist()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: successive_halving(train, [], least=1, most=9), "configurations must hold at"),
        (lambda: successive_halving(train, rows(3), least=0, most=9), "least must be a whole"),
        (lambda: successive_halving(train, rows(3), least=1, most=9, eta=1), "eta must be"),
        (lambda: hyperband(train, rows(10), most=9), "configurations must hold 17"),
    ],
)
def test_bad_arguments(call, words):
    with pytest.raises(ValueError, match=words):
        call()
