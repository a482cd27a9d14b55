"""Do targets belong to their inputs? If a shift or a flip makes them fit, they did not."""

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.outcome import at_end, at_short, control, gained
from deeptricks.practice.debugging.reference import (
    features,
    signal,
    storage_order,
    target_matrix,
    told,
)
from deeptricks.practice.debugging.tensors import first_tensor, join, rows

FITS = 0.1  # share of the targets' variance that a shift must bring to light


def check_shift(case: Case) -> None:
    """Targets moved by a row against their inputs fit better than where they are."""
    items = storage_order(case)
    if items and all(isinstance(y, (Tensor, int, float)) for _, y in items):
        x = torch.cat([rows(join([_one(x)]), 0).reshape(1, -1) for x, _ in items])
        y = torch.stack([torch.as_tensor(y) for _, y in items])
        raw = None
    else:
        pieces = [(x, y) for x, y in case.data if isinstance(y, Tensor) and y.ndim > case.y_axis]
        if len(pieces) != len(case.data) or len(pieces) < 1:
            return
        x = torch.cat([rows(x, case.axis) for x, _ in pieces])[:1500]
        y = torch.cat([y.movedim(case.y_axis, 0) for _, y in pieces])[:1500].cpu()
        raw = None
    goal = target_matrix(case, y)
    if goal is None or len(goal) != len(x) or len(x) < 60:
        return
    inputs = features(case, x, raw)
    told_by = {0: max(told(inputs, goal))}
    # rows that resemble their neighbors (a series) fit when shifted, too
    series = float((goal - goal.roll(1, 0)).square().mean() / (2 * goal.var(0).mean() + 1e-12))
    if told_by[0] > 0.15 or series < 0.6:
        return
    told_by |= {shift: max(told(inputs, goal.roll(shift, 0))) for shift in (-1, 1, -2, 2)}
    best = max(told_by, key=lambda shift: told_by[shift])
    case.numbers["told by shift"] = told_by
    if best != 0 and told_by[best] > FITS + max(0.0, told_by[0]) * 3:
        case.findings.append(
            finding(
                "data.label_mismatch",
                0.95,
                f"Where they are, inputs tell {max(told_by[0], 0):.0%} of the targets; with the "
                f"targets moved by {best} rows {told_by[best]:.0%}.",
                {"told": told_by[0], "told when moved": told_by[best], "rows": best},
                {"told": f"about {told_by[best]:.0%}"},
                cure_code=f"y = y.roll({best}, 0)  # read both from the same rows",
                curves={"told, moved by -2..2": [told_by[s] for s in (-2, -1, 0, 1, 2)]},
            )
        )


def _one(x: object) -> object:
    return x.unsqueeze(0) if isinstance(x, Tensor) else x


def check_flip(case: Case) -> None:
    """Of pictures with a target per pixel: in some samples the mirrored target fits better."""
    x, y = first_tensor(case.data[0][0]), case.data[0][1]
    if not isinstance(y, Tensor) or x is None or x.ndim < 3 or y.ndim < 3:
        return
    if x.shape[-2:] != y.shape[-2:] or not x.is_floating_point():
        return
    inputs = torch.cat([first_tensor(a).double() for a, _ in case.data[:20]])
    goals = torch.cat([b.double() for _, b in case.data[:20]])
    inputs = inputs.flatten(1, -3).mean(1) if inputs.ndim > 3 else inputs
    goals = goals.flatten(1, -3).mean(1) if goals.ndim > 3 else goals
    turned = {"as they are": goals, "flipped left-right": goals.flip(-1)}
    turned["flipped up-down"] = goals.flip(-2)
    if goals.shape[-1] == goals.shape[-2]:
        turned["transposed"] = goals.transpose(-1, -2)
        turned["turned"] = goals.rot90(1, (-2, -1))
        turned["turned back"] = goals.rot90(-1, (-2, -1))
    fits = {name: _agreement(inputs, goal) for name, goal in turned.items()}
    base = fits.pop("as they are")
    sign = 1.0 if float(base.median()) >= 0 or float(base.mean()) >= 0 else -1.0
    better = {
        n: float(((sign * f) > (sign * base) + 0.15).double().mean()) for n, f in fits.items()
    }
    worse = {n: float(((sign * f) < (sign * base) - 0.15).double().mean()) for n, f in fits.items()}
    name = max(better, key=lambda key: better[key])
    share, other = better[name], worse[name]
    case.numbers["flips"] = {"better": better, "worse": worse}
    if share > 0.2 and float((sign * torch.maximum(fits[name], base)).mean()) > 0.2:
        case.findings.append(
            finding(
                "data.label_mismatch",
                0.93,
                f"In {share:.0%} of the samples the target {name} fits its picture better than as "
                f"it is (worse in {other:.0%}).",
                {"share that fits better": share, "transformation": name},
                {"share that fits better": 0},
                cure_code="if flip: x, y = x.flip(-1), y.flip(-1)",
                curves={"share that fits better, by transformation": list(better.values())},
            )
        )


def _agreement(inputs: Tensor, goals: Tensor) -> Tensor:
    """Correlation of picture and target over the pixels, for each sample."""
    a = inputs.flatten(1) - inputs.flatten(1).mean(1, keepdim=True)
    b = goals.flatten(1) - goals.flatten(1).mean(1, keepdim=True)
    return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1) + 1e-12)


def check_permuted(case: Case) -> None:
    """No learner of ours finds anything, and the model learns permuted targets as fast."""
    if case.numbers.get("own objective"):
        return
    found = signal(case)
    if not found or max(found["linear"], found["nonlinear"]) > 0.03 + max(0.0, found["permuted"]):
        return
    order = torch.Generator().manual_seed(case.seed)
    changed = [(x, _permuted(y, case.y_axis, order)) for x, y in case.data]
    if at_end(case) > at_short(case) + 0.15:  # a slow start: compared where it has learned
        given, now = case.numbers["planned"], at_end(case)
        steps, part = len(given.losses), 0.3
    else:
        given = control(case, "same batches", batches=case.data)
        now, steps, part = gained(case, given), len(given.losses), 0.15
    trial = control(case, "permuted targets", steps, part, batches=changed, score_on=changed)
    if len(trial.losses) < 0.9 * steps:
        return
    other = gained(case, trial)
    case.numbers["permuted"] = (now, other)
    if now - other < 0.05 and found["columns"] >= 3:
        strength = min(1.0, (0.05 - now + other) / 0.1)
        case.findings.append(
            finding(
                "data.label_mismatch",
                (0.6 if now < 0.1 else 0.72) + 0.15 * strength,
                f"Two plain learners tell {max(found['linear'], found['nonlinear'], 0):.1%} of the "
                f"targets of samples held out; the model learns targets in a random order as fast "
                f"as those given ({max(other, 0):.0%} and {max(now, 0):.0%} of the way).",
                {**found, "learned": now, "learned of permuted": other},
                {"told": "> 3 %"},
                curves={"loss": given.losses, "loss, targets permuted": trial.losses},
            )
        )


def _permuted(y: object, axis: int, generator: torch.Generator) -> object:
    tensor = first_tensor(y)
    if not isinstance(y, Tensor) or tensor is None:
        return y
    return y.index_select(axis, torch.randperm(y.shape[axis], generator=generator))
