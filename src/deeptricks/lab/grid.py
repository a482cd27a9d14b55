"""Many networks over settings and seeds, side by side where that pays: `train_many`."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from deeptricks.lab import progress
from deeptricks.lab.ensemble import Optimizer, takes
from deeptricks.lab.settings import checked_seeds, combinations, one_thread
from deeptricks.lab.side_by_side import Measure, Network, Parts, Plan, check_plan, train_group
from deeptricks.lab.training import Loss, Step

logger = logging.getLogger(__name__)


def train_many(
    build: Callable[..., nn.Module],
    settings: Mapping[str, Iterable] | Iterable[Mapping],
    seeds: Sequence[int],
    *,
    data: Any,
    optimizer: Optimizer = torch.optim.SGD,
    epochs: int | None = None,
    steps: int | None = None,
    batch_size: int | None,
    loss: Loss = cross_entropy,
    step: Step | None = None,
    schedule: Callable[[float], float] | None = None,
    record_every: int | None = None,
    measure: Measure | None = None,
    keep: Sequence[str] = (),
    stack: bool | None = None,
) -> pd.DataFrame:
    """Train a network for every setting and seed; the table of `sweep`, one row for each.

    Each network is trained as `training.fit` would train it, on its own batches and at its own
    rate. Networks that differ only in seed and rate are stacked (see `ensemble`), which makes
    small ones several times as fast. Where that cannot work or does not pay they are trained one
    after another, to the same numbers but for rounding and for noise within the network (stacked
    networks with dropout draw it together); the table's ``attrs["looped"]`` and a line in the log
    say so. One that diverges stops, and leaves the others alone.

    What a seed draws is told in `runs.seeds`.

    Parameters
    ----------
    build
        ``build(**setting) -> nn.Module``, called right after ``torch.manual_seed(seed)`` with
        those settings that it takes.
    settings
        A dictionary of lists, of which every combination is run, or a list of dictionaries. What
        `build` takes goes to `build`; the names ``batch_size``, ``epochs``, ``steps``,
        ``optimizer``, ``loss``, ``step``, ``schedule`` replace the argument of that name; all
        others (``lr``, ``weight_decay``, …) go to the optimizer.
    seeds
        See `runs.seeds`.
    data
        A function of the seed, or the same for all: `data.Splits`, or ``(train, test)``, or
        ``(train, validation, test)``, each ``(inputs, targets)``. Empty parts are passed over.
    optimizer
        ``optimizer(parameters, lr=…, **its settings)``.
    epochs, steps
        One of the two: passes over the training data, or steps.
    batch_size
        The last batch of an epoch is smaller where it must be. None: the full batch.
    loss, step
        As in `training.fit`.
    schedule
        Maps progress, from 0 to below 1, to a factor on the rate.
    record_every
        Also a row after every so many epochs, and a column ``epoch``.
    measure
        ``measure(model, parts) -> {name: number}``: further columns, of each network as an
        ordinary module in evaluation mode; `parts` is a dictionary.
    keep
        Further columns: ``"losses"``, the array of the batches' losses, each before its step (see
        `runs.curves`); ``"network"``, the trained module.
    stack
        True or False overrules the choice.

    Returns
    -------
    pandas.DataFrame
        Columns: the settings, ``seed``, ``train_loss``, ``train_accuracy``, the same for
        ``validation`` and ``test`` where there are such parts (all in evaluation mode at the end;
        accuracies in [0, 1]), what `measure` gave, ``steps`` taken, ``seconds`` of training (of
        stacked networks an equal share), ``diverged``. A network whose loss was not finite has
        NaN for all that was measured.

    Raises
    ------
    TypeError
        For a setting that neither `build` nor the optimizer takes.
    ValueError
        For empty settings or seeds, and unless one of `epochs` and `steps` is given.
    """
    shared = {
        "optimizer": optimizer, "epochs": epochs, "steps": steps, "batch_size": batch_size,
        "loss": loss, "step": step, "schedule": schedule, "record_every": record_every,
        "measure": measure,
    }  # fmt: skip
    settings, seeds = combinations(settings), checked_seeds(seeds)
    if callable(data):
        parts = {seed: as_parts(data(seed)) for seed in seeds}
    else:
        parts = dict.fromkeys(seeds, as_parts(data))
    groups = Groups()
    reasons: list[str] = []
    with torch.random.fork_rng(), one_thread():
        for setting in settings:
            built, plan, rate = distribute(setting, build, shared)
            for seed in seeds:
                torch.manual_seed(seed)
                model = build(**built).train()
                chance = torch.get_rng_state()
                groups.add(built, plan, Network(setting, seed, model, parts[seed], rate, chance))
        with progress.bar(len(groups.networks), "training", "network") as bar:
            for plan, members in groups.members:
                reason = train_group(plan, members, stack)
                reasons += [] if reason is None or reason in reasons else [reason]
                bar.update(len(members))
    for reason in reasons:
        logger.warning("train_many trains networks one after another: %s", reason)
    table = as_table(groups.networks, record_every is not None, keep)
    table.attrs |= {"settings": list(settings[0]), "looped": "; ".join(reasons)}
    return table


class Groups:
    """Networks in the order of the table, and those that can be stacked together."""

    def __init__(self) -> None:
        self.networks: list[Network] = []
        self.keys: list[tuple] = []
        self.members: list[tuple[Plan, list[Network]]] = []

    def add(self, built: dict, plan: Plan, network: Network) -> None:
        """Put the network where the same settings (but for the rate) and sizes of data are."""
        self.networks.append(network)
        key = (built, plan, [len(data[0]) for data in network.parts.values()])
        if key not in self.keys:  # a list, because settings need not be hashable
            self.keys.append(key)
            self.members.append((plan, []))
        self.members[self.keys.index(key)][1].append(network)


def as_parts(data: Any) -> Parts:
    """Return the parts by name, empty ones left out."""
    if isinstance(data[0], Tensor):
        data = (data,)
    names = {1: ["train"], 2: ["train", "test"], 3: ["train", "validation", "test"]}[len(data)]
    return {name: tuple(part) for name, part in zip(names, data, strict=True) if len(part[0])}


def distribute(setting: Mapping, build: Callable, shared: Mapping) -> tuple[dict, Plan, float]:
    """Return what `build` takes of a setting, the plan with the rest of it, and the rate."""
    built = {name: value for name, value in setting.items() if takes(build, name)}
    rest = {name: value for name, value in setting.items() if name not in built}
    given = {name: rest.pop(name) for name in list(rest) if name in shared}
    rate = rest.pop("lr", None)
    plan = Plan(**{**shared, **given}, arguments=rest)
    check_plan(plan)
    for name in rest:
        if not takes(plan.optimizer, name):
            raise TypeError(f"neither build nor the optimizer takes the setting {name!r}")
    if rate is None:  # the optimizer's own
        rate = plan.optimizer([nn.Parameter(torch.zeros(1))], **rest).defaults["lr"]
    return built, plan, float(rate)


def as_table(networks: list[Network], epochs: bool, keep: Sequence[str]) -> pd.DataFrame:
    """One row for each recorded moment of each network, in the order of settings, then seeds."""
    kept = {"losses": lambda n: np.array(n.losses), "network": lambda n: n.model.eval()}
    for name in keep:
        if name not in kept:
            raise ValueError(f"keep must hold names of {list(kept)}, got {name!r}")
    rows = []
    for network in networks:
        extra = {name: kept[name](network) for name in keep}
        for row in network.rows:
            start = {**network.setting, "seed": network.seed}
            if not epochs:
                row.pop("epoch")
            rows.append({**start, **row, **extra})
    return pd.DataFrame(rows)
