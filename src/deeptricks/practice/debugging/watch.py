"""One training step seen from inside: mode, gradients before and after, rate, update.

Three moments tell what a step does, whoever wrote it: a hook before the model's forward sees the
mode; a hook on each parameter sees a new gradient arrive and what was still lying there; a hook
around every optimizer's step sees what has become of the gradient, and the learning rate.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from deeptricks.practice.debugging.tensors import number


@dataclass
class Step:
    """What was seen in one training step.

    Attributes
    ----------
    loss, seconds
        What the step returned, and how long it took.
    training
        Mode of the model in each of its calls.
    arrived, left_over, found
        Norms of the gradient by parameter: as backward brought it; what lay there before; as the
        optimizer found it.
    rates
        Learning rates of the groups of each optimizer that stepped.
    moved
        Norm of the update over the norm of the weights, by parameter (close watch only).
    """

    loss: float = float("nan")
    seconds: float = 0.0
    returned: Any = None
    training: list[bool] = field(default_factory=list)
    arrived: dict[str, float] = field(default_factory=dict)
    left_over: dict[str, float] = field(default_factory=dict)
    found: dict[str, float] = field(default_factory=dict)
    rates: list[float] = field(default_factory=list)
    decays: list[float] = field(default_factory=list)
    moved: dict[str, float] = field(default_factory=dict)
    fresh: dict[str, Tensor] = field(default_factory=dict)
    inside: bool = False


class Watch:
    """Runs steps and writes down what happens in each."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.names = {id(parameter): name for name, parameter in model.named_parameters()}
        self.now = Step()
        self.steps: list[Step] = []

    def run(self, step: Callable[[Any, Any], Any], x: Any, y: Any, *, close: bool = False) -> Step:
        """Run one step; `close` also follows every parameter. What it raises goes through."""
        self.now = Step()
        before = {}
        if close:
            before = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        start = time.perf_counter()
        with self._hooks(close):
            returned = step(x, y)
        self.now.seconds = time.perf_counter() - start
        self.now.loss, self.now.returned = number(returned), returned
        for name, parameter in self.model.named_parameters() if close else ():
            size = float(before[name].norm())
            change = float((parameter.detach() - before[name]).norm())
            self.now.moved[name] = change / size if size > 0 else change
        self.steps.append(self.now)
        return self.now

    @contextmanager
    def _hooks(self, close: bool) -> Iterator[None]:
        handles: list[Any] = [
            self.model.register_forward_pre_hook(
                lambda module, _: self.now.training.append(module.training)
            ),
            register_optimizer_step_pre_hook(lambda optimizer, *_: self._before(optimizer, close)),
            register_optimizer_step_post_hook(lambda *_: setattr(self.now, "inside", False)),
        ]
        for name, parameter in self.model.named_parameters() if close else ():
            if parameter.requires_grad and parameter.is_leaf:
                handles.append(parameter.register_hook(self._arrival(name, parameter)))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _arrival(self, name: str, parameter: nn.Parameter) -> Callable[[Tensor], None]:
        def hook(gradient: Tensor) -> None:
            if self.now.inside:  # a closure inside optimizer.step, as L-BFGS has it
                return
            if name not in self.now.left_over:
                left = parameter.grad
                self.now.left_over[name] = 0.0 if left is None else float(left.norm())
            fresh = gradient.detach().clone()
            if name in self.now.fresh and self.now.fresh[name].shape == fresh.shape:
                fresh += self.now.fresh[name]
            self.now.fresh[name] = fresh
            self.now.arrived[name] = float(fresh.norm())

        return hook

    def _before(self, optimizer: torch.optim.Optimizer, close: bool) -> None:
        self.now.inside = True
        for group in optimizer.param_groups:
            self.now.rates.append(float(group.get("lr", float("nan"))))
            self.now.decays.append(float(group.get("weight_decay", 0.0) or 0.0))
            for parameter in group["params"] if close else ():
                name = self.names.get(id(parameter))
                if name is not None:
                    gradient = parameter.grad
                    self.now.found[name] = 0.0 if gradient is None else float(gradient.norm())


@contextmanager
def changed_optimizers(*, rate: float = 1.0, decay: float = 1.0) -> Iterator[None]:
    """Within the block every optimizer steps with `rate` times its learning rate.

    Its groups hold the author's numbers before and after each step, so that a schedule goes on
    as it would have; `decay` multiplies the weight decay in the same way.
    """
    kept: list[tuple[dict[str, Any], Any, Any]] = []

    def before(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        for group in optimizer.param_groups:
            kept.append((group, group.get("lr"), group.get("weight_decay")))
            if group.get("lr") is not None:
                group["lr"] = group["lr"] * rate
            if group.get("weight_decay"):
                group["weight_decay"] = group["weight_decay"] * decay

    def after(*_: Any) -> None:
        while kept:
            group, lr, weight_decay = kept.pop()
            if lr is not None:
                group["lr"] = lr
            if weight_decay is not None:
                group["weight_decay"] = weight_decay

    handles = [register_optimizer_step_pre_hook(before), register_optimizer_step_post_hook(after)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        after()
