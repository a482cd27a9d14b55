"""What a network costs, layer by layer: parameters, and multiply–adds for one image.

A multiply–add is one product added to a sum, as a convolution or a matrix product does it.
Activations, pooling, norms and the additions of biases are not counted: that is the convention
of the papers' tables. Build the network under ``torch.device("meta")`` to count it without
storing or computing a single number.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class LayerCost:
    """One layer of a network, in the order in which it ran.

    Attributes
    ----------
    name
        As in ``model.named_modules()``.
    kind
        The class of the layer, ``"Conv2d"`` for example.
    output_shape
        Of one image, without the batch.
    parameters
        Weights and biases, frozen ones too; running means of norms are none.
    multiply_adds
        For one image.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def parameters(model: nn.Module) -> int:
    """Count weights and biases, frozen or not; a shared parameter counts once."""
    return sum(p.numel() for p in model.parameters())


def multiply_adds(model: nn.Module, image_shape: tuple[int, ...]) -> int:
    """Count the multiply–adds of `model` for one image, in evaluation.

    `image_shape` is that of one image, ``(3, 224, 224)`` for example. All products that torch
    computes count, inside layers and between them.
    """
    return _count(model, image_shape).get_total_flops() // 2


def layer_costs(model: nn.Module, image_shape: tuple[int, ...]) -> list[LayerCost]:
    """Say what each layer of `model` costs for one image, in evaluation.

    A layer is a module without submodules. One that ran twice has one row, with both runs'
    multiply–adds. Products outside layers are in `multiply_adds` alone.

    Parameters
    ----------
    model
        Any network that takes a batch of images; on any device, ``meta`` included.
    image_shape
        Of one image, ``(3, 224, 224)`` for example.
    """
    shapes: dict[str, tuple[int, ...]] = {}

    def remember(name: str) -> object:
        def hook(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                shapes[name] = tuple(output.shape[1:])

        return hook

    layers = {n: m for n, m in model.named_modules() if not [*m.children()]}
    handles = [m.register_forward_hook(remember(n)) for n, m in layers.items()]
    try:
        flops = _count(model, image_shape).get_flop_counts()
    finally:
        for handle in handles:
            handle.remove()
    root = type(model).__name__
    costs = {n: sum(flops.get(f"{root}.{n}" if n else root, {}).values()) // 2 for n in shapes}
    return [
        LayerCost(n, type(layers[n]).__name__, shape, parameters(layers[n]), costs[n])
        for n, shape in shapes.items()
    ]


def _count(model: nn.Module, image_shape: tuple[int, ...]) -> FlopCounterMode:
    """Run `model` once on a batch of one, in evaluation, with torch's counter around it."""
    if not all(isinstance(n, int) and n > 0 for n in image_shape):
        raise ValueError(f"image_shape must be whole numbers above 0, got {image_shape!r}")
    tensors = [*model.parameters(), *model.buffers()]
    like = {"device": tensors[0].device, "dtype": tensors[0].dtype} if tensors else {}
    training = {m: m.training for m in model.modules()}
    counter = FlopCounterMode(display=False)
    try:
        with counter, torch.no_grad():
            model.eval()(torch.zeros(1, *image_shape, **like))
    finally:
        for module, mode in training.items():
            module.training = mode
    return counter
