"""Which units are off for every input: looked for in one forward pass at a time."""

from typing import Any

import torch
from torch import Tensor, nn


class DeadUnits:
    """Watches the outputs of modules that follow a layer, and counts units that are always 0.

    A unit is a channel (the second axis of the output). It is off where its output was 0 for all
    samples and places in all passes so far. Modules without parameters are looked at, as
    `torch.nn.ReLU` is; dropout zeroes on purpose and is left out.

    Attributes
    ----------
    looks
        Forward passes watched.
    shares
        By name of a module, the share of its units that were off in all of them.
    """

    def __init__(self) -> None:
        self.looks = 0
        self._off: dict[str, Tensor] = {}
        self._handles: list[Any] = []

    @property
    def shares(self) -> dict[str, float]:
        """The share of units that were off in every look, by name."""
        return {name: off.double().mean().item() for name, off in self._off.items()}

    def start(self, model: nn.Module) -> None:
        """Set hooks for the next forward passes of a model."""
        for name, module in model.named_modules():
            bare = not any(True for _ in module.children()) and not list(module.parameters())
            if bare and not isinstance(module, nn.modules.dropout._DropoutNd):
                self._handles.append(module.register_forward_hook(self._hook(name)))

    def end(self) -> None:
        """Take the hooks away."""
        if self._handles:
            self.looks += 1
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _hook(self, name: str) -> Any:
        def look(module: nn.Module, given: Any, output: Any) -> None:
            if isinstance(output, Tensor) and output.is_floating_point() and output.ndim > 1:
                with torch.no_grad():
                    off = (output == 0).transpose(0, 1).flatten(1).all(1)
                before = self._off.get(name)
                if before is None or before.shape == off.shape:
                    self._off[name] = off if before is None else before & off

        return look
