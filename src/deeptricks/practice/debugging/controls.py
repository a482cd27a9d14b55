"""One thing changed: a rule speaks only if the changed training learns clearly more."""

import math
from itertools import pairwise
from typing import Any

from torch import nn

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.finding import Check, Finding
from deeptricks.practice.debugging.outcome import WELL, at_end, at_short, control, gained
from deeptricks.practice.debugging.trials import Trial, ordinary

STILL = 3e-5  # update over weight below which a parameter as good as stands still
CLEARLY = 0.12  # more progress (0: chance, 1: the best loss) that a control must make


def confirmed(case: Case, trial: Trial, share: float = 0.7) -> float:
    """Return how much more a control has learned, in 0..1; 0 where it is not clearly more.

    Clearly more: by `CLEARLY` of the way from chance to the best loss, and the planned training
    has reached less than `share` of what the control has.
    """
    now, other = max(at_short(case), -0.5), gained(case, trial)
    if other - now < CLEARLY or now > share * other:
        return 0.0
    return min(1.0, (other - now) / max(other, 0.3))


def report(
    case: Case, code: str, strength: float, trial: Trial, what: str, **more: Any
) -> Finding | None:
    """Add a finding that a control has confirmed with `strength`."""
    if strength <= 0:
        return None
    now, other = at_short(case), gained(case, trial)
    planned: Trial = case.numbers["planned"]
    steps = case.numbers["short"]
    measured = {"progress as planned": now, "progress of the control": other, "steps": steps}
    measured |= more.pop("measured", {})
    base = more.pop("base", 0.55)
    made = finding(
        code,
        base + 0.35 * strength,
        f"{what} After {steps} steps the training as planned has gone {_percent(now)} of the way "
        f"from chance to the best loss, the changed one {_percent(other)}.",
        measured,
        {"progress": f"about {_percent(other)}"},
        curves={
            "loss as planned": planned.losses[:steps],
            "loss of the control": trial.losses,
        },
        **more,
    )
    case.findings.append(made)
    return made


def _percent(value: float) -> str:
    return "nowhere" if value < -5 else f"{value:.0%}"


def creeps(case: Case) -> bool:
    """Whether the planned run goes down evenly and not far: higher rates are tried first."""
    scores = case.numbers["planned"].scores
    values = [case.numbers["start"], *(scores[step] for step in sorted(scores))]
    even = all(later <= sooner for sooner, later in pairwise(values))
    return case.numbers.get("moved", 1.0) < STILL or (even and at_end(case) < 0.2)


def told_apart(case: Case, enough: float = 0.8) -> bool:
    """Whether every class is found at the end, so that only the sureness of outputs still grows."""
    by_class = case.numbers.get("recalls") or {}
    return len(by_class) > 1 and min(recall for _, recall in by_class.values()) > enough


def rates(case: Case) -> None:
    """Take the author's step at other learning rates."""
    if case.numbers.get("several optimizers") and at_end(case) < 0.1:
        return  # the loss handed over is not what they lower together
    if not case.numbers.get("rates") and case.numbers.get("moved", 0.0) == 0:
        return
    now = at_short(case)
    best: dict[str, tuple[float, float, Trial]] = {}
    sides = [("lower", (0.1, 0.01)), ("higher", (10.0, 100.0, 1000.0))]
    if creeps(case):
        sides.reverse()
    case.numbers["rates complete"] = True
    for side, factors in sides:
        if any(value > WELL for value, _, _ in best.values()):
            break  # the other side cannot do much better
        for factor in factors:
            if case.clock.left < 0.12 * case.clock.seconds:
                case.checks.append(Check(f"rate x{factor:g}", "skipped", "no time left"))
                case.numbers["rates complete"] = False
                break
            trial = control(case, f"rate x{factor:g}", rate=factor)
            value = gained(case, trial)
            if side not in best or value > best[side][0] + 0.02:
                best[side] = (value, factor, trial)
            if value < max(now, best[side][0]) - 0.05 or value > (0.9 if factor < 100 else 0.3):
                break
    case.numbers["rates tried"] = {side: (v, f) for side, (v, f, _) in best.items()}
    rate = max(case.numbers["rates"], default=math.nan)
    for side, code, share in (
        ("lower", "optimizer.lr_too_high", 0.7),
        ("higher", "optimizer.lr_too_low", 0.45),
    ):
        if side not in best:
            continue
        value, factor, trial = best[side]
        other = max((v for s, (v, _, _) in best.items() if s != side), default=-9.0)
        strength = confirmed(case, trial, share)
        still = case.numbers.get("moved", 1.0) < STILL
        if side == "higher" and not strength and still and value > max(now, 0.0) + 0.03:
            strength = 0.4
        if side == "higher" and (at_end(case) > share * value or told_apart(case)):
            strength = 0.0  # as planned it gets there, later; or what is left is no error
        if strength and value > other - 0.05:
            report(
                case,
                code,
                strength,
                trial,
                f"The learning rate is {rate:.3g}; {factor:g} times that learns more.",
                measured={"learning rate": rate, "better": rate * factor},
                cure_code=f"group['lr'] = {rate * factor:.3g}",
                base=0.5,
            )


def clean_step(case: Case) -> None:
    """Take the ordinary step in the place of the author's own."""
    if case.setup.step is None:
        return
    ratio = case.numbers.get("clipped to", 1.0)
    planned: Trial = case.numbers["planned"]
    lrs = [max(step.rates) for step in planned.steps if step.rates]
    case.numbers["lrs"] = lrs
    optimizer = case.setup.optimizer or case.numbers.get("optimizer")
    groups = optimizer.param_groups if optimizer is not None else []
    # a scheduler writes down the rate from which it reckons
    top = max([*lrs, *[float(group.get("initial_lr", 0.0)) for group in groups]], default=0.0)
    small = [lr < 0.01 * top for lr in lrs]
    idle = sum(small) / len(small) if small else 0.0
    if ratio < 0.2:
        trial = control(case, "ordinary step", step=ordinary(case))
        found = report(
            case,
            "loop.clipping",
            confirmed(case, trial),
            trial,
            f"The optimizer finds gradients at {ratio:.2g} of the norm with which they arrived.",
            measured={"found over arrived": ratio},
            base=0.62,
        )
        if found is None:
            case.note("clipping", f"Gradients are clipped to {ratio:.2g} of their norm; no harm.")
    if idle > 0.3 and lrs:
        trial = _constant_rate(case, top)
        report(
            case,
            "loop.schedule",
            confirmed(case, trial),
            trial,
            f"In {idle:.0%} of {len(lrs)} steps the learning rate is below a hundredth of its "
            f"highest, {top:.3g}.",
            measured={"share of idle steps": idle, "highest rate": top},
            base=0.62,
        )


def _constant_rate(case: Case, top: float) -> Trial:
    def prepare(model: nn.Module) -> None:
        optimizer = case.setup.optimizer or case.numbers.get("optimizer")
        for group in optimizer.param_groups if optimizer is not None else ():
            group["lr"] = top

    return control(case, "constant rate", step=ordinary(case), prepare=prepare)
