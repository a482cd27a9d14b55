"""What the norms share before they compute: checks, the type they calculate in, γ and β."""

import torch
from torch import Tensor, nn

HALF = (torch.float16, torch.bfloat16)


def at_least_single(x: Tensor) -> Tensor:
    """Return x, in float32 if it is in half precision: that holds the numbers, not their sums."""
    return x.float() if x.dtype in HALF else x


def type_of_output(x: Tensor) -> torch.dtype:
    """Return the type of x; under autocast on a GPU float32, as for the framework's row norms."""
    autocast = x.is_cuda and torch.is_autocast_enabled("cuda")
    return torch.promote_types(x.dtype, torch.float32) if autocast else x.dtype


def scale_and_shift(layer: nn.Module, x: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Return γ and β of a layer in the type of x and in `shape`; 1 and 0 if it has none."""
    weight = x.new_ones(()) if layer.weight is None else layer.weight.to(x.dtype).view(shape)
    bias = x.new_zeros(()) if layer.bias is None else layer.bias.to(x.dtype).view(shape)
    return weight, bias


def check_types(x: Tensor, *others: Tensor | None) -> None:
    """Refuse integers, and parameters or statistics of a type that does not go with that of x.

    Raises
    ------
    NotImplementedError
        x is not of a floating-point type.
    RuntimeError
        One of `others` is neither of the type of x nor float32 beside half precision.
    """
    if not x.is_floating_point():
        raise NotImplementedError(f"input must be of a floating-point type, got {x.dtype}")
    allowed = {x.dtype, at_least_single(x).dtype}
    if mixed := {t.dtype for t in others if t is not None} - allowed:
        raise RuntimeError(f"mixed types: {x.dtype} as input, parameters or statistics of {mixed}")


def check_channels(x: Tensor, *per_channel: Tensor | None) -> None:
    """Refuse x (N, C, …) beside parameters or statistics of other than C channels.

    Raises
    ------
    RuntimeError
        One of `per_channel` has another length than C: it might broadcast, and nobody would know.
    """
    for t in per_channel:
        if t is not None and len(t) != x.shape[1]:
            raise RuntimeError(f"input must have {len(t)} channels, got {tuple(x.shape)}")


def check_last_dimensions(x: Tensor, normalized_shape: tuple[int, ...]) -> None:
    """Refuse x unless it ends in `normalized_shape`.

    Raises
    ------
    RuntimeError
        The last dimensions are others, or `normalized_shape` names none.
    """
    if not normalized_shape or x.shape[-len(normalized_shape) :] != torch.Size(normalized_shape):
        raise RuntimeError(
            f"the last dimensions of input must be normalized_shape={list(normalized_shape)}, "
            f"at least one, got an input of shape {list(x.shape)}"
        )


def check_eps(eps: float, of_batch: bool) -> None:
    """Refuse an ε below 0, and 0 beside statistics of the batch.

    Raises
    ------
    ValueError
        The root of a variance that may be 0 would be divided by.
    """
    if eps < 0 or (eps == 0 and of_batch):
        raise ValueError(f"eps must be positive, in evaluation at least 0, got {eps}")
