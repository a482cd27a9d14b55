"""Units that are off or saturated, seen at every relu, tanh or sigmoid that the model computes."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.tensors import first_tensor

OFF, FULL = {"relu", "relu_", "threshold", "clamp_min"}, {"tanh", "tanh_", "sigmoid", "sigmoid_"}
SMOOTH = {"gelu", "silu", "silu_", "elu", "elu_", "softplus", "leaky_relu", "leaky_relu_"}
LINEAR = {"addmm", "mm", "bmm", "convolution", "linear", "native_layer_norm", "mkldnn_linear"}
KINKED = OFF | FULL | SMOOTH | {"hardtanh", "clamp", "mish", "_softmax", "_log_softmax", "abs"}
KINKED |= {"max_pool2d_with_indices", "mul", "sin", "exp", "pow", "hardswish", "max_pool1d"}


@dataclass
class Layer:
    """One activation (or weighted sum) of a forward pass, over some batches.

    Attributes
    ----------
    share
        Share of units (columns) off or saturated for every sample.
    spread
        Root mean square of the values.
    """

    name: str
    units: int
    share: float
    spread: float
    dead: Any = field(default=None, repr=False)


class _Seen(TorchDispatchMode):
    def __init__(self, size: int, axis: int) -> None:
        super().__init__()
        self.size, self.axis = size, axis
        self.layers: list[Layer] = []
        self.names: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        self.names.add(name)
        value = result if isinstance(result, Tensor) else first_tensor(result)
        if value is None or not value.is_floating_point() or value.numel() < 2:
            return result
        if name in OFF | FULL | LINEAR:
            self.layers.append(self._layer(name, value.detach()))
        return result

    def _layer(self, name: str, value: Tensor) -> Layer:
        if name in OFF:
            bad = value == 0
        elif name in FULL:
            bad = (value.abs() > 0.995) if name.startswith("tanh") else (value - 0.5).abs() > 0.4975
        else:
            bad = torch.zeros_like(value, dtype=torch.bool)
        units = bad
        if value.ndim == 4:  # images: a channel is a unit
            units = bad.movedim(1, -1).reshape(-1, value.shape[1])
        elif value.ndim >= 2:
            units = bad.reshape(-1, value.shape[-1])
        dead = units.all(0)
        spread = float(value.double().square().mean().sqrt())
        return Layer(name.rstrip("_"), dead.numel(), float(dead.double().mean()), spread, dead)


def layers_seen(
    case: Case, data: list[Any] | None = None, *, training: bool = True
) -> tuple[list[Layer], set[str]]:
    """Return the activations of one forward pass over the first batches, and all operators used.

    A unit counts as off (saturated) if it is so for every sample of every batch looked at.
    """
    model = case.setup.model
    modes = [(module, module.training) for module in model.modules()]
    kept: list[Layer] = []
    names: set[str] = set()
    state = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    try:
        model.train(training)
        for x, _ in (data or case.data)[:4]:
            with torch.no_grad(), _Seen(case.batch_size(), case.axis) as seen:
                model(case.setup.moved(x))
            names |= seen.names
            if kept and len(kept) == len(seen.layers):
                kept = [_both(a, b) for a, b in zip(kept, seen.layers, strict=True)]
            else:
                kept = kept or seen.layers
    except Exception:
        return kept, names
    finally:
        for module, mode in modes:
            module.training = mode
        for buffer, old in state:
            buffer.data.copy_(old)
    return kept, names


def _both(one: Layer, other: Layer) -> Layer:
    if one.dead.shape != other.dead.shape:
        return one
    dead = one.dead & other.dead
    spread = max(one.spread, other.spread)
    return Layer(one.name, one.units, float(dead.double().mean()), spread, dead)
