"""What a training step does with modes, gradients and graphs: some steps, closely watched."""

import math
from typing import Any

import torch

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.errors import attributed
from deeptricks.practice.debugging.probe_gradient import graph_size
from deeptricks.practice.debugging.probe_init import equal_rows, weights
from deeptricks.practice.debugging.probe_objective import (
    compare_with_reference,
    reference_gradient,
)
from deeptricks.practice.debugging.random_state import seed_all
from deeptricks.practice.debugging.snapshot import Snapshot
from deeptricks.practice.debugging.trials import endless
from deeptricks.practice.debugging.watch import Step, Watch

FIRST = 9  # steps watched closely


def first_steps(case: Case) -> bool:
    """Run the first steps closely watched; say whether they went well."""
    setup, watch = case.setup, Watch(case.setup.model)
    case.snapshot.restore()
    seed_all(case.seed)
    sizes: list[int] = []
    count = 0
    steps = min(FIRST, setup.steps or FIRST)
    try:
        step = setup.author_step()
        for _, (x, y) in endless(setup.batches):
            if setup.step is None:
                x, y = setup.moved((x, y))
            count = len(watch.steps)
            if count == 0:
                expected = reference_gradient(case, x, y)
                start = {n: p.detach().clone() for n, p in setup.model.named_parameters()}
            seen = watch.run(step, x, y, close=True)
            if count == 0:
                compare_with_reference(case, seen, expected, start)
            sizes.append(_kept_graphs(case, seen, count))
            seen.returned = None
            if len(watch.steps) >= steps:
                break
        case.numbers["rows after"] = {n: equal_rows(w) for n, w in weights(case).items()}
    except Exception as error:
        again = f"raised {type(error).__name__}: {error}".splitlines()[0][:160]
        if not any(again in known.evidence for known in case.findings):
            case.findings.append(attributed(case, error, "step", count))
        return False
    finally:
        case.numbers["first steps"] = watch.steps
        case.snapshot.restore()
    if watch.steps:
        for check in (_modes, _cleared, _updates):
            check(case, watch.steps)
        _graphs(case, sizes, watch.steps)
    return True


def _kept_graphs(case: Case, seen: Step, count: int) -> int:
    """Count nodes of the graphs that the step's return value and its variables hold on to."""
    held = [seen.returned]
    if count in (2, 5, 8) and case.setup.step is not None:
        kept = Snapshot(case.setup.step).seen
        held += [t for t in kept if isinstance(t, torch.Tensor) and t.grad_fn is not None]
    return graph_size(*held)


def _graphs(case: Case, sizes: list[int], steps: list[Step]) -> None:
    if len(sizes) >= 9 and sizes[8] > 1.3 * sizes[5] > 1.3 * 1.3 * sizes[2] > 0:
        case.findings.append(
            finding(
                "loop.graph_grows",
                0.96,
                f"The graph that is kept after a step has {sizes[2]}, {sizes[5]}, {sizes[8]} nodes "
                "after 3, 6, 9 steps.",
                {"nodes": sizes},
                {"nodes": "the same after every step"},
                curves={"nodes kept after each step": [float(size) for size in sizes]},
            )
        )


def _modes(case: Case, steps: list[Step]) -> None:
    calls = [mode for step in steps for mode in step.training[-1:]]
    in_eval = sum(not mode for mode in calls) / len(calls) if calls else 0.0
    if in_eval > 0.5 and case.numbers.get("modes_matter"):
        case.findings.append(
            finding(
                "loop.train_in_eval_mode",
                0.95,
                f"The model was in eval mode in {in_eval:.0%} of the training steps watched, and "
                "its outputs differ between the modes.",
                {"share of steps in eval mode": in_eval},
                {"share of steps in eval mode": 0},
                curves={"train mode in each step": [float(mode) for mode in calls]},
            )
        )
    elif in_eval > 0.5:
        case.note("mode", "Training runs in eval mode; to this model it makes no difference.")


def _total(values: dict[str, float]) -> float:
    return math.sqrt(sum(value**2 for value in values.values() if math.isfinite(value)))


def _optimizers(case: Case) -> list[torch.optim.Optimizer]:
    return [item for item in case.snapshot.seen if isinstance(item, torch.optim.Optimizer)]


def _held(step: Step, values: dict[str, float]) -> dict[str, float]:
    """Keep the parameters that an optimizer holds (all, where none has stepped)."""
    return {n: v for n, v in values.items() if n in step.found} if step.found else values


def _cleared(case: Case, steps: list[Step]) -> None:
    """Gradients that lay there when new ones came, in every step after the first."""
    later = [step for step in steps[1:] if step.arrived]
    left = [_total(_held(step, step.left_over)) for step in later]
    fresh = [_total(_held(step, step.arrived)) for step in later]
    case.numbers["left over"], case.numbers["arrived"] = left, fresh
    if len(later) >= 3 and all(value > 0 for value in left):
        case.findings.append(
            finding(
                "loop.no_zero_grad",
                0.96,
                f"Before backward of {len(later)} steps in a row the gradients of the steps before "
                f"were still there; their norm is {left[-1]:.3g}, that of a new one "
                f"{fresh[-1]:.3g}.",
                {"left over": left, "new": fresh},
                {"left over": 0},
                curves={"left over": left, "new": fresh},
            )
        )


def _updates(case: Case, steps: list[Step]) -> None:
    """Parameters that never move although a gradient arrives; gradients made tiny before step."""
    arrived = [_total(_held(s, s.arrived)) for s in steps]
    found = [_total(s.found) for s in steps]
    moved = max((value for step in steps for value in step.moved.values()), default=0.0)
    stepped = [bool(step.rates) for step in steps]
    case.numbers["moved"] = moved
    rates = [rate for step in steps for rate in step.rates]
    case.numbers["rates"] = rates
    measured: dict[str, Any] = {"gradient arrived": arrived, "found": found, "largest move": moved}
    curves = {"gradient arrived": arrived, "gradient found by the optimizer": found}
    lost = any(stepped) and max(found) == 0 and max(arrived) > 0
    silent = moved == 0 and (not rates or max(rates) > 0)
    if (lost or silent) and not case.found("model.frozen", "optimizer.missing_params"):
        if max(arrived, default=0.0) == 0 and any(stepped) and not lost:
            return
        what = "are cleared before it" if lost else "move nothing"
        if not any(stepped):
            what = "are followed by no optimizer step"
        case.findings.append(
            finding(
                "loop.no_update",
                0.97,
                f"No parameter moved in {len(steps)} steps: gradients of norm {max(arrived):.3g} "
                f"{what}.",
                measured,
                {"largest move": "> 0"},
                curves=curves,
            )
        )
    nominal = [g for o in _optimizers(case) for g in o.param_groups if "initial_lr" in g]
    if rates and max(rates) == 0 and moved == 0 and not nominal:
        case.findings.append(
            finding(
                "optimizer.lr_too_low",
                0.93,
                f"The learning rate is 0 in each of {len(steps)} steps.",
                {"learning rate": 0.0, "largest move": moved},
                {"learning rate": "> 0"},
                curves={"learning rate": rates},
            )
        )
    pairs = [
        (f, math.hypot(a, 0.0))
        for s, a, f in zip(steps, arrived, found, strict=True)
        if a > 0 and f > 0 and _total(_held(s, s.left_over)) == 0
    ]
    ratio = sorted(f / a for f, a in pairs)[len(pairs) // 2] if pairs else 1.0
    # a loss that is scaled up, as in mixed precision, arrives so and is scaled down before the step
    case.numbers["clipped to"] = ratio * max(1.0, case.numbers.get("loss scaled by", 1.0))
