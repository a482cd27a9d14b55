"""Does the output move as the input moves (equivariance), or stays (invariance): measured."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

from deeptricks.regularization.augmentation.flips_and_crops import shift
from deeptricks.regularization.checks import check_whole


@torch.no_grad()
def equivariance_error(
    f: Callable[[Tensor], Tensor], images: Tensor, right: int = 0, down: int = 0, stride: int = 1
) -> float:
    """‖f(shift x) − shift f(x)‖ / ‖f(x)‖, of maps (N, C, H, W); 0 for an equivariant f.

    Shifts are around the corner (what leaves on one side comes in on the other), so that nothing
    is lost and only f can be at fault.

    Parameters
    ----------
    f
        Maps images (N, C, H, W) to maps whose sides are 1/stride of theirs.
    images
        What is shifted.
    right, down
        Pixels of the shift.
    stride
        A shift of the input by `stride` is one of the output by 1. Where the shift is no
        multiple of it, the better of the neighboring whole shifts of the output counts.
    """
    check_whole(1, stride=stride)
    maps, moved = f(images), f(shift(images, right, down, fill=None))
    candidates = itertools.product(*({way // stride, -(-way // stride)} for way in (right, down)))
    errors = [distance(moved, shift(maps, x, y, fill=None)) for x, y in candidates]
    return min(errors) / norm(maps)


@torch.no_grad()
def invariance_error(
    f: Callable[[Tensor], Tensor], images: Tensor, right: int = 0, down: int = 0
) -> float:
    """‖f(shift x) − f(x)‖ / ‖f(x)‖ for any output; 0 for an f that does not see the shift.

    The arguments are those of `equivariance_error`.
    """
    outputs = f(images)
    return distance(f(shift(images, right, down, fill=None)), outputs) / norm(outputs)


def distance(a: Tensor, b: Tensor) -> float:
    """Return the Euclidean norm of the difference."""
    return norm(a - b)


def norm(a: Tensor) -> float:
    """Return the Euclidean norm over all entries."""
    return a.norm().item()
