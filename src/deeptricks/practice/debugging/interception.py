"""Runs a program up to its first training step, and no further.

The program is stopped inside that step, where everything that the training needs is at hand: the
frame of the loop holds the model, the batch, the loss, the optimizer, the loader.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch

LIBRARIES = ("torch", "deeptricks.practice", "runpy", "contextlib", "importlib")


class FirstStep(BaseException):
    """Raised in the program to end it; not an Exception, so that no handler of its own keeps it."""


@dataclass
class Caught:
    """What was found at the first step.

    Attributes
    ----------
    how
        ``"step"``: the first optimizer step was about to be taken; ``"backward"``: a second
        `backward` came and no step before it.
    frames
        The frames of the program from the innermost outwards, each with the line it had reached;
        libraries' own are left out.
    optimizer
        Whose step it was, or None.
    """

    how: str
    frames: list[tuple[FrameType, int]] = field(default_factory=list)
    optimizer: torch.optim.Optimizer | None = None


def until_first_step(program: Callable[[], Any]) -> Caught | None:
    """Call `program` and stop it at its first training step; None where it ends without one.

    Stopped are the first ``optimizer.step()`` of any `torch.optim.Optimizer`, before it changes a
    weight, and the second ``backward()`` without a step between, for a loop that has none. What
    the program raises itself is raised. The hooks are gone afterwards.
    """
    state = _Watch()
    with _hooked(state):
        try:
            program()
        except FirstStep:
            return state.caught
    return None


class _Watch:
    """Counts calls of backward, and raises at the first step."""

    def __init__(self) -> None:
        self.backwards, self.caught = 0, Caught("step")

    def on_backward(self, frame: FrameType | None) -> None:
        """Stop at the second backward: a loop without a step comes here, or one that adds up."""
        self.backwards += 1
        if self.backwards > 1:
            self._stop("backward", frame, None)

    def on_step(self, optimizer: torch.optim.Optimizer, *args: Any) -> None:
        """Stop before the step; the arguments are those of the framework's hook."""
        self._stop("step", sys._getframe(1), optimizer)

    def _stop(self, how: str, frame: FrameType | None, optimizer: Any) -> None:
        self.caught = Caught(how, own_frames(frame), optimizer)
        raise FirstStep


def own_frames(frame: FrameType | None) -> list[tuple[FrameType, int]]:
    """Return the frames between `frame` and `until_first_step` that belong to no library."""
    found = []
    while frame is not None and frame.f_code is not until_first_step.__code__:
        name = frame.f_globals.get("__name__", "")
        if not any(name == known or name.startswith(known + ".") for known in LIBRARIES):
            found.append((frame, frame.f_lineno))
        frame = frame.f_back
    return found


@contextmanager
def _hooked(state: _Watch) -> Iterator[None]:
    """Watch `Tensor.backward` and every optimizer's step."""
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    handle = register_optimizer_step_pre_hook(state.on_step)
    ordinary = torch.Tensor.backward

    def backward(self: torch.Tensor, *args: Any, **kw: Any) -> Any:
        state.on_backward(sys._getframe(1))
        return ordinary(self, *args, **kw)

    torch.Tensor.backward = backward  # type: ignore[method-assign]
    try:
        yield
    finally:
        torch.Tensor.backward = ordinary  # type: ignore[method-assign]
        handle.remove()
