"""Whether the loss compares like with like, and fits the task."""

import math
from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.outputs import class_axis, loss_of
from deeptricks.practice.debugging.own_loss import computes_its_loss
from deeptricks.practice.debugging.tensors import first_tensor


def check_broadcast(case: Case) -> None:
    """Find a loss that stays the same when outputs are exchanged within the batch."""
    output, y = first_tensor(case.output), case.y
    if output is None or not isinstance(y, Tensor) or case.kind == "classes":
        return
    if output.shape == y.shape or output.ndim == 0 or y.ndim == 0:
        return
    axis = min(case.y_axis, output.ndim - 1)
    size = output.shape[axis]
    generator = torch.Generator().manual_seed(case.seed)
    wide = output + torch.randn(output.shape, generator=generator).to(output)
    order = torch.randperm(size, generator=generator).to(output.device)
    before, after = loss_of(case, wide), loss_of(case, wide.index_select(axis, order))
    same_size = output.numel() == y.numel()
    matched = loss_of(case, wide, y.reshape(output.shape)) if same_size else math.nan
    if not math.isfinite(before) or size < 3 or float(torch.as_tensor(y).double().std()) == 0:
        return
    same = abs(after - before) <= 1e-5 * max(abs(before), 1e-12)
    if same and same_size and abs(matched - before) > 1e-4 * abs(before):
        case.findings.append(
            finding(
                "loss.broadcast",
                0.98,
                f"Output {tuple(output.shape)} against target {tuple(y.shape)}: the loss stays "
                f"{before:.4g} when outputs change places in the batch; with equal shapes it would "
                f"be {matched:.4g}.",
                {"loss": before, "outputs exchanged": after, "equal shapes": matched},
                {"outputs exchanged": "another loss"},
                cure_code="loss(output.reshape(y.shape), y)",
                curves={"loss: as it is, exchanged, equal shapes": [before, after, matched]},
            )
        )


def check_suitable(case: Case) -> None:
    """Many-of-many targets in a softmax; a softmax over a single output."""
    output, y = first_tensor(case.output), case.y
    if output is None or not isinstance(y, Tensor):
        return
    axis = class_axis(output, y) if case.kind == "classes" else None
    if axis is not None and output.shape[axis] == 1:
        _unsuitable(case, "A softmax over one output is always 1: the loss teaches nothing", {})
    if case.kind != "binary" or output.ndim < 2 or output.shape != y.shape or y.shape[1] < 2:
        return
    told = case.numbers.get("asked") or {}
    shift = abs(loss_of(case, output + 1) - loss_of(case, output))
    spread = abs(told.get("sure and wrong", 0.0) - told.get("sure", 0.0))
    per_row = y.double().sum(1)
    many = float((per_row != 1).double().mean())
    if shift < 1e-4 * (1 + spread) and many > 0.05:
        _unsuitable(
            case,
            f"The loss does not change when a constant is added to all outputs (a softmax: one of "
            f"many), but {many:.0%} of the targets have none or several labels",
            {"share of rows with other than one label": many},
        )


def check_taught(case: Case) -> None:
    """Find a loss that does not depend on the outputs, or a softmax across the samples."""
    output, y = first_tensor(case.output), case.y
    if output is None or not output.is_floating_point() or not isinstance(y, Tensor):
        return
    if computes_its_loss(case):
        return
    generator = torch.Generator().manual_seed(case.seed)
    noise = torch.randn(output.shape, generator=generator).to(output)
    noise = noise * (float(output.double().abs().mean()) + 1.0)
    values = [loss_of(case, output + size * noise) for size in (0.0, 0.3, 1.0)]
    shifted = loss_of(case, output + 0.7 * (float(output.double().abs().mean()) + 1.0))
    if not all(math.isfinite(value) for value in (*values, shifted)):
        return
    scale = max(map(abs, values)) + 1e-9
    if max(values) - min(values) < 1e-7 * scale:
        _unsuitable(case, "The loss is the same whatever the outputs are", {"losses": values})
        return
    per_sample = output.numel() // max(1, output.shape[0] if output.ndim else 1)
    if per_sample == 1 and len(y) > 2 and abs(shifted - values[0]) < 1e-6 * scale:
        _unsuitable(
            case,
            "There is one output per sample, and the loss does not change when the same number is "
            "added to all: a softmax across the samples",
            {"loss": values[0], "loss, outputs shifted": shifted},
        )


def check_hinge(case: Case) -> None:
    """Targets 0 and 1 for a loss that multiplies them with the output and wants -1 and 1."""
    output, y = first_tensor(case.output), case.y
    if case.kind != "binary" or output is None or output.numel() != y.numel():
        return
    if set(y.unique().tolist()) != {0, 1} or y.dtype == torch.bool:
        return
    sign = 2 * y - 1
    sure = 20.0 * sign.reshape(output.shape).to(output.dtype)
    now, cured, wrong = loss_of(case, sure), loss_of(case, sure, sign), loss_of(case, -sure, sign)
    if math.isfinite(now) and abs(cured) < 1e-3 and now > 0.1 and wrong > 2 * now > 0:
        case.findings.append(
            finding(
                "data.label_range",
                0.93,
                f"Targets are 0 and 1: right and sure outputs cost {now:.3g}; with targets -1 and "
                f"1 they cost {cured:.3g}.",
                {"loss": now, "loss recoded": cured},
                {"values": [-1, 1]},
                cure_code="y = 2 * y - 1",
                curves={"loss of right outputs: as it is, recoded": [now, cured]},
            )
        )


def _unsuitable(case: Case, text: str, measured: dict[str, Any]) -> None:
    case.findings.append(
        finding("loss.unsuitable", 0.93, f"{text}.", measured, {"labels per sample": 1})
    )
