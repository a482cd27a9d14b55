"""Rare classes: whether the training finds them, and would if they were drawn more often."""

import torch

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.end_of_run import recalls
from deeptricks.practice.debugging.outcome import control
from deeptricks.practice.debugging.tensors import join, take, tensors

RARE, FOUND, MISSED = 0.12, 0.4, 0.15  # share of a class; recalls


def check_balance(case: Case) -> None:
    """Rare classes that the planned training misses, and balanced batches find."""
    by_class = dict(case.numbers.get("recalls") or {})
    even = 1 / max(len(by_class), 2)
    rare = {c for c, (share, _) in by_class.items() if share < min(RARE, 0.3 * even)}
    missed = [c for c in rare if by_class[c][1] < MISSED]
    if not missed or len(missed) == len(by_class):
        return
    counted = case.numbers["recalls"]

    def measure() -> None:
        case.numbers["recalls balanced"] = recalls(case)

    control(case, "balanced", batches=balanced(case), measure=measure)
    other = case.numbers.get("recalls balanced", {})
    case.numbers["recalls"] = counted
    found = [c for c in missed if other.get(c, (0, 0))[1] > FOUND]
    if found:
        label = found[0]
        share, recall = by_class[label]
        case.findings.append(
            finding(
                "data.imbalance",
                0.9,
                f"Class {label} makes up {share:.1%} of the samples; as planned the training finds "
                f"{recall:.0%} of them, with balanced batches {other[label][1]:.0%}.",
                {"class": label, "share": share, "recall": recall, "balanced": other[label][1]},
                {"recall": f"about {other[label][1]:.0%}"},
                where=(f"class {label}",),
                curves={"recall by class": [r for _, r in by_class.values()]},
            )
        )


def balanced(case: Case) -> list[tuple[object, object]]:
    """Return batches in which every class comes equally often."""
    x, y = join([x for x, _ in case.data], case.axis), join([y for _, y in case.data], case.y_axis)
    flat = y.reshape(-1).long()
    weights = 1.0 / flat.bincount()[flat].double()
    size, generator = case.batch_size(), torch.Generator().manual_seed(case.seed)
    assert len(tensors(x)) >= 1
    picks = torch.multinomial(weights, size * len(case.data), True, generator=generator)
    return [(take(x, p, case.axis), take(y, p, case.y_axis)) for p in picks.split(size)]
