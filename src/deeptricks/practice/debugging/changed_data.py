"""The data that were read: pooled, standardized, shuffled."""

from typing import Any

import torch
from torch import Tensor

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.tensors import each, first_tensor, join, rows, take, tensors


def pooled(case: Case, most: int = 4000) -> tuple[Tensor, Tensor | None]:
    """Return inputs (a sample per row) and targets of the batches read, up to `most` samples."""
    parts: list[Tensor] = []
    targets: list[Tensor] = []
    count = 0
    for x, y in case.data:
        matrix = rows(x, case.axis, most=20_000)
        first = first_tensor(y)
        if parts and matrix.shape[1] != parts[0].shape[1]:
            continue
        parts.append(matrix)
        if isinstance(y, Tensor) and first is not None and first.ndim > case.y_axis:
            targets.append(first.detach().cpu().movedim(case.y_axis, 0))
        count += len(matrix)
        if count >= most:
            break
    same = len({tuple(t.shape[1:]) for t in targets}) == 1 and len(targets) == len(parts)
    x = torch.cat(parts)
    y = torch.cat(targets) if same else None
    return x, y if y is not None and len(y) == len(x) else None


def standardized(case: Case) -> list[tuple[Any, Any]]:
    """Return the batches with every column (channel, for images) at mean 0 and spread 1."""

    def numbers(position: int) -> tuple[Tensor, Tensor]:
        parts = [tensors(x)[position].detach() for x, _ in case.data]
        one = parts[0]
        axis = case.axis if case.axis < one.ndim else 0
        alike = [p for p in parts if p.movedim(axis, 0).shape[1:] == one.movedim(axis, 0).shape[1:]]
        joined = torch.cat(alike, axis).double()
        if one.ndim >= 4:
            over = [a for a in range(one.ndim) if a != 1]
        elif one.ndim == 3:
            over = [0, 1]
        else:
            over = [axis]
        spread = joined.std(over, keepdim=True, unbiased=False)
        return joined.mean(over, keepdim=True), torch.where(spread > 0, spread, 1.0)

    first = tensors(case.data[0][0])
    known = [numbers(i) if t.is_floating_point() and t.ndim else None for i, t in enumerate(first)]

    def put(x: Any) -> Any:
        position = iter(range(len(first)))

        def one(tensor: Tensor) -> Tensor:
            pair = known[next(position)]
            if pair is None:
                return tensor
            return ((tensor.double() - pair[0]) / pair[1]).to(tensor.dtype)

        return each(x, one)

    return [(put(x), y) for x, y in case.data]


def shuffled(case: Case) -> list[tuple[Any, Any]]:
    """Return the samples of all batches read, in a random order, in batches of the same size."""
    size = case.batch_size()
    shapes = {
        tuple(t.movedim(case.axis if t.ndim > case.axis else 0, 0).shape[1:])
        for x, _ in case.data
        for t in tensors(x)[:1]
    }
    if len(shapes) != 1:
        return []
    x = join([x for x, _ in case.data], case.axis)
    y = join([y for _, y in case.data], case.y_axis)
    count = first_tensor(y).shape[case.y_axis]
    order = torch.randperm(count, generator=torch.Generator().manual_seed(case.seed))
    pieces = [piece for piece in order.split(size) if len(piece) > 1 or size == 1]
    return [(take(x, piece, case.axis), take(y, piece, case.y_axis)) for piece in pieces]
