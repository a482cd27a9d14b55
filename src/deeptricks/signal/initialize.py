"""One initializer for a whole model."""

from collections.abc import Callable

from torch import Tensor, nn

from deeptricks.signal.fills import zeros_

WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)


def initialize_(
    model: nn.Module,
    weight: Callable[[Tensor], Tensor],
    bias: Callable[[Tensor], Tensor] = zeros_,
) -> nn.Module:
    """Give each linear and convolutional layer new weights and biases, in place.

    weight, bias: initializers that fill a tensor in place, such as `kaiming_normal_` or
    `partial(normal_, std=0.01)`; called layer by layer in the order of `model.modules()`, weight
    first. Other layers (normalizations, embeddings) stay as they are. Returns the model.

    Raises ValueError if the model has no such layer.
    """
    layers = [module for module in model.modules() if isinstance(module, WEIGHTED)]
    if not layers:
        raise ValueError("model must have a linear or convolutional layer, it has none")
    for layer in layers:
        weight(layer.weight)
        if layer.bias is not None:
            bias(layer.bias)
    return model
