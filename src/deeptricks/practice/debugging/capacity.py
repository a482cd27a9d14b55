"""What a model can express, and whether it is linear, narrow, blind to positions."""

from functools import partial

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.tensors import each, first_tensor, tensors


def copies(case: Case) -> bool:
    """Whether the target is the input: an autoencoder, narrow on purpose."""
    x, y = first_tensor(case.x), first_tensor(case.y)
    same = x is not None and y is not None and x.numel() == y.numel()
    return same and bool(torch.allclose(x.reshape(-1).double(), y.reshape(-1).double()))


def affine(case: Case) -> bool:
    """Whether f((a + b) / 2) is the mean of f(a) and f(b): no nonlinearity that matters."""
    x = first_tensor(case.x)
    if x is None or not x.is_floating_point() or x.ndim <= case.axis or x.shape[case.axis] < 2:
        return False
    other = each(case.x, lambda t: t.roll(1, case.axis) if t.ndim > case.axis else t)
    with torch.no_grad():
        case.setup.model.eval()
        a, b = _output(case, case.x), _output(case, other)
        middle = each(case.x, lambda t: t)
        pairs = iter([(p + q) / 2 for p, q in zip(_all(case.x), _all(other), strict=True)])
        middle = each(middle, lambda t: next(pairs).to(t.dtype))
        m = _output(case, middle)
    case.snapshot.restore()
    curved = float((m - (a + b) / 2).abs().mean())
    return curved < 1e-4 * float((a - b).abs().mean() + 1e-12)


def _all(value: object) -> list[Tensor]:
    return tensors(value)


def _reordered(tensor: Tensor, shape: torch.Size, axis: int, order: Tensor) -> Tensor:
    return tensor.index_select(axis, order.to(tensor.device)) if tensor.shape == shape else tensor


def _output(case: Case, x: object) -> Tensor:
    output = first_tensor(case.setup.model(x))
    assert output is not None
    return output.double()


def bottleneck(case: Case) -> int | None:
    """Return the width of the narrowest hidden layer if it is far below inputs and outputs."""
    output, x = first_tensor(case.output), first_tensor(case.x)
    widths = [
        p.shape[0]
        for name, p in case.setup.model.named_parameters()
        if p.ndim >= 2 and name not in case.numbers.get("tables", set())
    ]
    if len(widths) < 3 or output is None or x is None:
        return None
    outputs = output.shape[-1] if output.ndim > 1 else 1
    narrow = min(widths[:-1])
    few = narrow <= max(1, (outputs - 1) // 4)
    return narrow if few and x.numel() // max(1, case.batch_size()) > 2 * narrow else None


def blind_to_order(case: Case) -> bool:
    """Whether exchanging positions along an axis of the input leaves the outputs as they are."""
    x = first_tensor(case.x)
    if x is None or x.ndim < 2:
        return False
    axes = [axis for axis in range(x.ndim) if axis != case.axis and x.shape[axis] > 2]
    with torch.no_grad():
        case.setup.model.eval()
        before = _output(case, case.x)
        for axis in axes[:1] if x.ndim > 2 else axes:
            order = torch.randperm(
                x.shape[axis], generator=torch.Generator().manual_seed(case.seed)
            )
            changed = each(case.x, partial(_reordered, shape=x.shape, axis=axis, order=order))
            after = _output(case, changed)
            if float((after - before).abs().max()) < 1e-4 * float(before.std() + 1e-9):
                case.snapshot.restore()
                return True
    case.snapshot.restore()
    return False
