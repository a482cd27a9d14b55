"""A new last layer for another task."""

import torch
from torch import nn

from deeptricks.practice.transfer.freeze import check_module


def replace_head(
    model: nn.Module, outputs: int, *, at: str | None = None, zero: bool = False
) -> nn.Linear:
    """Put a fresh linear layer with `outputs` outputs in place of the model's last one.

    It starts as `nn.Linear` starts (seed before the call), on the old one's device, in its
    precision and mode, with a bias if the old one has one; and it is trainable even if the rest
    is frozen.

    Parameters
    ----------
    model
        Changed in place.
    outputs
        Classes of the new task.
    at
        The name of the layer, ``"_fc"`` or ``"classifier.3"``; by default the last linear layer
        that the model lists.
    zero
        Start with weights of zero: all classes equally likely at first, so that the first gradient
        into the layers below is zero, not noise.

    Returns
    -------
    nn.Linear
        The new layer.

    Raises
    ------
    ValueError
        If there is no linear layer (of that name), or `outputs` is not a whole number from 1.
    """
    check_module(model)
    if not isinstance(outputs, int) or isinstance(outputs, bool) or outputs < 1:
        raise ValueError(f"outputs must be a whole number of at least 1, got {outputs!r}")
    linear = {name: part for name, part in model.named_modules() if isinstance(part, nn.Linear)}
    linear.pop("", None)  # the model itself cannot be replaced from within
    at = next(reversed(linear), None) if at is None else at
    if at not in linear:
        raise ValueError(f"at must name a linear layer of {list(linear)}, got {at!r}")
    old = linear[at]
    place = {"device": old.weight.device, "dtype": old.weight.dtype}
    new = nn.Linear(old.in_features, outputs, bias=old.bias is not None, **place)
    if zero:
        torch.nn.init.zeros_(new.weight)
        if new.bias is not None:
            torch.nn.init.zeros_(new.bias)
    model.set_submodule(at, new.train(old.training))
    return new
