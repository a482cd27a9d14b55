"""A trial: some steps from the starting point, as planned or with one thing changed."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.random_state import seed_all
from deeptricks.practice.debugging.setup import ordinary_step
from deeptricks.practice.debugging.tensors import number
from deeptricks.practice.debugging.watch import Step, Watch, changed_optimizers

LOOKED_AT = 6  # batches on which a trial is scored
CLOSE = (0, 1, 2, 5, 10, 20, 40, 80, 160, 320)  # steps of the planned run watched closely


@dataclass
class Trial:
    """What came of it.

    Attributes
    ----------
    losses
        What each step returned.
    scores
        Step → mean loss on some of the training batches, in eval mode.
    train_scores
        The same in train mode, where modes matter.
    error
        What was raised, if anything.
    """

    losses: list[float] = field(default_factory=list)
    scores: dict[int, float] = field(default_factory=dict)
    train_scores: dict[int, float] = field(default_factory=dict)
    validation: list[float] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    error: BaseException | None = None
    seconds: float = 0.0

    @property
    def score(self) -> float:
        """The last score; infinity for what is no number."""
        last = self.scores[max(self.scores)] if self.scores else math.inf
        return last if math.isfinite(last) else math.inf


def some(data: list[Any], most: int = LOOKED_AT) -> list[Any]:
    """Take `most` batches, evenly spaced."""
    if len(data) <= most:
        return data
    return [data[round(i * (len(data) - 1) / (most - 1))] for i in range(most)]


def endless(batches: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Yield (epoch, batch) for ever; stop where an epoch has no batch."""
    epoch = 0
    while True:
        count = 0
        for batch in batches:
            count += 1
            yield epoch, batch
        if not count:
            return
        epoch += 1


def score(case: Case, data: list[Any] | None = None, *, training: bool = False) -> float:
    """Return the mean loss on batches in eval mode (or train mode); nothing is altered."""
    model, setup = case.setup.model, case.setup
    modes = [(module, module.training) for module in model.modules()]
    kept = [(buffer, buffer.detach().clone()) for buffer in model.buffers()] if training else []
    state = torch.get_rng_state()
    model.train(training)
    try:
        with torch.no_grad():
            chosen = some(case.data if data is None else data)
            losses = [number(setup.loss(model(setup.moved(x)), setup.moved(y))) for x, y in chosen]
    except Exception:
        return math.nan
    finally:
        for module, mode in modes:
            module.training = mode
        for buffer, old in kept:
            buffer.data.copy_(old)
        torch.set_rng_state(state)
    return sum(losses) / len(losses) if losses else math.nan


def run(
    case: Case,
    steps: int,
    *,
    step: Callable[[Any, Any], Any] | None = None,
    batches: Iterable[Any] | None = None,
    rate: float = 1.0,
    decay: float = 1.0,
    score_on: list[Any] | None = None,
    checkpoints: tuple[int, ...] = (),
    seconds: float = math.inf,
    evaluate: bool = False,
    close: bool = False,
    prepare: Callable[[nn.Module], None] | None = None,
    measure: Callable[[], None] | None = None,
) -> Trial:
    """Train from the starting point for some steps; everything is rewound before and after.

    `prepare` alters the model at the start; `evaluate` calls the author's validation after every
    epoch; `close` watches some steps closely; `measure` is called at the end, before rewinding.
    """
    trial, setup, start = Trial(), case.setup, time.perf_counter()
    case.snapshot.restore()
    seed_all(case.seed)
    watch = Watch(setup.model)
    context = changed_optimizers(rate=rate, decay=decay) if (rate, decay) != (1, 1) else None
    try:
        if prepare is not None:
            prepare(setup.model)
        chosen = step or setup.author_step()
        if rate != 1 and not case.numbers.get("rates"):
            chosen = stretched(setup.model, chosen, rate)  # no optimizer was seen to step
        with context or nullcontext():
            former = 0
            for epoch, (x, y) in endless(setup.batches if batches is None else batches):
                if epoch > former and evaluate and setup.val_batches is not None:
                    trial.validation.append(number(setup.author_evaluate()(setup.val_batches)))
                former = epoch
                done = len(trial.losses)
                if done in checkpoints:
                    trial.scores[done] = score(case, score_on)
                if done >= steps or time.perf_counter() - start > seconds:
                    break
                if step is not None or setup.step is None:
                    x, y = setup.moved((x, y))
                seen = watch.run(chosen, x, y, close=close and done in CLOSE)
                trial.losses.append(seen.loss)
                if done > 3 and not any(map(math.isfinite, trial.losses[-3:])):
                    break
        done = len(trial.losses)
        trial.scores[done] = score(case, score_on)
        if case.numbers.get("modes_matter"):
            trial.train_scores[done] = score(case, score_on, training=True)
        if measure is not None:
            measure()
    except Exception as error:
        trial.error = error
    finally:
        for seen in watch.steps:
            seen.returned = None
            seen.fresh = {}
        trial.steps, trial.seconds = watch.steps, time.perf_counter() - start
        case.snapshot.restore()
    return trial


def ordinary(case: Case) -> Callable[[Any, Any], Any]:
    """Return the ordinary step with the author's optimizer, in train mode."""
    setup = case.setup
    optimizer = setup.optimizer or case.numbers.get("optimizer")
    if optimizer is None:
        trained = [p for p in setup.model.parameters() if p.requires_grad]
        optimizer = torch.optim.Adam(trained or [torch.zeros(1, requires_grad=True)], lr=1e-3)
    inner = ordinary_step(setup.model, setup.loss, optimizer)

    def step(x: Any, y: Any) -> Any:
        setup.model.train()
        return inner(x, y)

    return step


def stretched(
    model: nn.Module, step: Callable[[Any, Any], Any], factor: float
) -> Callable[[Any, Any], Any]:
    """Return a step that goes `factor` times as far, for updates written by hand."""

    def longer(x: Any, y: Any) -> Any:
        before = [p.detach().clone() for p in model.parameters()]
        value = step(x, y)
        for parameter, old in zip(model.parameters(), before, strict=True):
            parameter.data.copy_(old + factor * (parameter.detach() - old))
        return value

    return longer
