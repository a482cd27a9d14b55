"""The data by themselves: finite, varied, in which order, of what size."""

import math
from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.controls import confirmed, report
from deeptricks.practice.debugging.outcome import control
from deeptricks.practice.debugging.tensors import each, first_tensor, rows, take, tensors

DISTINCT = 0.1  # share of different samples below which the data are degenerate
FAR, WIDE, NARROW, UNEVEN = 3.0, 8.0, 0.05, 30.0  # offset, spread, ratio of the columns' spreads


def check_finite(case: Case) -> None:
    """Find NaN and infinity in the batches read."""
    for part, name in ((0, "inputs"), (1, "targets")):
        for source, data in (("", case.data), ("validation ", case.val)):
            ill = [
                index
                for index, batch in enumerate(data)
                for tensor in tensors(batch[part])
                if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all())
            ]
            if ill:
                case.findings.append(
                    finding(
                        "data.nonfinite",
                        0.99,
                        f"{len(ill)} of {len(data)} batches have NaN or infinity in the {source}"
                        f"{name}; the first is batch {ill[0]}.",
                        {"batches": len(ill), "of": len(data)},
                        {"batches": 0},
                        where=tuple(f"{source}batch {index}" for index in ill[:8]),
                        curves={"batches with such numbers": [float(index) for index in ill]},
                    )
                )


def pooled(case: Case, most: int = 4000) -> tuple[Tensor, Tensor | None]:
    """Return inputs (a sample per row) and targets of the batches read, up to `most` samples."""
    parts, targets, count = [], [], 0
    for x, y in case.data:
        matrix = rows(x, case.axis, most=20_000)
        first = first_tensor(y)
        if parts and matrix.shape[1] != parts[0].shape[1]:
            continue
        parts.append(matrix)
        if isinstance(y, Tensor) and first is not None and first.ndim > case.y_axis:
            targets.append(first.detach().cpu().movedim(case.y_axis, 0))
        count += len(matrix)
        if count >= most:
            break
    same = len({tuple(t.shape[1:]) for t in targets}) == 1 and len(targets) == len(parts)
    x = torch.cat(parts)
    y = torch.cat(targets) if same else None
    return x, y if y is not None and len(y) == len(x) else None


def check_degenerate(case: Case) -> None:
    """Find inputs that are all alike."""
    x, y = pooled(case)
    if len(x) < 4 or not bool(torch.isfinite(x).all()) or x.shape[1] == 0:
        return
    distinct = len(torch.unique(x, dim=0)) / len(x)
    spread = float(x.std(0).max())
    varied = y is None or len(torch.unique(y.reshape(len(y), -1), dim=0)) > 1
    whole = not any(t.is_floating_point() for t in tensors(case.data[0][0])) or x.shape[1] <= 3
    of_targets = len(torch.unique(y.reshape(len(y), -1), dim=0)) / len(y) if y is not None else 0
    if varied and (spread == 0 or (distinct < DISTINCT and (not whole or of_targets > distinct))):
        case.findings.append(
            finding(
                "data.degenerate",
                0.96,
                f"Of {len(x)} inputs {distinct * len(x):.0f} are different; the largest spread of "
                f"a column is {spread:.3g}.",
                {"different": distinct, "largest spread": spread, "samples": len(x)},
                {"different": "about 100 %"},
                curves={"spread of each column": x.std(0)[:200].tolist()},
            )
        )
    else:
        size = float(x.abs().mean())
        if size > 0 and spread < 1e-6 * size:
            case.numbers["tiny spread"] = spread / size


def statistics(case: Case) -> dict[str, float]:
    """Return offset (mean over spread), spread, and the ratio of the columns' spreads."""
    floats = [t for t in tensors(case.data[0][0]) if t.is_floating_point()]
    if not floats:
        return {}
    x, _ = pooled(case, 2000)
    if not bool(torch.isfinite(x).all()) or len(x) < 2:
        return {}
    spreads, means = x.std(0), x.mean(0)
    alive = spreads > 1e-12 * (means.abs() + 1e-12)
    if not bool(alive.any()):
        return {}
    spreads, means = spreads[alive], means[alive]
    total = float(x.std())
    within = float(spreads.square().mean().sqrt())
    low = float(spreads.median())
    columns = x.shape[1] <= 200
    return {
        "offset": float(means.square().mean().sqrt()) / max(within, 1e-12),
        "spread": max(within, total),
        "uneven": float(spreads.max()) / max(low, 1e-12) if columns else 1.0,
    }


def unusual(odd: dict[str, float]) -> bool:
    """Whether `statistics` lie beyond what layers are made for."""
    if not odd:
        return False
    size = odd["spread"] > WIDE or odd["spread"] < NARROW
    return size or odd["offset"] > FAR or odd["uneven"] > UNEVEN


def check_scale(case: Case) -> None:
    """Inputs of an odd scale, and the control: the same inputs standardized."""
    odd = statistics(case)
    case.numbers["input scale"] = odd
    if not odd:
        return
    if not unusual(odd):
        return
    changed = standardized(case)
    trial = control(case, "standardized inputs", batches=changed, score_on=changed)
    report(
        case,
        "data.not_normalized",
        confirmed(case, trial),
        trial,
        f"Inputs have a spread of {odd['spread']:.3g} and an offset of {odd['offset']:.3g} spreads;"
        f" the columns' spreads differ by a factor of {odd['uneven']:.3g}.",
        measured=odd,
        base=0.66,
    )


def standardized(case: Case) -> list[tuple[Any, Any]]:
    """Return the batches with every column (channel, for images) at mean 0 and spread 1."""

    def numbers(position: int) -> tuple[Tensor, Tensor]:
        parts = [tensors(x)[position].detach() for x, _ in case.data]
        one = parts[0]
        axis = case.axis if case.axis < one.ndim else 0
        alike = [p for p in parts if p.movedim(axis, 0).shape[1:] == one.movedim(axis, 0).shape[1:]]
        joined = torch.cat(alike, axis).double()
        if one.ndim >= 4:
            over = [a for a in range(one.ndim) if a != 1]
        elif one.ndim == 3:
            over = [0, 1]
        else:
            over = [axis]
        spread = joined.std(over, keepdim=True, unbiased=False)
        return joined.mean(over, keepdim=True), torch.where(spread > 0, spread, 1.0)

    first = tensors(case.data[0][0])
    known = [numbers(i) if t.is_floating_point() and t.ndim else None for i, t in enumerate(first)]

    def put(x: Any) -> Any:
        position = iter(range(len(first)))

        def one(tensor: Tensor) -> Tensor:
            pair = known[next(position)]
            if pair is None:
                return tensor
            return ((tensor.double() - pair[0]) / pair[1]).to(tensor.dtype)

        return each(x, one)

    return [(put(x), y) for x, y in case.data]


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
    from deeptricks.practice.debugging.outputs import best_constant

    kept, case.data = case.data, data
    try:
        return best_constant(case)
    finally:
        case.data = kept


def shuffled(case: Case) -> list[tuple[Any, Any]]:
    """Return the samples of all batches read, in a random order, in batches of the same size."""
    from deeptricks.practice.debugging.tensors import join

    size = case.batch_size()
    shapes = {
        tuple(t.movedim(case.axis if t.ndim > case.axis else 0, 0).shape[1:])
        for x, _ in case.data
        for t in tensors(x)[:1]
    }
    if len(shapes) != 1:
        return []
    x = join([x for x, _ in case.data], case.axis)
    y = join([y for _, y in case.data], case.y_axis)
    count = first_tensor(y).shape[case.y_axis]
    order = torch.randperm(count, generator=torch.Generator().manual_seed(case.seed))
    pieces = [piece for piece in order.split(size) if len(piece) > 1 or size == 1]
    return [(take(x, piece, case.axis), take(y, piece, case.y_axis)) for piece in pieces]
