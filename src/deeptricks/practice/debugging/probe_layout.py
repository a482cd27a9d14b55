"""Axes mixed up: neighbors in the data are no neighbors in the tensor."""

import itertools
import math

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.reference import storage_order
from deeptricks.practice.debugging.tensors import first_tensor

LONG = 5  # an axis of so many steps or pixels is one along which neighbors resemble each other


def likeness(flat: Tensor, lag: int, phases: int) -> float:
    """Return the least correlation of values `lag` apart in memory, over positions modulo phases.

    Parameters
    ----------
    flat
        Centered values in memory order.
    """
    if lag >= len(flat):
        return 0.0
    product = flat[:-lag] * flat[lag:]
    length = len(product) // phases * phases
    size = float(flat.square().mean()) + 1e-300
    return float(product[:length].reshape(-1, phases).mean(0).min()) / size


def strides(shape: tuple[int, ...]) -> list[int]:
    """Return how far apart in memory neighbors along each axis lie."""
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def check_layout(case: Case) -> None:
    """Compare neighbors of the tensor with neighbors under every other order of its axes."""
    x = _stored(case)
    if x is None or x.ndim < 3 or not x.is_floating_point() or not bool(torch.isfinite(x).all()):
        return
    if x.ndim > 5 or x.numel() < 2000:
        return
    flat = (x.double() - x.double().mean(0, keepdim=True)).flatten()[:3_000_000]
    phases = x.shape[-1] if x.shape[-1] < LONG else 1
    noise = math.sqrt(phases / len(flat))
    scores: dict[tuple[int, ...], float] = {}
    axes = tuple(range(x.ndim))
    for order in itertools.permutations(axes):
        lags = dict(zip(order, strides(tuple(x.shape[axis] for axis in order)), strict=True))
        spatial = [axis for axis in axes[1:] if x.shape[axis] >= LONG]
        if not spatial:
            return
        scores[order] = min(likeness(flat, lags[axis], phases) for axis in spatial)
    now = scores.pop(axes)
    best = max(scores, key=lambda order: scores[order])
    case.numbers["neighbors"] = (now, scores[best], best)
    if scores[best] > 2.5 * abs(now) + 8 * noise and scores[best] > 0.04:
        memory = tuple(x.shape[axis] for axis in best)
        case.findings.append(
            finding(
                "data.layout",
                0.92,
                f"Neighbors in x of shape {tuple(x.shape)} have a correlation of {now:.2g}; read "
                f"as {memory} and permuted, neighbors have {scores[best]:.2g}.",
                {"correlation of neighbors": now, "permuted": scores[best]},
                {"correlation of neighbors": f"about {scores[best]:.2g}"},
                cure_code=f"x.reshape{memory}.permute{tuple(best.index(axis) for axis in axes)}",
                curves={"correlation of neighbors: as it is, permuted": [now, scores[best]]},
            )
        )


def _stored(case: Case) -> Tensor | None:
    items = storage_order(case, 5000)
    if items and all(isinstance(x, Tensor) for x, _ in items):
        shapes = {tuple(x.shape) for x, _ in items}
        if len(shapes) == 1:
            return torch.stack([x for x, _ in items])
    parts = [first_tensor(x) for x, _ in case.data[:50]]
    if any(part is None or part.ndim < 2 for part in parts):
        return None
    parts = [part.movedim(case.axis, 0) if part.ndim > case.axis else part for part in parts]
    same = len({tuple(part.shape[1:]) for part in parts}) == 1
    return torch.cat(parts).cpu() if same else None
