"""Training against validation data: prepared alike, and no sample in both."""

import math
from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.outcome import at_end, progress
from deeptricks.practice.debugging.tensors import first_tensor, rows, tensors

SHARED = 0.1  # share of validation samples that are training samples too
APART = 0.12  # share of words that would have to be others
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
    if same_inputs(case):
        case.note("validation", "Validation has the inputs of training, but targets of its own.")
        return
    _shared(case, train, val)
    floats = first_tensor(case.data[0][0])
    if floats is not None and floats.is_floating_point():
        _prepared(case, train, val)
    elif floats is not None:
        _words(case, train, val)


def same_inputs(case: Case) -> bool:
    """Whether all is one batch, in training as in validation, and only the targets differ.

    So it is where some nodes of one graph are learned and others asked: rows depend on each other.
    """
    if len(case.data) != 1 or len(case.val) != 1:
        return False
    (x, y), (a, b) = case.data[0], case.val[0]
    return equal(x, a) and not equal(y, b)


def equal(one: Any, other: Any) -> bool:
    """Whether all tensors of both are equal."""
    pairs = list(zip(tensors(one), tensors(other), strict=False))
    return bool(pairs) and all(torch.equal(a, b) for a, b in pairs)


def _words(case: Case, train: Tensor, val: Tensor) -> None:
    """Compare how often each whole number (a word) comes in both."""
    size = int(max(train.max(), val.max())) + 1
    if min(float(train.min()), float(val.min())) < 0 or size > 1_000_000:
        return

    def shares(part: Tensor) -> Tensor:
        return part.reshape(-1).long().bincount(minlength=size) / part.numel()

    half = 0.5 * float((shares(val[::2]) - shares(val[1::2])).abs().sum())
    apart = 0.5 * float((shares(train) - shares(val)).abs().sum())
    if apart > max(APART, 1.5 * half) and len(val) >= 20:
        case.numbers["split differs"] = finding(
            "data.train_val_mismatch",
            0.9,
            f"{apart:.0%} of the words of the validation inputs would have to be others to come "
            f"as often as in training; between two halves of the validation data it is {half:.0%}.",
            {"words apart": apart, "within validation": half},
            {"words apart": f"about {half:.0%}"},
            curves={"share of each word: training": shares(train)[:200].tolist()}
            | {"share of each word: validation": shares(val)[:200].tolist()},
        )


def _shared(case: Case, train: Tensor, val: Tensor) -> None:
    known = {row.numpy().tobytes() for row in train}
    share = sum(row.numpy().tobytes() in known for row in val) / len(val)
    repeated = 1 - len(known) / len(train)
    whole = bool((val == val.round()).all())
    near, of_train = near_copies(train, val)
    if near > 0.2 and of_train < 0.5 * near and share <= SHARED:
        case.findings.append(
            finding(
                "data.leakage",
                0.88,
                f"{near:.0%} of the validation samples lie next to a training sample (nearer than "
                f"a twentieth of the usual distance); of training samples {of_train:.0%} do.",
                {"next to a training sample": near, "of training samples": of_train},
                {"next to a training sample": f"about {of_train:.0%}"},
                curves={"share next to another: validation, training": [near, of_train]},
            )
        )
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


def near_copies(train: Tensor, val: Tensor, most: int = 1500) -> tuple[float, float]:
    """Return the share of validation, and of training, samples with a near training sample.

    Near: less than a twentieth of the median distance between samples.
    """
    known, asked = train[:most], val[:300]
    own = known[:300]
    usual = float(torch.cdist(own, known).median())
    rest = train if len(train) * train.shape[1] < 20_000_000 else known
    other = torch.cdist(asked, rest).amin(1)
    bound = 0.05 * usual
    within = torch.cdist(own, rest)
    within[torch.arange(len(own)), torch.arange(len(own))] = math.inf
    return float((other < bound).double().mean()), float((within.amin(1) < bound).double().mean())


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
    odd = float(
        ratio.clamp(0.1, 10).log().abs().mean().exp()
    )  # a few rows may leave a column still
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
    """Report validation data prepared otherwise where that costs something."""
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
