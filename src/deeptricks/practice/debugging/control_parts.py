"""The same training without one of its parts: decay, dropout, the odd starting weights."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.controls import confirmed, report
from deeptricks.practice.debugging.no_dropout import NoDropout
from deeptricks.practice.debugging.outcome import at_end, control, progress
from deeptricks.practice.debugging.trials import ordinary

STRONG = 0.6  # share of units dropped from which on a longer control is worth its time
FAR_BEYOND = -5.0  # progress at the start where outputs are much larger than they should be


def decay(case: Case) -> None:
    """Without weight decay (as the optimizer does it)."""
    first = case.numbers.get("first steps") or []
    decays = [value for step in first for value in step.decays]
    penalty = case.numbers.get("penalty", 0.0)
    if penalty > 0.05:
        trial = control(case, "without penalty", step=ordinary(case))
        report(
            case,
            "optimizer.weight_decay",
            confirmed(case, trial),
            trial,
            f"The step adds a penalty on the weights, at the start {penalty:.2g} times the loss's "
            "own gradient.",
            measured={"penalty over gradient": penalty},
            base=0.6,
        )
    if not decays or max(decays) <= 1e-4:
        return
    trial = control(case, "no decay", decay=0.0)
    report(
        case,
        "optimizer.weight_decay",
        confirmed(case, trial),
        trial,
        f"Weight decay is {max(decays):.3g}; without it the training learns more.",
        measured={"weight decay": max(decays)},
        base=0.6,
    )


def without_dropout(case: Case) -> None:
    """Training in eval mode, with only the modules that keep running averages in train mode."""
    if not {"native_dropout", "bernoulli_", "bernoulli"} & case.numbers.get("operators", set()):
        return
    setup = case.setup
    inner = ordinary(case)

    def quiet(module: nn.Module, _: Any) -> None:
        for part in module.modules():
            part.training = getattr(part, "running_mean", None) is not None

    quieted = NoDropout()

    def step(x: Any, y: Any) -> Any:
        handle = setup.model.register_forward_pre_hook(quiet)
        try:
            with quieted:
                return inner(x, y)
        finally:
            handle.remove()

    trial = control(case, "no dropout", step=step, scored_within=NoDropout)
    strength = confirmed(case, trial)
    done = len(case.numbers["planned"].losses)
    nowhere = at_end(case) < 0.1 and case.numbers["short"] < done
    if not strength and nowhere and quieted.strongest > STRONG:  # it may need all of the steps
        trial = control(case, "no dropout, to the end", done, 0.3, step=step)
        strength = confirmed(case, trial)
    report(
        case,
        "model.dropout",
        strength,
        trial,
        "Without dropout the same training learns more of its own data.",
        base=0.6,
    )


def usual_weights(case: Case, odd: dict[str, float]) -> None:
    """Start the layers of unusual size again at one over the root of their inputs."""
    if not odd:
        return

    def prepare(model: nn.Module) -> None:
        for name, parameter in model.named_parameters():
            if name in odd:
                if parameter.ndim == 1:
                    parameter.data.zero_()
                else:
                    _usual(parameter)

    trial = control(case, "usual weights", prepare=prepare)
    before = progress(case, case.numbers["start"])
    share = 0.9 if before < FAR_BEYOND else 0.7
    lowest = min(progress(case, value) for value in case.numbers["planned"].scores.values())
    leaps = before > -0.2 and lowest < before - 0.3  # the steps lead astray, not the start
    report(
        case,
        "init.scale",
        confirmed(case, trial, share),
        trial,
        f"The spread of {', '.join(list(odd)[:3])} is {next(iter(odd.values())):.3g} times one "
        "over the root of the number of inputs (biases: their size); with usual weights the "
        "training learns more.",
        measured={"times the usual": odd},
        where=tuple(odd)[:8],
        base=0.3 if leaps else 0.62,
    )


def _usual(parameter: Tensor) -> None:
    bound = math.sqrt(3 / parameter[0].numel())
    parameter.data.uniform_(-bound, bound)
    if not torch.isfinite(parameter).all():
        parameter.data.zero_()
