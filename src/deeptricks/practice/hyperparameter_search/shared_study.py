"""One Optuna study that many processes, on many machines, work at; any of them may die.

    study = open_study("search.log")            # a file that all of them reach
    study = open_study("postgresql://…")        # or a database
    work(study, objective, trials=100, lost_after=3600)

Every process runs the same two lines, whenever it likes. What a dead process left behind is said
to have failed, and is tried again under a new number that names the old one.
"""

import datetime
import math
import os
import socket
import time
from collections.abc import Callable
from typing import Any, Literal

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from deeptricks.practice.hyperparameter_search.checks import check_positive, check_whole

ENDED = (TrialState.COMPLETE, TrialState.PRUNED)
RETRY, SURPLUS, WORKER = "retry_of", "surplus", "worker"


def open_study(
    place: str | os.PathLike,
    name: str = "search",
    direction: Literal["maximize", "minimize"] = "maximize",
    sampler: optuna.samplers.BaseSampler | None = None,
    pruner: optuna.pruners.BasePruner | None = None,
) -> optuna.Study:
    """Open the study of this name, or begin it.

    Parameters
    ----------
    place
        A database URL (anything with ``://``), or a file: Optuna's journal, to which processes
        append under a lock, also on a network's file system.
    name, direction, sampler, pruner
        As in ``optuna.create_study``. A sampler with a seed must have another one in each
        process, or all of them suggest the same.
    """
    text = os.fspath(place)
    storage: Any = text
    if "://" not in text:
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        storage = JournalStorage(JournalFileBackend(text))
    return optuna.create_study(
        storage=storage, study_name=name, direction=direction, sampler=sampler, pruner=pruner,
        load_if_exists=True,
    )  # fmt: skip


def work(
    study: optuna.Study,
    objective: Callable[[Trial], float],
    trials: int,
    lost_after: float,
    pause: float = 1.0,
) -> int:
    """Run trials until the study has exactly so many that ended; returns how many ran here.

    Parameters
    ----------
    study
        Of `open_study`, the same in all processes.
    objective
        As for ``study.optimize``; it may raise ``optuna.TrialPruned``. Any other error, and NaN,
        ends this worker: the trial is marked as failed and the error goes on to the caller. Give
        a training that diverged a bad value of its own.
    trials
        How many are to end (complete or pruned), all processes together.
    lost_after
        Seconds after which a trial that still runs is taken for lost. Longer than the longest
        training: one that comes back later finds its number closed, and its result is dropped.
    pause
        Seconds between looks while others run the last trials.

    Raises
    ------
    ValueError
        For a number of trials below 1, or times that are not above 0.
    """
    check_whole(1, trials=trials)
    check_positive(lost_after=lost_after, pause=pause)
    done = 0
    while True:
        reclaim(study, lost_after)
        counted = [t for t in study.get_trials(deepcopy=False) if t.state != TrialState.FAIL]
        if sum(t.state in ENDED for t in counted) >= trials:
            return done
        waiting = any(t.state == TrialState.WAITING for t in counted)
        if len(counted) >= trials and not waiting:
            time.sleep(pause)  # enough are under way; should one be lost, it is ours
            continue
        trial = study.ask()
        if not within(study, trial.number, trials):
            trial.set_user_attr(SURPLUS, True)
            study.tell(trial, state=TrialState.FAIL)
            continue
        done += run_one(study, trial, objective)


def run_one(study: optuna.Study, trial: Trial, objective: Callable[[Trial], float]) -> bool:
    """Run one trial and tell the study; False where it had been given up meanwhile."""
    trial.set_user_attr(WORKER, f"{socket.gethostname()}:{os.getpid()}")
    try:
        try:
            value, state = number_of(trial, objective(trial)), None
        except optuna.TrialPruned:
            value, state = None, TrialState.PRUNED
        told = study.tell(trial, value, state=state, skip_if_finished=True)
    except Exception:
        study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)
        raise
    return told.state in ENDED


def within(study: optuna.Study, number: int, trials: int) -> bool:
    """Whether fewer than `trials` of lower numbers count: two who ask at once do not both stay."""
    earlier = study.get_trials(deepcopy=False)
    return sum(t.number < number and t.state != TrialState.FAIL for t in earlier) < trials


def number_of(trial: Trial, value: float) -> float:
    """Return the value as a number that can be compared."""
    if math.isnan(value):
        raise ValueError(f"objective must return a number, got {value!r} for {trial.params}")
    return float(value)


def reclaim(study: optuna.Study, lost_after: float) -> list[int]:
    """Mark trials that have run for longer as failed, and queue each again; returns their numbers.

    The new trial has the same parameters and, in its user attributes, ``retry_of``: the number of
    the lost one.
    """
    numbers = []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if age(trial) <= lost_after:
            continue
        try:
            study.tell(trial.number, state=TrialState.FAIL)
        except (ValueError, optuna.exceptions.UpdateFinishedTrialError):
            continue  # it ended after all, or another worker was first
        study.enqueue_trial(trial.params, user_attrs={RETRY: trial.number})
        numbers.append(trial.number)
    return numbers


def age(trial: FrozenTrial) -> float:
    """Seconds since a trial began."""
    began = trial.datetime_start or datetime.datetime.now()
    return (datetime.datetime.now() - began).total_seconds()


def report(study: optuna.Study) -> dict[str, list[int]]:
    """Return the numbers of the trials that ended, run, wait, were lost, failed, were too many.

    Every number of the study is in one of the lists.
    """
    trials = study.get_trials(deepcopy=False)
    retried = {t.user_attrs[RETRY] for t in trials if RETRY in t.user_attrs}
    found: dict[str, list[int]] = {
        key: [] for key in ("ended", "running", "waiting", "lost", "failed", "surplus")
    }
    for trial in trials:
        key = "ended" if trial.state in ENDED else trial.state.name.lower()
        if trial.state == TrialState.FAIL:
            surplus = "surplus" if SURPLUS in trial.user_attrs else "failed"
            key = "lost" if trial.number in retried else surplus
        found[key].append(trial.number)
    return found
