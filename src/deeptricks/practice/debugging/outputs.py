"""What a loss wants to be given, found by giving it outputs of our own making."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.tensors import each, first_tensor, number


def replaced(output: Any, tensor: Tensor) -> Any:
    """Put `tensor` in the place of the first floating tensor of `output`."""
    if isinstance(output, Tensor):
        return tensor
    target = first_tensor(output)
    return each(output, lambda other: tensor if other is target else other)


def loss_of(case: Case, tensor: Tensor, y: Any = None) -> float:
    """Return the loss of the first batch if the model put out `tensor`; NaN if that raises."""
    try:
        with torch.no_grad():
            return number(
                case.setup.loss(replaced(case.output, tensor), case.y if y is None else y)
            )
    except Exception:
        return math.nan


def kind_of_targets(case: Case) -> str:
    """Say what the targets are, from shapes and values alone.

    "classes": whole numbers, the output has an axis more; "binary": two values, one for each
    output; "soft": rows of probabilities;
    "values": real numbers; "other": tuples and what fits nowhere.
    """
    output, y = first_tensor(case.output), case.y
    if output is None or not isinstance(y, Tensor) or not output.is_floating_point():
        return "other"
    values = torch.cat([t.reshape(-1).double().cpu() for _, t in case.data[:20]])
    whole = bool((values == values.round()).all())
    if not y.is_floating_point() and y.ndim >= 0 and class_axis(output, y) is not None:
        return "classes"
    if output.numel() == y.numel() or output.shape[0] == (y.shape[0] if y.ndim else 1):
        if whole and len(values.unique()) <= 2:
            return "binary"
        if output.shape == y.shape and y.ndim == 2 and y.shape[1] > 1 and float(y.min()) >= 0:
            sums = y.double().sum(1)
            if float((sums - 1).abs().max()) < 1e-4:
                return "soft"
        return "values"
    return "other"


def class_axis(output: Tensor, y: Tensor) -> int | None:
    """Return the axis of `output` that `y` does not have: that of the classes."""
    if output.ndim != y.ndim + 1:
        return None
    if output.shape[0] == (y.shape[0] if y.ndim else 0) and output.shape[2:] == y.shape[1:]:
        return 1
    return output.ndim - 1 if output.shape[:-1] == y.shape else None


def class_scores(case: Case, most: float = 0.95) -> bool:
    """Whether the loss takes outputs for scores of classes, not for codes that it compares.

    At random outputs its derivative by the score of the right class then has one sign for all.
    """
    output, y = first_tensor(case.output), case.y
    axis = class_axis(output, y)
    generator = torch.Generator().manual_seed(case.seed)
    free = torch.randn(output.shape, generator=generator).to(output).softmax(axis)
    free.requires_grad_(True)
    try:
        with torch.enable_grad():
            value = case.setup.loss(replaced(case.output, free), y)
            (slope,) = torch.autograd.grad(value.mean(), free)
    except Exception:
        return True
    index = y.long().clamp(0, output.shape[axis] - 1).unsqueeze(axis)
    own = slope.gather(axis, index)
    own = own[own != 0].sign()
    return own.numel() == 0 or abs(float(own.mean())) > 2 * most - 1


def one_hot(output: Tensor, y: Tensor) -> Tensor | None:
    """Return 1 at the right class and 0 elsewhere, in the shape of the output."""
    axis = class_axis(output, y)
    if axis is None:
        return None
    classes = output.shape[axis]
    index = y.long().clamp(0, classes - 1).unsqueeze(axis)
    return torch.zeros_like(output).scatter_(axis, index, 1.0)


def best_constant(
    case: Case, transform: Callable[[Tensor], Tensor] | None = None, sign: float = 1.0
) -> float:
    """Return the loss of the best output that does not depend on the input: what chance gives.

    `transform` makes of free numbers what the loss takes, such as log-probabilities; with `sign`
    -1 the loss is maximized, and its negative returned.
    """
    output = first_tensor(case.output)
    if output is None or not output.is_floating_point():
        return math.nan
    axis = min(case.y_axis, max(output.ndim - 1, 0))
    start = output.detach().mean(axis, keepdim=True)
    batches = _spread(case)

    def total(constant: Tensor) -> Tensor:
        shape = list(output.shape)
        losses = []
        for _, y in batches:
            first = first_tensor(y)
            same_axis = first is not None and first.ndim > case.y_axis
            shape[axis] = first.shape[case.y_axis] if same_axis else shape[axis]
            value = constant if transform is None else transform(constant)
            losses.append(case.setup.loss(replaced(case.output, value.expand(shape)), y))
        return sign * sum(losses) / len(losses)

    return minimized(total, start, case)


def _spread(case: Case, most: int = 8) -> list[Any]:
    count = len(case.data)
    chosen = case.data if count <= most else [case.data[i * count // most] for i in range(most)]
    return [(None, case.setup.moved(y)) for _, y in chosen]


def best_free(
    case: Case,
    low: float = -math.inf,
    high: float = math.inf,
    transform: Callable[[Tensor], Tensor] | None = None,
) -> float:
    """Return the lowest loss of the first batch over all outputs between `low` and `high`."""
    output = first_tensor(case.output)
    if output is None or not output.is_floating_point():
        return math.nan
    y = case.y
    bounded = math.isfinite(low) and math.isfinite(high)

    def total(free: Tensor) -> Tensor:
        value = low + (high - low) * torch.sigmoid(free) if bounded else free.clamp(low, high)
        value = value if transform is None else transform(value)
        return case.setup.loss(replaced(case.output, value), y)

    start = torch.zeros_like(output) if bounded else output.detach().clamp(low, high)
    return minimized(total, start, case)


def minimized(total: Callable[[Tensor], Any], start: Tensor, case: Case) -> float:
    """Minimize by L-BFGS, by Adam where that fails; negative and huge means: without a bound."""
    best = math.inf
    for method in ("lbfgs", "adam"):
        free = start.detach().clone().requires_grad_(True)
        try:
            best = min(best, _descend(total, free, method))
        except Exception:
            continue
        if math.isfinite(best):
            break
    return best if math.isfinite(best) or best == -math.inf else math.nan


def _descend(total: Callable[[Tensor], Any], free: Tensor, method: str) -> float:
    best = math.inf
    options = (
        {"lr": 0.1} if method == "adam" else {"max_iter": 60, "line_search_fn": "strong_wolfe"}
    )
    kind = torch.optim.Adam if method == "adam" else torch.optim.LBFGS
    optimizer = kind([free], **options)

    def closure() -> Tensor:
        nonlocal best
        optimizer.zero_grad()
        value = total(free)
        value = value.mean() if value.ndim else value
        value.backward()
        if math.isfinite(float(value.detach())):
            best = min(best, float(value.detach()))
        return value

    with torch.enable_grad():
        for _ in range(100 if method == "adam" else 1):
            optimizer.step(closure)
    return best
