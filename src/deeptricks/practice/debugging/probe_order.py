"""The order of the batches, which should differ no more than random ones."""

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.changed_data import shuffled
from deeptricks.practice.debugging.controls import confirmed, report
from deeptricks.practice.debugging.outcome import control
from deeptricks.practice.debugging.tensors import rows, tensors

TOO_DIFFERENT = 3.0  # times the variance between batches that random batches have


def between(values: list[Tensor]) -> float:
    """Return the variance between batch means over what random batches would have (about 1)."""
    joined = torch.cat(values)
    if len(values) < 3:
        return 1.0
    within = joined.var(0)
    means = torch.stack([value.mean(0) for value in values])
    sizes = torch.tensor([len(value) for value in values], dtype=torch.float64)
    alive = within > 1e-12
    if not bool(alive.any()):
        return 1.0
    expected = within * (1 / sizes).mean()
    ratio = means.var(0)[alive] / expected[alive]
    return float(ratio.mean())


def check_order(case: Case) -> None:
    """Compare batches with random ones; the control: the same samples shuffled."""
    if len(case.data) < 3:
        return
    targets = []
    for _, y in case.data:
        if not isinstance(y, Tensor) or y.ndim <= case.y_axis:
            break
        value = y.detach().cpu().movedim(case.y_axis, 0).reshape(y.shape[case.y_axis], -1)
        if case.kind == "classes" and value.shape[1] == 1:
            highest = max(int(t.max()) for _, t in case.data)
            if int(value.min()) >= 0 and highest < 1000:
                value = torch.nn.functional.one_hot(value[:, 0].long(), highest + 1)
        targets.append(value.double())
    same = len({tuple(t.shape[1:]) for t in targets}) == 1 and len(targets) == len(case.data)
    of_targets = between(targets) if same else 1.0
    inputs = [rows(x, case.axis, most=2000) for x, _ in case.data]
    floats = any(t.is_floating_point() for t in tensors(case.data[0][0]))
    even = len({tuple(t.shape[1:]) for t in inputs}) == 1 and floats
    of_inputs = between(inputs) if even else 1.0
    case.numbers["order"] = (of_targets, of_inputs)
    if max(of_targets, of_inputs) < TOO_DIFFERENT:
        return
    other = shuffled(case)
    if not other:
        return
    trial = control(case, "shuffled", batches=other)
    strength = confirmed(case, trial, 0.85)
    means = [float(t.mean()) for t in (targets if same else inputs)]
    found = report(
        case,
        "data.not_shuffled",
        strength,
        trial,
        f"Batches differ more than random ones: the variance between their means is "
        f"{of_targets:.3g} times the usual for the targets, {of_inputs:.3g} for the inputs.",
        measured={"targets": of_targets, "inputs": of_inputs, "means": means[:50]},
        base=0.68,
    )
    if found is None:
        case.note("order", "The batches come in an order, but shuffled ones learn no more.")
