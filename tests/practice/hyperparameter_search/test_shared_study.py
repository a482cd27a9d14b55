"""Many processes at one study, one of them killed: each trial ends, is tried again, or is named."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from deeptricks.practice.hyperparameter_search.shared_study import (
    open_study,
    reclaim,
    report,
    work,
)

optuna.logging.set_verbosity(optuna.logging.ERROR)

WORKER = """
import os, sys, time, optuna
from deeptricks.practice.hyperparameter_search.shared_study import open_study, work
optuna.logging.set_verbosity(optuna.logging.ERROR)
place, log, hang, seed, go = sys.argv[1:]

def objective(trial):
    x = trial.suggest_float("x", 0, 1)
    with open(log, "a") as file:
        file.write(f"{trial.number} {x!r}\\n")
    if hang == "hang" and trial.number >= 2:
        time.sleep(600)
    return -((x - 0.5) ** 2)

while not os.path.exists(go):
    time.sleep(0.02)
study = open_study(place, sampler=optuna.samplers.RandomSampler(seed=int(seed)))
print(work(study, objective, trials=8, lost_after=0.3, pause=0.05), flush=True)
"""


def begin(place, log, hang, seed, go):
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(place), str(log), hang, str(seed), str(go)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["journal", "sqlite"])
def test_two_processes_one_killed(kind, tmp_path):
    path = tmp_path / "study"
    place = str(path) if kind == "journal" else f"sqlite:///{path}.db"
    open_study(place)  # the tables of a database are made once, before many ask for them
    logs = [tmp_path / "first", tmp_path / "second"]
    go = tmp_path / "go"  # both are imported and ready while the first runs two trials
    doomed, other = begin(place, logs[0], "hang", 1, path.parent), begin(place, logs[1], "", 2, go)
    wait_for(lambda: len(lines(logs[0])) == 3)  # it sleeps in its third trial
    go.touch()
    wait_for(lambda: len(lines(logs[1])) >= 1)
    os.kill(doomed.pid, signal.SIGKILL)
    assert doomed.wait(30) == -signal.SIGKILL
    ran, _ = other.communicate(timeout=120)

    study = open_study(place)
    said = report(study)
    assert len(said["ended"]) == 8
    assert len(said["lost"]) == 1
    assert (said["running"], said["waiting"], said["failed"]) == ([], [], [])
    assert int(ran) == 6  # two of the eight were the first one's
    (lost,) = said["lost"]
    (again,) = [t for t in study.trials if t.user_attrs.get("retry_of") == lost]
    assert again.state == TrialState.COMPLETE
    assert again.params == study.trials[lost].params  # what was lost is tried again
    # What was run, by the logs of both, is what the study says: nothing twice but the lost one.
    started = [line.split() for log in logs for line in lines(log)]
    assert sorted(int(number) for number, _ in started) == sorted(said["ended"] + said["lost"])
    xs = [x for _, x in started]
    assert [x for x in set(xs) if xs.count(x) > 1] == [repr(again.params["x"])]
    assert all("worker" in study.trials[n].user_attrs for n in said["ended"])


def lines(log: Path):
    return log.read_text().splitlines() if log.exists() else []


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def quadratic(trial):
    return -((trial.suggest_float("x", 0, 1) - 0.5) ** 2)


def test_exactly_so_many_end_when_two_ask_at_once(tmp_path, monkeypatch):
    """Both workers see one trial missing; only one of the two that are asked for may stay."""
    barrier = threading.Barrier(2, timeout=20)
    met = threading.local()

    def ask_together(self, *arguments, **named):
        if not getattr(met, "done", False):
            met.done = True
            with contextlib.suppress(threading.BrokenBarrierError):  # said below, by the test
                barrier.wait()
        return ask(self, *arguments, **named)

    ask = optuna.Study.ask
    monkeypatch.setattr(optuna.Study, "ask", ask_together)
    place = tmp_path / "log"
    open_study(place)
    counts = []

    def run():
        counts.append(work(open_study(place), quadratic, trials=1, lost_after=60, pause=0.01))

    threads = [threading.Thread(target=run, daemon=True) for _ in range(2)]
    [t.start() for t in threads]
    [t.join(40) for t in threads]
    said = report(open_study(place))
    assert not barrier.broken, "one of the two never asked"
    assert sorted(counts) == [0, 1]
    assert len(said["ended"]) == 1
    assert len(said["surplus"]) == 1
    assert said["failed"] == []


def test_a_study_goes_on_where_it_was(tmp_path):
    place = tmp_path / "log"
    assert work(open_study(place), quadratic, trials=3, lost_after=60) == 3
    assert work(open_study(place), quadratic, trials=5, lost_after=60) == 2
    assert work(open_study(place), quadratic, trials=5, lost_after=60) == 0
    assert report(open_study(place))["ended"] == [0, 1, 2, 3, 4]


def test_a_late_result_is_dropped_once_the_trial_was_given_up(tmp_path):
    study = open_study(tmp_path / "log")

    def slow(trial):
        x = trial.suggest_float("x", 0, 1)
        if trial.number == 0:
            time.sleep(0.02)
            assert reclaim(open_study(tmp_path / "log"), 0.01) == [0]  # another worker's doing
            assert reclaim(open_study(tmp_path / "log"), 0.01) == []  # and only once
        return x

    assert work(study, slow, trials=2, lost_after=60) == 2
    said = report(study)
    assert said["lost"] == [0]
    assert said["ended"] == [1, 2]
    assert study.trials[1].params == study.trials[0].params
    assert study.trials[0].value is None


def test_pruned_trials_have_ended_and_errors_are_not_swallowed(tmp_path):
    study = open_study(tmp_path / "log")

    def objective(trial):
        if trial.number == 0:
            raise optuna.TrialPruned
        if trial.number == 1:
            raise RuntimeError("no memory")
        return 1.0

    with pytest.raises(RuntimeError, match="no memory"):
        work(study, objective, trials=2, lost_after=60)
    assert work(study, objective, trials=2, lost_after=60) == 1
    said = report(study)
    assert (said["ended"], said["failed"]) == ([0, 2], [1])


def test_nan_is_an_error(tmp_path):
    study = open_study(tmp_path / "log")
    with pytest.raises(ValueError, match="objective must return a number, got nan for"):
        work(study, lambda t: float("nan") if t.number == 0 else 1.0, trials=2, lost_after=60)
    assert report(study)["failed"] == [0]


def test_young_trials_are_left_alone(tmp_path):
    study = open_study(tmp_path / "log")
    study.ask()
    assert reclaim(study, 60) == []
    assert report(study)["running"] == [0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"trials": 0}, "trials must be a whole number of at least 1, got 0"),
        ({"lost_after": 0}, "lost_after must be a finite number above 0"),
        ({"pause": -1}, "pause must be"),
    ],
)
def test_bad_arguments(given, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        work(open_study(tmp_path / "log"), quadratic, **{"trials": 1, "lost_after": 1, **given})
