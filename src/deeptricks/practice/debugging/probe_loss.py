"""Does the loss get what it expects? It is asked with outputs whose answer is known."""

import math
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.outputs import (
    best_constant,
    best_free,
    class_axis,
    class_scores,
    kind_of_targets,
    loss_of,
    one_hot,
)
from deeptricks.practice.debugging.own_loss import computes_its_loss
from deeptricks.practice.debugging.reach import reach
from deeptricks.practice.debugging.tensors import first_tensor

MARGIN = 20.0  # a logit that is as good as certain


def landmarks(case: Case) -> None:
    """Measure the kind of targets, the loss at chance, its floor, and what the model can reach."""
    if computes_its_loss(case):
        return
    case.kind = kind_of_targets(case)
    output, y = first_tensor(case.output), case.y
    case.numbers["asked"] = asked(case, output, y) if isinstance(y, Tensor) else {}
    case.numbers["loss takes"] = family(case)
    axis = class_axis(output, y) if case.kind == "classes" else 1
    normal = None
    if case.numbers["loss takes"] == "log-probabilities":
        normal = partial(functional.log_softmax, dim=axis)
    case.chance = best_constant(case, normal)
    case.floor = best_free(case, transform=normal)
    case.numbers["reach"] = reach(case)
    case.snapshot.restore()


def asked(case: Case, output: Tensor, y: Any) -> dict[str, float]:
    """Return the loss for outputs made from the targets: right, wrong, sure, halved, shifted."""
    if case.kind == "classes":
        right: Any = one_hot(output, y)
        axis = class_axis(output, y)
        wrong = right.roll(1, axis)
        soft = 0.9 * right + 0.1 / right.shape[axis]
    elif case.kind == "soft":
        right, axis = y.to(output.dtype), 1
        wrong, soft = right.roll(1, 1), 0.9 * right + 0.1 / right.shape[1]
    elif case.kind == "binary":
        high = max(float(t.max()) for _, t in case.data)
        low = min(float(t.min()) for _, t in case.data)
        if y.numel() != output.numel():
            return {}
        right = ((y.reshape(output.shape) > (high + low) / 2) & (high > low)).to(output.dtype)
        wrong, soft = 1 - right, 0.1 + 0.8 * right
    else:
        return {}
    sure = MARGIN * (2 * right - 1)
    zero = torch.zeros_like(output)
    normal = output.sigmoid()
    if case.kind != "binary":
        normal = functional.log_softmax(output, axis)
    points = {
        "sure": sure,
        "sure and wrong": MARGIN * (2 * wrong - 1),
        "right": right,
        "soft": soft,
        "soft and wrong": 0.9 * wrong + 0.05,
        "half of soft": soft / 2,
        "log of soft": soft.log(),
        "log of half": (soft / 2).log(),
        "zero": zero,
        "halves": zero + 0.5,
        "quarters": zero + 0.25,
        "as it is": output,
        "shifted": output + 1,
        "doubled": 2 * output,
        "normalized": normal,
        "softmax": normal.exp() if case.kind != "binary" else normal,
        "very sure": 2 * sure,
    }
    return {name: loss_of(case, point) for name, point in points.items()}


def near(a: float, b: float, tolerance: float = 0.01) -> bool:
    """Whether two numbers agree to `tolerance` of the larger."""
    return math.isfinite(a) and math.isfinite(b) and abs(a - b) <= tolerance * max(abs(a), abs(b))


def family(case: Case) -> str:
    """Tell what the loss takes: "logits", "log-probabilities", "probabilities", or "" for others.

    Cross-entropy of logits does not change when a constant is added to a sample's outputs; that
    of log-probabilities changes by that constant; that of probabilities by ln 2 when they are
    halved.
    """
    told = case.numbers.get("asked") or {}
    if not told:
        return ""
    scale = abs(told["sure"] - told["sure and wrong"]) / (2 * MARGIN)  # per unit of margin
    if case.kind in ("classes", "soft"):
        shift = told["shifted"] - told["as it is"]
        first, second = told["as it is"] - told["zero"], told["doubled"] - told["as it is"]
        linear = near(first, second, 1e-3) or abs(first - second) < 1e-5 * scale
        if linear and abs(shift) > 0.1 * scale > 0:
            return "log-probabilities"
        spread = told["sure and wrong"] - told["zero"]
        if abs(shift) < 1e-4 * (1 + abs(spread)) and spread > 0.5:
            return "logits"
        halved = told["half of soft"] - told["soft"]
        if near(abs(halved), math.log(2), 0.02) and near(told["soft"], -math.log(0.9), 0.5):
            return "probabilities"
        return ""
    sure, zero, halves = (told[name] for name in ("sure", "zero", "halves"))
    sign_free = abs(sure) < 0.01 * abs(zero) and told["sure and wrong"] > 5 * abs(zero)
    if sign_free and near(told["sure and wrong"] / max(zero, 1e-9), MARGIN / math.log(2), 0.2):
        return "logits"
    if halves > 0 and abs(told["right"]) < 0.01 * halves and not near(zero, halves, 0.3):
        ratio = told["soft and wrong"] / halves
        small = told["soft"] / halves  # ln 0.9 / ln 0.5; of a squared error it is 0.04
        if near(ratio, math.log(0.05) / math.log(0.5), 0.25) and 0.1 < small < 0.25:
            return "probabilities"
    return ""


def check_sign(case: Case) -> None:
    """Compare the loss of right outputs with that of wrong ones, which must be higher."""
    told, setup = case.numbers.get("asked") or {}, case.setup
    pairs = []
    if told and (case.kind != "classes" or class_scores(case)):
        pairs = [(told["sure"], told["sure and wrong"]), (told["soft"], told["soft and wrong"])]
    elif not told and case.kind == "values" and isinstance(case.y, Tensor):
        output, y = first_tensor(case.output), case.y
        if output.numel() == y.numel() and _reads_targets(case):
            ideal = y.to(output.dtype).reshape(output.shape)
            spread = float(ideal.double().std()) if ideal.numel() > 1 else 1.0
            other = ideal + 3 * (spread or 1.0) * torch.randn_like(ideal).sign()
            pairs = [(loss_of(case, ideal), loss_of(case, other))]
    finite = [(a, b) for a, b in pairs if math.isfinite(a) and math.isfinite(b) and a != b]
    # a distance is small where two are alike (target 1), and its loss has a bound: no wrong sign
    # (one that levels off, as an overlap of sigmoids does, is no distance)
    bounded = case.kind == "binary" and case.floor > -1e-3
    if told and near(told["sure"], told["very sure"], 1e-3) and told["sure"] > 0.5:
        bounded = False
    if finite and not bounded and all(right > wrong for right, wrong in finite):
        right, wrong = finite[0]
        case.findings.append(
            finding(
                "loss.sign",
                0.97,
                f"{_name(setup.loss)} is {right:.3g} for right outputs and {wrong:.3g} for wrong "
                "ones: minimizing it leads away from the targets.",
                {"right": right, "wrong": wrong},
                {"right": f"< {wrong:.3g}"},
                curves={"loss: wrong, right": [wrong, right]},
            )
        )


def _reads_targets(case: Case) -> bool:
    """Whether other targets give another loss; a judge's opinion, as of a GAN, reads none."""
    output = first_tensor(case.output)
    return loss_of(case, output) != loss_of(case, output, case.y.roll(1, 0) + 1)


def _name(function: Any) -> str:
    return getattr(function, "__name__", type(function).__name__)
