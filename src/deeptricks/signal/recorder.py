"""What flows through a network: the size of every layer's output and of its gradient."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import type_before_parametrizations

NOTHING = float("nan")


class Recorder:
    """Watch a model while it runs: statistics of every layer's output and of its gradient.

        with Recorder(model) as record:
            loss(model(x), y).backward()
        record.rows()  # one dictionary per call of a layer, in order of execution

    A row holds "layer" (the module's name, as in `named_modules`; a second call of the same
    module is "name#2", so the steps of a recurrent cell are "cell", "cell#2", "cell#3", …),
    "kind" (its class), "mean", "std", "rms" over all entries of the output (population
    formulas, so rms² = mean² + std²), "zeros" (the share of entries that are 0), "dead" (the
    share of units, along dimension 1, that are 0 for every sample and place), and
    "gradient_mean", "gradient_std", "gradient_rms" of the gradient of whatever `backward` was
    called on with respect to that output (NaN if none arrived while recording).

    Statistics are taken in float64 when the layer returns, before a later layer can overwrite
    its input in place. If a module returns several tensors (`nn.LSTM`), the first one counts;
    a module that returns no real tensor is left out. A gradient hook stays with the value it was
    set on, so that an in-place ReLU behind a layer does not disturb the layer's gradient
    (PyTorch, "Behavior of Tensor hooks when Tensor is modified in-place"). One case stays NaN:
    a layer that returns a view of its *input* (`Flatten`), overwritten in place behind it.

    Parameters
    ----------
    model : nn.Module
        Any module. Its outputs, its gradients, the graph and the random generators are left as
        they are: nothing is inserted, values are read as they pass.
    kinds : type or tuple of type, optional
        The module classes to watch; by default every module that has no submodule. What a
        parametrization adds to a layer (`parametrizations.weight`) does not count as one.
    keep : bool
        Also keep copies in `outputs[layer]` and `gradients[layer]`.

    Raises
    ------
    TypeError
        If `model` is not a module or `kinds` holds something that is no class.
    """

    def __init__(
        self,
        model: nn.Module,
        kinds: type | Sequence[type] | None = None,
        keep: bool = False,
    ):
        if not isinstance(model, nn.Module):
            raise TypeError(f"model must be a torch.nn.Module, got {type(model).__name__}")
        kinds = (kinds,) if isinstance(kinds, type) else kinds
        if kinds is not None and not all(isinstance(kind, type) for kind in kinds):
            raise TypeError(f"kinds must be module classes, such as (nn.ReLU,), got {kinds!r}")
        self.model = model
        self.kinds = kinds if kinds is None else tuple(kinds)
        self.keep = keep
        self.outputs: dict[str, Tensor] = {}
        self.gradients: dict[str, Tensor] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        self._calls: dict[str, int] = {}
        self._handles: list = []

    def __enter__(self) -> "Recorder":
        if self._handles:
            raise RuntimeError("this Recorder is already recording: make a second one")
        for kept in (self.outputs, self.gradients, self._rows, self._calls):
            kept.clear()
        for name, module in self.model.named_modules():
            if self._watches(name, module):
                name = name or type_before_parametrizations(module).__name__
                self._handles.append(module.register_forward_hook(self._forward_hook(name)))
        return self

    def __exit__(self, *exception: object) -> None:
        while self._handles:
            self._handles.pop().remove()

    def rows(self) -> list[dict[str, Any]]:
        """List one dictionary per call of a watched module, in order of execution."""
        return [dict(row) for row in self._rows.values()]

    def _watches(self, name: str, module: nn.Module) -> bool:
        if self.kinds is not None:
            return isinstance(module, self.kinds)
        of_a_layer = "parametrizations" in name.split(".")
        children = {child for child, _ in module.named_children()} - {"parametrizations"}
        return not of_a_layer and not children

    def _forward_hook(self, name: str) -> Callable:
        def hook(module, inputs, output):
            tensor = first_tensor(output)
            if tensor is not None:
                kind = type_before_parametrizations(module).__name__
                row = self._record(self._numbered(name), kind, tensor)
                self._await_gradient(row, tensor, inputs)

        return hook

    def _numbered(self, name: str) -> str:
        self._calls[name] = self._calls.get(name, 0) + 1
        return name if self._calls[name] == 1 else f"{name}#{self._calls[name]}"

    def _record(self, layer: str, kind: str, tensor: Tensor) -> dict[str, Any]:
        row = {"layer": layer, "kind": kind, **moments(tensor), **silence(tensor)}
        row |= {f"gradient_{name}": NOTHING for name in ("mean", "std", "rms")}
        self._rows[layer] = row
        if self.keep:
            self.outputs[layer] = tensor.detach().clone()
        return row

    def _await_gradient(self, row: dict[str, Any], tensor: Tensor, inputs: tuple) -> None:
        def hook(gradient):
            for name, value in moments(gradient).items():
                row[f"gradient_{name}"] = value
            if self.keep:
                self.gradients[row["layer"]] = gradient.detach().reshape(shape).clone()

        shape = tensor.shape
        if tensor.requires_grad:
            self._handles.append(where_gradient_arrives(tensor, inputs).register_hook(hook))


def first_tensor(output: object) -> Tensor | None:
    """Find the first real tensor in what a module returned: itself, or in a tuple, list or dict."""
    if isinstance(output, torch.Tensor):
        return None if output.is_complex() else output
    if not isinstance(output, dict | list | tuple):
        return None
    parts = output.values() if isinstance(output, dict) else output
    return next((found for part in parts if (found := first_tensor(part)) is not None), None)


def where_gradient_arrives(tensor: Tensor, inputs: tuple) -> Tensor:
    """Choose the tensor to hook: `tensor`, or what it is a view of when only this layer knows that.

    Overwriting a view in place rewrites the graph above it, and its own hooks never run. A
    `Linear` on three-dimensional input returns such a view, of a matrix nobody else can use.
    """
    base = tensor._base
    if base is None or base.numel() != tensor.numel():
        return tensor
    seen = {
        given.untyped_storage().data_ptr() for given in inputs if isinstance(given, torch.Tensor)
    }
    private = base.untyped_storage().data_ptr() not in seen
    same_order = base.is_contiguous() and tensor.is_contiguous()
    return base if private and same_order else tensor


@torch.no_grad()
def moments(tensor: Tensor) -> dict[str, float]:
    """Take mean, standard deviation (population) and root mean square, in float64."""
    if tensor.numel() == 0:
        return dict.fromkeys(("mean", "std", "rms"), NOTHING)
    values = tensor.detach().double()
    mean, rms = values.mean(), values.square().mean().sqrt()
    std = (values - mean).square().mean().sqrt()
    return dict(zip(("mean", "std", "rms"), torch.stack([mean, std, rms]).tolist(), strict=True))


@torch.no_grad()
def silence(tensor: Tensor) -> dict[str, float]:
    """Count the share of entries that are 0, and of units (dimension 1) that are 0 everywhere."""
    if tensor.numel() == 0:
        return {"zeros": NOTHING, "dead": NOTHING}
    zero = tensor.detach() == 0
    units = zero.movedim(1, 0).flatten(1) if zero.dim() > 1 else zero.reshape(1, -1)
    return {
        "zeros": zero.double().mean().item(),
        "dead": units.all(dim=1).double().mean().item(),
    }
