"""All weights as one vector: the shape in which curvature is spoken of."""

from collections.abc import Sequence

import torch
from torch import Tensor


def flatten(tensors: Sequence[Tensor]) -> Tensor:
    """Several tensors as one vector, one after the other: shape (N,) for N entries in all."""
    return torch.cat([tensor.reshape(-1) for tensor in tensors])


def unflatten(vector: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """Cut a vector (…, N) into the shapes of `like`, with the dimensions before N in front."""
    pieces = vector.split([tensor.numel() for tensor in like], dim=-1)
    before = vector.shape[:-1]
    return [
        piece.reshape((*before, *tensor.shape)) for piece, tensor in zip(pieces, like, strict=True)
    ]


def unit_vectors(like: Sequence[Tensor]) -> list[Tensor]:
    """Return the N vectors with a single 1, as tensors of the shapes of `like` with N in front."""
    size = sum(tensor.numel() for tensor in like)
    return unflatten(torch.eye(size, dtype=like[0].dtype, device=like[0].device), like)


def rows_of(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors with M in front, as `unflatten` makes them, as one matrix (M, N)."""
    return torch.cat([tensor.reshape(len(tensor), -1) for tensor in tensors], dim=1)
