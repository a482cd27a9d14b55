"""One initializer for a whole model."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from deeptricks.signal.initialization.fills import zeros_

WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)


def initialize_(
    model: nn.Module,
    weight: Callable[[Tensor], object],
    bias: Callable[[Tensor], object] = zeros_,
) -> nn.Module:
    """Give each linear and convolutional layer new weights and biases, in place.

    Other layers (normalizations, embeddings) stay as they are. A layer under a parametrization
    is reached through it: with weight normalization the lengths and directions are set so that
    they give the new weight. (A parametrization keeps what it is for: with spectral normalization
    the largest singular value is 1 whatever the initializer says.)

    Parameters
    ----------
    model : nn.Module
        Any module.
    weight, bias : callable
        Initializers that fill a tensor in place, such as `kaiming_normal_` or
        `partial(normal_, std=0.01)`; called layer by layer in the order of `model.modules()`,
        weight first.

    Returns
    -------
    nn.Module
        The model.

    Raises
    ------
    ValueError
        If the model has no such layer, or if a weight is calculated from other tensors in a way
        that cannot be turned round. The layer is named.
    """
    layers = {name: m for name, m in model.named_modules() if isinstance(m, WEIGHTED)}
    if not layers:
        raise ValueError("model must have a linear or convolutional layer, it has none")
    for name, layer in layers.items():
        fill(layer, "weight", weight, name)
        if layer.bias is not None:
            fill(layer, "bias", bias, name)
    return model


def fill(layer: nn.Module, which: str, initializer: Callable[[Tensor], object], name: str) -> None:
    """Let `initializer` fill one parameter of a layer, through its parametrization if it has one.

    Raises
    ------
    ValueError
        If nothing can be set that would give the new values. `name` is the layer's.
    """
    tensor = getattr(layer, which)
    if isinstance(tensor, nn.Parameter):
        initializer(tensor)
        return
    if not parametrize.is_parametrized(layer, which):
        raise ValueError(
            f"the {which} of layer {name!r} must be a parameter, but a hook calculates it from "
            "others: use torch.nn.utils.parametrizations, or initialize before the hook is set"
        )
    value = tensor.detach().clone()
    initializer(value)
    try:
        with torch.no_grad():
            setattr(layer, which, value)
    except (RuntimeError, NotImplementedError) as error:
        raise ValueError(
            f"the {which} of layer {name!r} must be one that can be set, but its parametrization "
            f"has no way back: {error}"
        ) from error
