"""What a model can put out, whatever its last weights are."""

import math

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.outputs import class_axis
from deeptricks.practice.debugging.tensors import first_tensor


def reach(case: Case) -> dict[str, float]:
    """Say what the model can put out: the range while its last weights are blown up.

    The weights nearest to the output are multiplied by large numbers of both signs. What stays
    between two bounds then is held there by an activation.
    """
    model = case.setup.model
    seen, sums = [], []
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        for factor in (1.0, 30.0, -30.0, 1000.0, -1000.0):
            generator = torch.Generator().manual_seed(0)
            for parameter in _last(case):
                if factor != 1:
                    noise = torch.randn(parameter.shape, generator=generator).to(parameter)
                    width = parameter[0].numel() if parameter.ndim > 1 else 1
                    parameter.data.add_(noise / math.sqrt(width)).mul_(factor)
            with torch.no_grad():
                output = first_tensor(model(case.x))
            case.snapshot.restore()
            model.eval()
            if output is None or not bool(torch.isfinite(output).all()):
                continue
            seen.append(output.double())
            axis = 1 if output.ndim > 1 else 0
            one = _classes_of(case, output, axis)
            sums.append((output.double().sum(one), output.double().logsumexp(one)))
    finally:
        for module, mode in modes:
            module.training = mode
        case.snapshot.restore()
    if len(seen) < 5:
        return {}
    values = torch.stack([s.reshape(-1) for s in seen])
    # bounded: a thousandfold weight reaches no further than a thirtyfold one
    mild, wild = values[:3], values[3:]
    tell = 1e-3 + 0.05 * float(mild.max() - mild.min())
    low = float(values.min()) if wild.min() > mild.min() - tell else -math.inf
    high = float(values.max()) if wild.max() < mild.max() + tell else math.inf
    total = torch.cat([s.reshape(-1) for s, _ in sums])
    log_total = torch.cat([s.reshape(-1) for _, s in sums])
    return {
        "low": low,
        "high": high,
        "zeros": float((seen[0] == 0).double().mean()),
        "zeros blown up": float((values[1:] == 0).double().mean()) if len(values) > 1 else 0.0,
        "sums to one": float((total - 1).abs().max()),
        "log sums to zero": float(log_total.abs().max()),
    }


def _classes_of(case: Case, output: Tensor, axis: int) -> int:
    y = case.y
    found = class_axis(output, y) if isinstance(y, Tensor) else None
    return axis if found is None else found


def _last(case: Case) -> list[Tensor]:
    """Parameters nearest to the output in the graph, up to the first with two axes."""
    model = case.setup.model
    with torch.enable_grad():
        output = first_tensor(model(case.x))
    todo, seen, found = [output.grad_fn], set(), []
    while todo:
        node = todo.pop(0)
        if node is None or node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if variable is not None:
            found.append(variable)
            if variable.ndim >= 2:
                return found
        todo.extend(after for after, _ in node.next_functions)
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    return found or matrices[-1:]
