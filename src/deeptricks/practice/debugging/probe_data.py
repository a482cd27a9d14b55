"""The data by themselves: finite, varied, in which order, of what size."""

import torch

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.changed_data import pooled, standardized
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.controls import confirmed, report
from deeptricks.practice.debugging.outcome import control
from deeptricks.practice.debugging.tensors import tensors

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
    """Find inputs of an odd scale; the control has the same inputs standardized."""
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
