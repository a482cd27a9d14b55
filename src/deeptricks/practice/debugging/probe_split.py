"""Training against validation data: prepared alike, and no sample in both; no answer in the input."""

import math
from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.outcome import at_end, progress
from deeptricks.practice.debugging.probe_data import pooled
from deeptricks.practice.debugging.tensors import first_tensor, rows

SHARED = 0.1  # share of validation samples that are training samples too
SHIFT, RATIO = 0.7, 2.0  # shift of the mean in spreads, ratio of spreads


def _matrix(case: Case, data: list[Any], most: int = 3000) -> Tensor:
    parts = [rows(x, case.axis, most=20_000) for x, _ in data]
    parts = [part for part in parts if part.shape[1] == parts[0].shape[1]]
    return torch.cat(parts)[:most] if parts else torch.empty(0, 0)


def check_split(case: Case) -> None:
    """Compare columns of training and validation inputs; look for samples in both."""
    if not case.val:
        return
    train, val = _matrix(case, case.data, 20_000), _matrix(case, case.val, 5000)
    if min(len(train), len(val)) < 4 or train.shape[1] != val.shape[1] or train.shape[1] == 0:
        return
    if not bool(torch.isfinite(train).all()) or not bool(torch.isfinite(val).all()):
        return
    _shared(case, train, val)
    floats = first_tensor(case.data[0][0])
    if floats is not None and floats.is_floating_point():
        _prepared(case, train, val)


def _shared(case: Case, train: Tensor, val: Tensor) -> None:
    known = {row.numpy().tobytes() for row in train}
    share = sum(row.numpy().tobytes() in known for row in val) / len(val)
    repeated = 1 - len(known) / len(train)
    whole = bool((val == val.round()).all())
    if share > SHARED and share > repeated + 0.1 and not (whole and len(known) < 0.9 * len(train)):
        case.findings.append(
            finding(
                "data.leakage",
                0.93,
                f"{share:.0%} of the validation samples are training samples too.",
                {"share": share, "repeated within training": repeated},
                {"share": 0},
                curves={"share in both, repeated within training": [share, repeated]},
            )
        )


def _prepared(case: Case, train: Tensor, val: Tensor) -> None:
    spread = train.std(0)
    scale = float(spread.square().mean().sqrt()) or 1.0
    alive = spread > 0.05 * scale
    if not bool(alive.any()):
        return
    a, b = train[:, alive], val[:, alive]
    noise = math.sqrt(1 / len(a) + 1 / len(b))
    shift = ((b.mean(0) - a.mean(0)) / a.std(0)).abs()
    ratio = b.std(0) / a.std(0)
    typical = float(shift.square().mean().sqrt())
    odd = float(ratio.log().abs().mean().exp())
    total = abs(math.log(max(float(b.std()), 1e-12) / max(float(a.std()), 1e-12)))
    order = _profile(a, b)
    measured = {"shift": typical, "ratio of spreads": odd, "profiles agree": order}
    case.numbers["split"] = measured
    far = typical > SHIFT + 3 * noise or odd > RATIO or total > math.log(RATIO)
    far = far or (order is not None and order < 0.3)
    curves = {
        "mean of each training column": a.mean(0)[:200].tolist(),
        "mean of each validation column": b.mean(0)[:200].tolist(),
    }
    wide = typical > 2 * SHIFT or odd > 2 * RATIO or total > 2 * math.log(RATIO)
    if far:
        made = finding(
            "data.train_val_mismatch",
            0.9 if wide else 0.85,
            f"Validation inputs lie {typical:.2g} spreads from the training inputs, their "
            f"spread differs by a factor of {odd:.2g}.",
            measured,
            {"shift": f"< {SHIFT}", "ratio of spreads": f"< {RATIO}"},
            curves=curves,
        )
        case.numbers["split differs"] = made


def check_harm(case: Case) -> None:
    """Report validation data prepared otherwise where that costs: loss falls when they are alike."""
    made = case.numbers.get("split differs")
    if made is None:
        return
    now, alike = (progress(case, value) for value in case.numbers.get("validation", (0.0, 0.0)))
    trained = at_end(case)
    if alike > now + 0.1 or now < 0.6 * trained or trained < 0.2:
        case.findings.append(made)
    else:
        case.note("validation", f"{made.evidence} The validation loss does not suffer.")


def _profile(a: Tensor, b: Tensor) -> float | None:
    """Correlation of the columns' means in both; None where training halves do not agree."""
    if a.shape[1] < 8 or min(len(a), len(b)) < 40:
        return None

    def agree(one: Tensor, other: Tensor) -> float:
        pair = torch.stack([one.mean(0), other.mean(0)])
        return float(torch.corrcoef(pair)[0, 1])

    halves = agree(a[::2], a[1::2])
    return agree(a, b) if halves > 0.9 else None


def check_answer(case: Case) -> None:
    """Find one column of the input from which the target can be read, while no other comes near."""
    x, y = pooled(case, 3000)
    floats = first_tensor(case.data[0][0])
    if y is None or len(x) < 30 or not bool(torch.isfinite(x).all()) or x.shape[1] < 2:
        return
    target = y.reshape(len(y), -1).double()
    if target.shape[1] != 1 or float(target.std()) == 0 or floats is None:
        return
    target = target[:, 0]
    shares = told_by_columns(x, target, classes=case.kind in ("classes", "binary"))
    order = shares.argsort(descending=True)
    best, second = float(shares[order[0]]), float(shares[order[1]])
    case.numbers["told by one column"] = (best, second)
    if best > 0.97 and second < 0.9 * best and x.shape[1] >= 3:
        column = int(order[0])
        case.findings.append(
            finding(
                "data.leakage",
                0.8 + 0.15 * min(1.0, (best - second) * 2),
                f"Column {column} of the input tells {best:.1%} of the target by itself, the next "
                f"best {second:.1%}.",
                {"column": column, "told": best, "next best": second},
                {"told": "no column nearly everything"},
                where=(f"column {column}",),
                curves={"told by each column": shares[:200].tolist()},
            )
        )


def told_by_columns(x: Tensor, target: Tensor, *, classes: bool) -> Tensor:
    """Return the share of the target's variance that each column of the input tells linearly.

    Of class numbers: the largest over the classes' indicators, averaged over the classes.
    """
    columns = x - x.mean(0)
    size = columns.norm(dim=0)
    columns = columns / torch.where(size > 0, size, 1.0)
    if classes and len(target.unique()) > 2:
        groups = torch.stack([(target == value).double() for value in target.unique()[:50]], 1)
        weight = groups.mean(0)
        means = (groups.T @ columns) / (len(x) * weight).unsqueeze(1)
        return (means.square() * (len(x) * weight).unsqueeze(1)).sum(0)
    centered = target - target.mean()
    centered = centered / centered.norm()
    return (centered @ columns).square()
