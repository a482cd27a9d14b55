"""Networks that share a plan, trained as one ensemble or one after another, to the same end."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from deeptricks.lab import ensemble, training
from deeptricks.lab.batches import Data, StackedBatches, check_whole, mode
from deeptricks.lab.ensemble import Ensemble, Optimizer
from deeptricks.lab.history import State
from deeptricks.lab.settings import plain
from deeptricks.lab.training import Loss, Step

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
        """Return the schedule's factor on the rate of step `step`, counted from 0."""
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
            with mode(self.model, training=False):
                measured = plan.measure(self.model, self.parts)
                row |= {name: plain(value) for name, value in measured.items()}
        scores = [value for name, value in row.items() if name.endswith("_loss")]
        self.diverged = self.diverged or not all(map(math.isfinite, scores))
        if self.diverged:
            row = dict.fromkeys(row, math.nan)
        counted = {"steps": len(self.losses), "seconds": seconds, "diverged": self.diverged}
        self.rows.append({"epoch": epoch, **row, **counted})


def check_plan(plan: Plan) -> None:
    """Raise ValueError on lengths and sizes that mean nothing."""
    if (plan.epochs is None) == (plan.steps is None):
        raise ValueError(f"give epochs or steps, got epochs={plan.epochs}, steps={plan.steps}")
    for name, least in {"epochs": 0, "steps": 0, "batch_size": 1, "record_every": 1}.items():
        if getattr(plan, name) is not None:
            check_whole(name, getattr(plan, name), least)


def train_group(plan: Plan, members: list[Network], stack: bool | None) -> str | None:
    """Train networks that share a plan; returns why they were not stacked, if they were not."""
    seeds, trains = [n.seed for n in members], [n.parts["train"] for n in members]
    batches = StackedBatches(seeds, trains, plan.batch_size)
    step = plan.step or training.plain_step(plan.loss)
    reason = None
    if stack is None and len(members) > 1:
        batch = batches.example()
        models = [network.model for network in members]
        reason = ensemble.reason_to_loop(
            models, step, batch, batches.shared, plan.optimizer, plan.arguments
        )
    if reason is None and (len(members) > 1 if stack is None else stack):
        side_by_side(plan, members, batches, step)
    else:
        for network in members:
            alone(plan, network)
    return reason


def side_by_side(plan: Plan, members: list[Network], batches: StackedBatches, step: Step) -> None:
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
        for batch in batches.epoch():
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
