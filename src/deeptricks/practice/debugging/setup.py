"""A set-up: what a training consists of, checked, and its ordinary step and validation."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from deeptricks.practice.debugging.tensors import each


class NoPairsError(ValueError):
    """The batches are no pairs of tensors; the message says what they are, and what to do."""


def pair(batch: Any) -> tuple[Any, Any]:
    """Return a batch's x and y; what is no pair of tensors is told with the way out."""
    kind = type(batch).__name__
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        for name, value in zip("xy", batch, strict=True):
            if type(value).__module__ == "numpy":
                raise NoPairsError(
                    f"batches must give tensors, got a numpy {type(value).__name__} as {name}: "
                    "torch.as_tensor makes one"
                )
        return batch[0], batch[1]
    if isinstance(batch, (tuple, list)):
        kind += f" of {len(batch)}"
        way = "pair them, such as ((x1, x2), y)" if len(batch) > 2 else "without labels give (x, x)"
    elif isinstance(batch, Mapping):
        way = "[(batch, batch['labels']) for batch in loader] are pairs"
    else:
        way = "without labels give (x, x)"
    raise NoPairsError(f"batches must give pairs (x, y), got a {kind}: {way}")


@dataclass
class Setup:
    """A model, its data, its loss and its loop, as `checkup` takes them.

    Raises
    ------
    TypeError, ValueError
        For what is no set-up; the message names the argument.
    """

    model: nn.Module
    batches: Iterable[Any]
    loss: Callable[[Any, Any], Tensor]
    optimizer: torch.optim.Optimizer | None = None
    val_batches: Iterable[Any] | None = None
    step: Callable[[Any, Any], Any] | None = None
    evaluate: Callable[[Any], float] | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        """Check each argument by itself."""
        if not isinstance(self.model, nn.Module):
            raise TypeError(f"model must be a torch.nn.Module, got {type(self.model).__name__}")
        for name in ("batches", "val_batches"):
            value = getattr(self, name)
            if not hasattr(value, "__iter__") and not (name == "val_batches" and value is None):
                raise TypeError(f"{name} must be iterable, got {type(value).__name__}")
        for name in ("loss", "step", "evaluate"):
            value = getattr(self, name)
            if not callable(value) and not (name != "loss" and value is None):
                raise TypeError(f"{name} must be callable, got {type(value).__name__}")
        if self.optimizer is not None and not isinstance(self.optimizer, torch.optim.Optimizer):
            kind = type(self.optimizer).__name__
            raise TypeError(f"optimizer must be a torch.optim.Optimizer or None, got {kind}")
        if self.steps is not None and (not isinstance(self.steps, int) or self.steps < 1):
            raise ValueError(f"steps must be a whole number of at least 1, got {self.steps!r}")

    @property
    def device(self) -> torch.device:
        """Where the model's first parameter or buffer lies."""
        for tensor in (*self.model.parameters(), *self.model.buffers()):
            return tensor.device
        return torch.device("cpu")

    def moved(self, value: Any) -> Any:
        """Return tensors on the model's device."""
        return each(value, lambda tensor: tensor.to(self.device))

    def author_step(self) -> Callable[[Any, Any], Any]:
        """Return the author's step, or the ordinary one."""
        if self.step is not None:
            return self.step
        return ordinary_step(self.model, self.loss, self.optimizer or default_optimizer(self.model))

    def author_evaluate(self) -> Callable[[Any], float]:
        """Return the author's validation, or the ordinary one."""
        return self.evaluate or ordinary_evaluate(self.model, self.loss)


def default_optimizer(model: nn.Module) -> torch.optim.Optimizer:
    """Return Adam at 0.001: what stands in where the author gave no optimizer."""
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.Adam(learning or [torch.zeros(1, requires_grad=True)], lr=1e-3)


def ordinary_step(
    model: nn.Module, loss: Callable[[Any, Any], Tensor], optimizer: torch.optim.Optimizer
) -> Callable[[Any, Any], Tensor]:
    """Return the step that everyone writes, in the mode that the model has.

    An optimizer that computes the loss more than once a step (L-BFGS) is handed a closure.
    """

    def gradient(x: Any, y: Any) -> Tensor:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        return value.detach()

    def step(x: Any, y: Any) -> Tensor:
        value = gradient(x, y)
        optimizer.step()
        return value

    def step_with_closure(x: Any, y: Any) -> Tensor:
        return optimizer.step(lambda: gradient(x, y))

    closure = inspect.signature(type(optimizer).step).parameters.get("closure")
    wanted = closure is not None and closure.default is inspect.Parameter.empty
    return step_with_closure if wanted else step


def ordinary_evaluate(
    model: nn.Module, loss: Callable[[Any, Any], Tensor]
) -> Callable[[Any], float]:
    """Return the mean loss in eval mode, without gradients; the mode comes back."""

    def evaluate(batches: Any) -> float:
        modes = [(module, module.training) for module in model.modules()]
        model.eval()
        try:
            with torch.no_grad():
                values = [float(loss(model(x), y)) for x, y in batches]
        finally:
            for module, mode in modes:
                module.training = mode
        return sum(values) / max(len(values), 1)

    return evaluate
