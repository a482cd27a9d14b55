"""How far a gradient reaches back along a sequence."""

from typing import Any

import torch
from torch import Tensor, nn

from deeptricks.practice.debugging.case import Case
from deeptricks.practice.debugging.tensors import first_tensor

STEPS = 8  # positions from which on an axis is taken for a sequence


def along_positions(case: Case) -> list[float]:
    """Return the norm of the loss's gradient at each position of a sequence; [] if there is none.

    The sequence is the first floating tensor with three axes that a module gets: the input, or
    what an embedding has made of it.
    """
    setup, model = case.setup, case.setup.model
    caught: list[Tensor] = []

    def hook(module: nn.Module, args: Any, output: Any) -> Any:
        value = first_tensor(output)
        if caught or not isinstance(output, Tensor) or value is None or value.ndim != 3:
            return None
        leaf = output.detach().requires_grad_(True)
        caught.append(leaf)
        return leaf

    x = first_tensor(case.x)
    sequence = x is not None and x.is_floating_point() and x.ndim == 3
    handles = []
    try:
        given = case.x
        if sequence and isinstance(given, Tensor):
            given = given.clone().requires_grad_(True)
            caught.append(given)
        else:
            handles = [
                module.register_forward_hook(hook)
                for module in model.modules()
                if not list(module.children())
            ]
        with torch.enable_grad():
            setup.loss(model(given), case.y).backward()
        if not caught or caught[0].grad is None:
            return []
        gradient = caught[0].grad.double()
        axis = 1 - case.axis if case.axis < 2 else 1
        if gradient.shape[axis] < STEPS:
            return []
        return gradient.movedim(axis, 0).flatten(1).norm(dim=1).tolist()
    except Exception:
        return []
    finally:
        for handle in handles:
            handle.remove()
        case.snapshot.restore()
