"""Class numbers taken for quantities: names that a squared error puts in a row."""

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.probe_data import pooled
from deeptricks.practice.debugging.reference import features
from deeptricks.practice.debugging.tensors import first_tensor

FEWEST, MOST_CLASSES, BETTER = 3, 50, 0.2


def check_numbers(case: Case) -> None:
    """Whole-numbered targets that are told as classes far better than as quantities."""
    output = first_tensor(case.output)
    if case.kind != "values" or not isinstance(case.y, Tensor) or output is None:
        return
    x, y = pooled(case, 900)
    if y is None or y.numel() != len(y) or output.numel() != case.y.numel() or len(x) < 100:
        return
    target = y.reshape(-1).double()
    labels = target.unique()
    if not FEWEST <= len(labels) <= MOST_CLASSES or bool((target != target.round()).any()):
        return
    as_class, as_number = accuracies(features(case, x, None), target)
    case.numbers["told as class, as number"] = (as_class, as_number)
    if as_class > as_number + BETTER and as_class > 2 / len(labels):
        case.findings.append(
            finding(
                "loss.unsuitable",
                0.91,
                f"Targets are {len(labels)} whole numbers. A plain learner finds {as_class:.0%} of "
                f"them (of samples held out) as classes, {as_number:.0%} as quantities, rounded: "
                "they are names.",
                {"as classes": as_class, "as quantities": as_number, "numbers": len(labels)},
                {"as quantities": f"about {as_class:.0%}"},
                cure=f"Give the model {len(labels)} outputs and take cross-entropy.",
                curves={"found: as classes, as quantities": [as_class, as_number]},
            )
        )


def accuracies(inputs: Tensor, target: Tensor) -> tuple[float, float]:
    """Return the held-out accuracy of ridge regression on indicators, and on the numbers."""
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(len(inputs), generator=generator)
    inputs, target = inputs[order], target[order]
    wide = torch.randn(inputs.shape[1], 400, generator=generator, dtype=torch.float64)
    hidden = torch.relu(inputs @ wide / inputs.shape[1] ** 0.5 + 0.5)
    hidden = torch.cat([hidden, torch.ones(len(hidden), 1, dtype=hidden.dtype)], 1)
    labels, cut = target.unique(), 2 * len(inputs) // 3
    goals = torch.cat([(target[:, None] == labels).double(), target[:, None]], 1)
    gram = hidden[:cut].T @ hidden[:cut]
    gram += 0.01 * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    weights = torch.linalg.solve(gram, hidden[:cut].T @ goals[:cut])
    told = hidden[cut:] @ weights
    as_class = labels[told[:, :-1].argmax(1)] == target[cut:]
    as_number = told[:, -1].round() == target[cut:]
    return float(as_class.double().mean()), float(as_number.double().mean())
