"""Targets of an odd scale, and what the same training learns of them standardized."""

import math
from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.outcome import control
from deeptricks.practice.debugging.outputs import best_constant
from deeptricks.practice.debugging.tensors import first_tensor


def check_targets(case: Case) -> None:
    """Targets of an odd scale, and the control: the same targets standardized."""
    if case.kind != "values" or not isinstance(case.y, Tensor):
        return
    y = torch.cat([t.reshape(-1).double() for _, t in case.data])
    output = first_tensor(case.output).double()
    spread, mean = float(y.std()), float(y.mean())
    size = max(float(output.std()) if output.numel() > 1 else 0.0, float(output.abs().mean()), 1e-3)
    ratio = max(spread, abs(mean)) / size
    offset = abs(mean) / max(spread, 1e-12)
    if spread <= 0 or not (spread > 8 or spread < 0.03 or abs(mean) > 8 or offset > 8):
        return
    changed = [(x, ((t.double() - mean) / spread).to(t.dtype)) for x, t in case.data]
    if not case.data[0][1].is_floating_point():
        return
    trial = control(case, "standardized targets", batches=changed, score_on=changed)
    chance, loss = _chance_of(case, changed), next(iter(trial.scores.values()), math.inf)
    other = (chance - loss) / chance if chance > 0 else -9.0
    now = case.numbers["at short"]
    if other - now > 0.15 and now < 0.7 * other:
        case.findings.append(
            finding(
                "data.target_scale",
                0.66 + 0.3 * min(1.0, other - now),
                f"Targets have mean {mean:.3g} and spread {spread:.3g}, {ratio:.3g} times what the "
                f"model puts out at first. As planned the training goes {now:.0%} of the way from "
                f"chance to the best loss; with standardized targets {other:.0%}.",
                {"mean": mean, "spread": spread, "as planned": now, "standardized": other},
                {"mean": 0, "spread": 1},
                cure_code=f"y = (y - {mean:.3g}) / {spread:.3g}",
                curves={
                    "loss as planned": case.numbers["planned"].losses,
                    "loss with standardized targets": trial.losses,
                },
            )
        )


def _chance_of(case: Case, data: list[Any]) -> float:
    kept, case.data = case.data, data
    try:
        return best_constant(case)
    finally:
        case.data = kept
