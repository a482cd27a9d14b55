"""Many networks over settings and seeds, side by side where that pays: `train_many`."""

import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from deeptricks.lab import ensemble, progress, training
from deeptricks.lab.ensemble import Ensemble, Optimizer, takes
from deeptricks.lab.history import State
from deeptricks.lab.settings import checked_seeds, combinations, one_thread
from deeptricks.lab.training import Data, Loss, Step, check_whole

logger = logging.getLogger(__name__)

Parts = dict[str, Data]
Measure = Callable[[nn.Module, Parts], Mapping[str, float]]


@dataclass(frozen=True)
class Plan:
    """What all networks of a group share."""

    optimizer: Optimizer
    arguments: dict
    epochs: int
    steps: int | None
    batch_size: int | None
    loss: Loss
    step: Step | None
    schedule: Callable[[float], float] | None
    record_every: int | None
    measure: Measure | None

    def records(self, epoch: int, last: bool) -> bool:
        """Whether the table has a row for this epoch."""
        return last or (self.record_every is not None and epoch % self.record_every == 0)

    def factor(self, step: int, steps: int) -> float:
        """The schedule's factor on the rate of step `step`, counted from 0."""
        return 1.0 if self.schedule is None else float(self.schedule(step / steps))

    def length(self, samples: int) -> tuple[int, int]:
        """Epochs and steps of the whole training."""
        each = math.ceil(samples / (self.batch_size or samples))
        steps = self.epochs * each if self.steps is None else self.steps
        return math.ceil(steps / each), steps


@dataclass
class Network:
    """One network of the table: how it was made and what came of it."""

    setting: dict
    seed: int
    model: nn.Module
    parts: Parts
    rate: float
    chance: Tensor  # the random state after the network was drawn
    losses: list[float] = field(default_factory=list)
    rows: list[dict] = field(default_factory=list)
    diverged: bool = False

    def record(self, plan: Plan, epoch: int, seconds: float) -> None:
        """Add a row: the network as it is now, in evaluation mode."""
        row: dict[str, float] = {}
        for name, data in self.parts.items():
            row |= training.totals(self.model, data, 1024, plan.loss).columns(name)
        if plan.measure is not None:
            with training.mode(self.model, training=False):
                row |= {k: float(v) for k, v in plan.measure(self.model, self.parts).items()}
        scores = [value for name, value in row.items() if name.endswith("_loss")]
        self.diverged = self.diverged or not all(map(math.isfinite, scores))
        if self.diverged:
            row = dict.fromkeys(row, math.nan)
        counted = {"steps": len(self.losses), "seconds": seconds, "diverged": self.diverged}
        self.rows.append({"epoch": epoch, **row, **counted})


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
        "loss": loss, "step": step, "schedule": schedule,
    }  # fmt: skip
    settings, seeds = combinations(settings), checked_seeds(seeds)
    parts = {seed: as_parts(data(seed) if callable(data) else data) for seed in seeds}
    networks: list[Network] = []
    groups: list[tuple[Any, Plan, list[Network]]] = []
    reasons: list[str] = []
    with torch.random.fork_rng(), one_thread():
        for setting in settings:
            built, given, arguments = distribute(setting, build, shared)
            rate = arguments.pop("lr", None)
            plan = Plan(
                **{**shared, **given},
                arguments=arguments,
                record_every=record_every,
                measure=measure,
            )
            check_plan(plan)
            if rate is None:
                rate = plan.optimizer([nn.Parameter(torch.zeros(1))], **arguments).defaults["lr"]
            for seed in seeds:
                torch.manual_seed(seed)
                model = build(**built).train()
                network = Network(
                    setting, seed, model, parts[seed], float(rate), torch.get_rng_state()
                )
                networks.append(network)
                key = (built, plan, [len(part[0]) for part in parts[seed].values()])
                for other, _, members in groups:
                    if key == other:
                        members.append(network)
                        break
                else:
                    groups.append((key, plan, [network]))
        with progress.bar(len(networks), "training", "network") as bar:
            for _, plan, members in groups:
                reason = train_group(plan, members, stack)
                reasons += [] if reason is None or reason in reasons else [reason]
                bar.update(len(members))
    for reason in reasons:
        logger.warning("train_many trains networks one after another: %s", reason)
    table = as_table(networks, record_every is not None, keep)
    table.attrs |= {"settings": list(networks[0].setting), "looped": "; ".join(reasons)}
    return table


def as_parts(data: Any) -> Parts:
    """The parts by name, empty ones left out."""
    if isinstance(data[0], Tensor):
        data = (data,)
    names = {1: ["train"], 2: ["train", "test"], 3: ["train", "validation", "test"]}[len(data)]
    return {name: tuple(part) for name, part in zip(names, data, strict=True) if len(part[0])}


def distribute(setting: Mapping, build: Callable, shared: Mapping) -> tuple[dict, dict, dict]:
    """Who gets which setting: `build`, the plan, the optimizer."""
    built = {name: value for name, value in setting.items() if takes(build, name)}
    rest = {name: value for name, value in setting.items() if name not in built}
    given = {name: value for name, value in rest.items() if name in shared}
    arguments = {name: value for name, value in rest.items() if name not in shared}
    optimizer = given.get("optimizer", shared["optimizer"])
    for name in arguments:
        if not takes(optimizer, name):
            raise TypeError(f"neither build nor the optimizer takes the setting {name!r}")
    return built, given, arguments


def check_plan(plan: Plan) -> None:
    """Raise ValueError on lengths and sizes that mean nothing."""
    if (plan.epochs is None) == (plan.steps is None):
        raise ValueError(f"give epochs or steps, got epochs={plan.epochs}, steps={plan.steps}")
    for name, least in {"epochs": 0, "steps": 0, "batch_size": 1, "record_every": 1}.items():
        if getattr(plan, name) is not None:
            check_whole(name, getattr(plan, name), least)


def train_group(plan: Plan, members: list[Network], stack: bool | None) -> str | None:
    """Train networks that share a plan; returns why they were not stacked, if they were not."""
    batches = Batches(plan, members)
    step = plan.step or training.plain_step(plan.loss)
    reason = None
    if stack is None and len(members) > 1:
        _, batch = next(iter(batches.epoch()))
        models = [network.model for network in members]
        reason = ensemble.reason_to_loop(
            models, step, batch, batches.shared, plan.optimizer, plan.arguments
        )
        batches = Batches(plan, members)
    if reason is None and (len(members) > 1 if stack is None else stack):
        side_by_side(plan, members, batches, step)
    else:
        for network in members:
            alone(plan, network)
    return reason


class Batches:
    """The batches of networks that are trained side by side; equal seeds share theirs."""

    def __init__(self, plan: Plan, members: list[Network]) -> None:
        first = {network.seed: network for network in reversed(members)}
        self.trains = [network.parts["train"] for network in first.values()]
        places = {seed: place for place, seed in enumerate(first)}
        self.owner = torch.tensor([places[network.seed] for network in members])
        self.samples = len(self.trains[0][0])
        self.full = plan.batch_size is None
        self.size = plan.batch_size or self.samples
        same = all(
            a is b for train in self.trains for a, b in zip(train, self.trains[0], strict=True)
        )
        self.shared = len(first) == 1 or (self.full and same)
        self.generators = [torch.Generator().manual_seed(int(seed)) for seed in first]

    def epoch(self) -> Iterator[tuple[int, Data]]:
        """Number and tensors of each batch of an epoch: (M, B, …), or (B, …) if shared."""
        every = torch.arange(self.samples)
        orders = [
            every if self.full else torch.randperm(self.samples, generator=generator)
            for generator in self.generators
        ]
        for number, start in enumerate(range(0, self.samples, self.size)):
            yield (
                number,
                tuple(
                    self._gather([train[kind] for train in self.trains], orders, start)
                    for kind in (0, 1)
                ),
            )

    def _gather(self, tensors: list[Tensor], orders: list[Tensor], start: int) -> Tensor:
        rows = [order[start : start + self.size] for order in orders]
        if self.shared:
            return tensors[0][rows[0].to(tensors[0].device)]
        picked = [t[r.to(t.device)] for t, r in zip(tensors, rows, strict=True)]
        return torch.stack(picked)[self.owner.to(picked[0].device)]


def side_by_side(plan: Plan, members: list[Network], batches: Batches, step: Step) -> None:
    """Train the networks as one ensemble."""
    torch.set_rng_state(members[0].chance)
    nets = Ensemble([network.model for network in members], step)
    rule = plan.optimizer(nets.parameters, lr=1.0, **plan.arguments)
    like = nets.parameters[0]
    rates = torch.tensor([n.rate for n in members], dtype=like.dtype, device=like.device)
    moving = torch.ones_like(rates, dtype=torch.bool)
    epochs, steps = plan.length(batches.samples)
    count, seconds, curve = 0, 0.0, []
    for epoch in range(1, epochs + 1):
        began = time.perf_counter()
        for _, batch in batches.epoch():
            if count == steps:
                break
            rule.zero_grad()
            losses = nets.losses(tuple(part.to(like.device) for part in batch), batches.shared)
            moving &= losses.isfinite()
            curve.append(losses.detach().where(moving, math.nan))
            losses.sum().backward()
            ensemble.move(rule, nets.parameters, rates * plan.factor(count, steps), moving)
            count += 1
        seconds += (time.perf_counter() - began) / len(members)
        last = epoch == epochs or not moving.any()
        due, still = plan.records(epoch, last), moving.tolist()
        if due or not all(still):
            nets.unstack()
            for index, network in enumerate(members):
                if not network.diverged and (due or not still[index]):
                    losses = torch.stack([losses[index] for losses in curve])
                    network.losses = losses[losses.isfinite()].tolist()
                    network.diverged = not still[index]
                    network.record(plan, epoch, seconds)
        if last:
            break
    if epochs == 0:
        for network in members:
            network.record(plan, 0, 0.0)


def alone(plan: Plan, network: Network) -> None:
    """Train one network by `training.fit`."""
    epochs, steps = plan.length(len(network.parts["train"][0]))
    rule = plan.optimizer(network.model.parameters(), lr=network.rate, **plan.arguments)
    torch.set_rng_state(network.chance)

    def set_rate(step: int) -> None:
        for group in rule.param_groups:
            group["lr"] = network.rate * plan.factor(step, steps)

    class Watch:
        def on_batch_end(self, state: State) -> None:
            network.losses.append(state.loss)
            state.stop = state.step == steps
            if plan.schedule is not None and not state.stop:
                set_rate(state.step)

        def on_epoch_end(self, state: State) -> None:
            network.diverged = state.history.diverged
            last = state.stop or state.epoch == epochs
            if plan.records(state.epoch, last):
                network.record(plan, state.epoch, state.history.last["seconds"])
                state.stop = state.stop or network.diverged

    if epochs == 0:
        return network.record(plan, 0, 0.0)
    if plan.schedule is not None:
        set_rate(0)
    training.fit(
        network.model, network.parts["train"], optimizer=rule, epochs=epochs,
        batch_size=plan.batch_size, loss=plan.loss, step=plan.step, seed=network.seed,
        callbacks=[Watch()],
    )  # fmt: skip


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
