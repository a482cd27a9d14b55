"""A watch on a training that runs: what can be seen from outside, with the codes of a checkup.

It sees what happens, and has no second try: no other rate, no other data, no cleared gradient. So
it tells fewer faults apart than a checkup does, and only those for which its evidence is enough: a
loss that is not finite or leaps, weights that do not move, units that are off for every input. A
training that makes no progress for another reason it reports as a note, with the advice to run a
checkup. One that begins where it could have ended, and so hardly moves, looks like a low rate.
"""

import math
import statistics
import warnings
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.finding import Check, Finding, Note
from deeptricks.practice.debugging.report import Report
from deeptricks.practice.debugging.units import DeadUnits

LEAP = 3.0  # times the loss of the first steps: a loss that rises so far has been thrown there
SMALL = 1e-6  # of a weight's norm, moved in one step; around 1e-3 is usual
ROUNDED = 1e-7  # a rate below which a step may be lost in rounding
MOSTLY_DEAD = 0.5  # of a layer's units
LOOKS, WINDOW = 3, 10  # looks before a verdict; losses that are averaged


class TrainingWarning(UserWarning):
    """What a `TrainingWatch` says while the training runs."""


class TrainingWatch:
    """Callback that looks at a training every few steps and keeps what it finds.

    In `fit`: ``fit(…, callbacks=[watch := TrainingWatch()])``. In a loop of one's own, one line
    after the step: ``watch.after_step(model, loss)``. In the end ``print(watch.report())``. A code
    is reported once, when first seen, as a `TrainingWarning`. The model is only read: hooks that
    look at activations are there for the forward passes of one step.

    Parameters
    ----------
    every : int
        Steps from one look at weights and activations to the next: a look copies the weights and
        hooks one forward pass. The loss is looked at in every step.
    stop : bool
        Set ``state.stop`` at a fatal finding.
    quiet : bool
        Keep what is found without warnings.

    Raises
    ------
    ValueError
        For `every` below 1.
    """

    def __init__(self, every: int = 20, *, stop: bool = False, quiet: bool = False) -> None:
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise ValueError(f"every must be a whole number of at least 1, got {every!r}")
        self.every, self.stop, self.quiet = every, stop, quiet
        self.losses: list[float] = []
        self.findings: list[Finding] = []
        self.ratios: dict[str, list[float]] = {}
        self._before: dict[str, Tensor] = {}
        self._units, self._rate = DeadUnits(), math.inf

    def on_batch_end(self, state: Any) -> None:
        """Look at ``state.model`` and ``state.loss``, after the step."""
        self.after_step(state.model, state.loss, state.optimizer)
        self._end(state)

    def on_epoch_end(self, state: Any) -> None:
        """Look at the loss once more: one that is not finite ends a training before its step."""
        if not math.isfinite(state.loss):
            self.after_step(state.model, state.loss, state.optimizer)
        self._end(state)

    def after_step(
        self, model: nn.Module, loss: float | Tensor, optimizer: Optimizer | None = None
    ) -> None:
        """Take in one step of a training.

        Parameters
        ----------
        model
            As it is after the step.
        loss
            Of this step's batch, before it.
        optimizer
            Its rate tells a step that was not taken from one that is lost in rounding.
        """
        self._units.end()
        self.losses.append(float(loss.detach() if isinstance(loss, Tensor) else loss))
        if optimizer is not None:
            self._rate = max(float(group["lr"]) for group in optimizer.param_groups)
        steps = len(self.losses)
        if self._before:
            self._measure(model)
            self._before = {}
        if steps % self.every == 0:  # what the next step does is measured
            self._before = {name: p.detach().clone() for name, p in _weights(model)}
            self._units.start(model)
        self._judge()

    def report(self) -> Report:
        """Return what was found up to now, as a checkup would."""
        units = self._units
        units.end()
        looks = max(map(len, self.ratios.values()), default=0)
        steps, codes = len(self.losses), {known.code for known in self.findings}
        numbers = {"steps": steps, "first": self._first, "last": self._last}
        moved = {name: statistics.median(row) for name, row in self.ratios.items()}
        checks = [
            _check("loss", codes & {"optimizer.lr_too_high", "data.nonfinite"}, numbers, steps),
            _check("updates", codes & {"loop.no_update", "optimizer.lr_too_low"}, moved, looks),
            _check("dead units", codes & {"init.dead_units"}, units.shares, units.looks),
        ]
        notes = []
        if not self.findings and steps >= 20 * WINDOW and self._last > 0.99 * self._first:
            text = f"the loss went from {self._first:.4g} to {self._last:.4g} in {steps} steps"
            notes.append(Note("no progress", f"{text}; a checkup can tell why", numbers))
        return Report(list(self.findings), notes, checks)

    @property
    def _first(self) -> float:
        return statistics.fmean(self.losses[:WINDOW] or [math.nan])

    @property
    def _last(self) -> float:
        return statistics.fmean(self.losses[-WINDOW:] or [math.nan])

    def _measure(self, model: nn.Module) -> None:
        """Keep how far each weight has moved in this step, in units of its norm."""
        for name, parameter in _weights(model):
            if name in self._before and self._before[name].shape == parameter.shape:
                norm = self._before[name].norm().item()
                moved = (parameter.detach() - self._before[name]).norm().item()
                if norm > 0 and math.isfinite(moved):
                    self.ratios.setdefault(name, []).append(moved / norm)

    def _judge(self) -> None:
        """Add what has become plain."""
        steps, loss = len(self.losses), self.losses[-1]
        if not math.isfinite(loss):
            self._nonfinite(steps)
        elif steps > 2 * WINDOW and self._last > LEAP * max(map(abs, self.losses[:WINDOW])):
            said = f"The loss rose from {self._first:.4g} to {self._last:.4g} in {steps} steps."
            expected = {"loss": f"below {self._first:.4g}"}
            self._add("optimizer.lr_too_high", 0.8, said, {"loss": self._last}, expected)
        medians = {n: statistics.median(r) for n, r in self.ratios.items() if len(r) >= LOOKS}
        largest = max(medians.values(), default=math.inf)
        if largest < SMALL and self._last > 0.99 * self._first:
            none = largest == 0 and self._rate > ROUNDED
            code = "loop.no_update" if none else "optimizer.lr_too_low"
            said = f"No weight moves by more than {largest:.1e} of its norm in a step."
            expected = {"largest move": f"about 1e-3, at least {SMALL:g}"}
            self._add(code, 0.9, said, {"largest move": largest}, expected, curves=self.ratios)
        dead = {n: s for n, s in self._units.shares.items() if s > MOSTLY_DEAD}
        if dead and self._units.looks >= LOOKS:
            name, share = max(dead.items(), key=lambda item: item[1])
            said = f"{100 * share:.0f} % of the units of {name} were 0 for every input looked at."
            expected = {"share": f"below {MOSTLY_DEAD}"}
            self._add("init.dead_units", 0.7, said, {"share": share}, expected, where=tuple(dead))

    def _nonfinite(self, steps: int) -> None:
        if steps == 1:
            said = "The first loss is not finite, before any weight has moved."
            self._add("data.nonfinite", 0.6, said, {"step": 1}, {"loss": "finite"})
        else:
            said = f"The loss is not finite from step {steps} on; it began at {self.losses[0]:.4g}."
            more = {"severity": "fatal"}
            self._add("optimizer.lr_too_high", 0.7, said, {"step": steps}, {}, **more)

    def _add(self, code: str, confidence: float, said: str, *numbers: Any, **more: Any) -> None:
        """Keep a finding, once for each code, and say it."""
        if any(known.code == code for known in self.findings):
            return
        axis = "look" if "curves" in more else "step"
        more = {"curves": {"loss": self.losses[-300:]}, **more, "curve_axis": axis}
        more["curves"] = {name: list(row) for name, row in more["curves"].items()}
        found = finding(code, confidence, said, *numbers, **more)
        self.findings.append(found)
        if not self.quiet:
            warnings.warn(f"{code}: {said} {found.cure}", TrainingWarning, stacklevel=5)

    def _end(self, state: Any) -> None:
        if self.stop and any(finding.severity == "fatal" for finding in self.findings):
            state.stop = True


def _weights(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """Return the matrices and kernels that are trained; biases start at 0, and have no ratio."""
    return [(n, p) for n, p in model.named_parameters() if p.requires_grad and p.ndim > 1]


def _check(name: str, failed: set[str], numbers: dict[str, Any], looks: int) -> Check:
    if not looks:
        return Check(name, "skipped", "the training was too short for a look")
    return Check(name, "failed" if failed else "passed", ", ".join(sorted(failed)), numbers)
