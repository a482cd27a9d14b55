"""Many small tensors as one long vector, one long tensor as many short vectors.

A rule that treats every weight alone does not care which tensor a weight belongs to. So it is
applied to *blocks* of about a hundred thousand weights:

- Small parameters are copied next to each other first. To call an operation takes a microsecond or
  two whatever it works on, and ResNet-20 has 59 of them: one call instead of 59.
- A large parameter is cut. A rule walks over its numbers some seven times; on a block they are
  still in the processor's cache on the second walk, where the whole tensor would have to come from
  main memory each time.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

BLOCK = 300_000  # weights; on our machine half or twice as many take the same time, a tenth twice


def blocks(parameters: list[Tensor]) -> Iterator["Neighbours | Section"]:
    """Cut `parameters`, of one type and device, into blocks, in their order."""
    small: list[Tensor] = []
    for parameter in parameters:
        large = parameter.numel() >= BLOCK and parameter.is_contiguous()
        if small and (large or sum(p.numel() for p in small) + parameter.numel() > BLOCK):
            yield Neighbours(small)
            small = []
        if large:
            starts = range(0, real([parameter])[0].numel(), BLOCK)
            yield from (Section(parameter, slice(start, start + BLOCK)) for start in starts)
        else:
            small.append(parameter)
    if small:
        yield Neighbours(small)


class Neighbours:
    """Small parameters side by side: what the rule sees is a copy of their gradients."""

    def __init__(self, parameters: list[Tensor]):
        self.parameters = parameters
        members = real(parameters)
        self.shapes = [m.shape for m in members]
        self.size = sum(m.numel() for m in members)
        self.flat = torch.empty(self.size, dtype=members[0].dtype, device=members[0].device)
        self.remember({})

    def remember(self, memory: dict[str, Tensor]) -> None:
        """Take over the vectors, as long as the block, in which the rule keeps its averages."""
        self.memory = memory
        self.shaped = {id(vector): self._shaped(vector) for vector in (self.flat, *memory.values())}

    def gradient(self, weight_decay: float, maximize: bool) -> Tensor:
        """The gradients, negated to climb, plus `weight_decay` times the weights."""
        torch._foreach_copy_(self.shaped[id(self.flat)], real(gradients(self.parameters)))
        if maximize:
            self.flat.neg_()
        if weight_decay:
            torch._foreach_add_(
                self.shaped[id(self.flat)], real(self.parameters), alpha=weight_decay
            )
        return self.flat

    def shrink(self, factor: float) -> None:
        """Multiply all weights by `factor`."""
        torch._foreach_mul_(real(self.parameters), factor)

    def move(self, direction: Tensor, scale: float) -> None:
        """Add `scale` times `direction` to the weights."""
        if id(direction) not in self.shaped:  # then over the gradients, which have done their work
            direction = self.flat.copy_(direction)
        torch._foreach_add_(real(self.parameters), self.shaped[id(direction)], alpha=scale)

    def _shaped(self, vector: Tensor) -> list[Tensor]:
        parts = vector.split([shape.numel() for shape in self.shapes])
        return [part.view(shape) for part, shape in zip(parts, self.shapes, strict=True)]


class Section:
    """A part of a large parameter: the rule works where it lies, nothing is copied."""

    def __init__(self, parameter: Tensor, part: slice):
        self.parameters, self.part = [parameter], part
        self.size = len(range(*part.indices(real(self.parameters)[0].numel())))

    def remember(self, memory: dict[str, Tensor]) -> None:
        """As of `Neighbours`."""
        self.memory = memory

    def gradient(self, weight_decay: float, maximize: bool) -> Tensor:
        """As of `Neighbours`; the parameter's own gradient stays as it is."""
        gradient = real(gradients(self.parameters))[0].reshape(-1)[self.part]
        if maximize:
            gradient = -gradient
        return gradient.add(self._weights(), alpha=weight_decay) if weight_decay else gradient

    def shrink(self, factor: float) -> None:
        """As of `Neighbours`."""
        self._weights().mul_(factor)

    def move(self, direction: Tensor, scale: float) -> None:
        """As of `Neighbours`."""
        self._weights().add_(direction, alpha=scale)

    def _weights(self) -> Tensor:
        return real(self.parameters)[0].view(-1)[self.part]


def real(tensors: list[Tensor]) -> list[Tensor]:
    """A complex number is two real ones. The tensors are of one type."""
    return [torch.view_as_real(t) for t in tensors] if tensors[0].is_complex() else tensors


def gradients(parameters: list[Tensor]) -> list[Tensor]:
    """Those of the parameters; of sparse ones the zeros are written out."""
    found = [p.grad for p in parameters]
    return [g.to_dense() if g.is_sparse else g for g in found]
