"""Is there anything to learn? Two plain learners of ours on the same inputs and targets.

Ridge regression on the inputs, and on random ReLU features of them, fitted on two thirds of the
samples and judged on the rest. They need no tuning and no gradient, so what they find is there.
"""

import math
from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.tensors import first_tensor, rows

MOST, HIDDEN, PENALTIES = 900, 500, (0.1, 1.0, 10.0, 100.0)


def storage_order(case: Case, most: int = MOST) -> list[Any]:
    """Return the samples in the order in which they are stored, where the batches tell it.

    Of a `DataLoader` that is its dataset, item by item; of other batches, their own order.
    """
    dataset = getattr(case.setup.batches, "dataset", None)
    if dataset is None or not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
        return []
    items = [dataset[index] for index in range(min(len(dataset), most))]
    case.snapshot.restore()
    return [item for item in items if isinstance(item, (tuple, list)) and len(item) == 2]


def features(case: Case, x: Tensor, raw: Tensor | None) -> Tensor:
    """Return standardized columns; of words (whole numbers), counts and one-hot positions."""
    if raw is not None and not raw.is_floating_point() and raw.ndim == 2:
        words = int(raw.max()) + 1
        if words * (raw.shape[1] + 1) <= 6000 and int(raw.min()) >= 0:
            places = torch.nn.functional.one_hot(raw.long(), words)
            x = torch.cat([places.sum(1), places.flatten(1)], 1).double()
    spread = x.std(0)
    keep = spread > 1e-9 * (x.abs().mean() + 1e-12)
    x = x[:, keep][:, :3000]
    return (x - x.mean(0)) / spread[keep][:3000]


def target_matrix(case: Case, y: Tensor) -> Tensor | None:
    """Return indicators of classes, or the numbers themselves, a row per sample."""
    flat = y.reshape(len(y), -1)
    if case.kind == "classes" and flat.shape[1] == 1:
        index = (flat[:, 0] - flat.min()).long()
        return torch.nn.functional.one_hot(index).double() if int(index.max()) < 300 else None
    return flat.double()[:, :200] if flat.shape[1] <= 20_000 else None


def told(inputs: Tensor, targets: Tensor, seed: int = 0) -> tuple[float, float]:
    """Return the share of the targets' variance told on held-out samples, at most 1.

    Two numbers: by a linear function of the inputs, and by random ReLU features.
    """
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(inputs), generator=generator)[:MOST]
    inputs, targets = inputs[order], targets[order]
    cut = 2 * len(order) // 3
    wide = torch.randn(inputs.shape[1], HIDDEN, generator=generator, dtype=torch.float64)
    wide = wide / math.sqrt(max(inputs.shape[1], 1)) * 1.5
    shift = torch.randn(HIDDEN, generator=generator, dtype=torch.float64)
    hidden = torch.relu(inputs @ wide + shift)
    return _held_out(inputs, targets, cut), _held_out(hidden, targets, cut)


def _held_out(inputs: Tensor, targets: Tensor, cut: int) -> float:
    mean, goal = inputs[:cut].mean(0), targets[:cut].mean(0)
    a, b = inputs[:cut] - mean, inputs[cut:] - mean
    t, rest = targets[:cut] - goal, targets[cut:] - goal
    total = float(rest.square().sum())
    if total <= 0 or a.shape[1] == 0:
        return 0.0
    kernel = a @ a.T
    scale = float(kernel.diagonal().mean()) + 1e-12
    best = -1.0
    for penalty in PENALTIES:
        eye = torch.eye(cut, dtype=kernel.dtype)
        weights = torch.linalg.solve(kernel + 0.1 * penalty * scale * eye, t)
        best = max(best, 1 - float((rest - b @ (a.T @ weights)).square().sum()) / total)
    return best


def signal(case: Case) -> dict[str, float]:
    """Return what the learners tell of the targets, and of permuted targets; {} if no learner fits.

    Keys: "linear", "nonlinear", "permuted" (the better of the two), "samples".
    """
    if "signal" in case.numbers:
        return case.numbers["signal"]
    case.numbers["signal"] = {}
    parts, raws, targets = [], [], []
    for x, y in case.data:
        raw, goal = first_tensor(x), first_tensor(y)
        if not isinstance(y, Tensor) or goal is None or goal.ndim <= case.y_axis or raw is None:
            return {}
        parts.append(rows(x, case.axis))
        axis = case.axis if raw.ndim > case.axis else 0
        raws.append(raw.movedim(axis, 0))
        targets.append(goal.cpu().movedim(case.y_axis, 0))
        if sum(map(len, parts)) >= MOST:
            break
    if len({p.shape[1] for p in parts}) != 1 or len({t.shape[1:] for t in targets}) != 1:
        return {}
    goal = target_matrix(case, torch.cat(targets))
    if goal is None or len(goal) < 60 or not bool((goal.std(0) > 0).any()):
        return {}
    single = len({tuple(r.shape[1:]) for r in raws}) == 1
    x = features(case, torch.cat(parts), torch.cat(raws).cpu() if single else None)
    if not bool(torch.isfinite(x).all()) or x.shape[1] == 0 or len(x) != len(goal):
        return {}
    linear, nonlinear = told(x, goal)
    order = torch.randperm(len(goal), generator=torch.Generator().manual_seed(5))
    permuted = max(told(x, goal[order]))
    case.numbers["signal"] = {
        "linear": linear,
        "nonlinear": nonlinear,
        "permuted": permuted,
        "samples": float(len(goal)),
        "columns": float(x.shape[1]),
    }
    return case.numbers["signal"]
