"""Where random numbers come from: the global generators and those that somebody made."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch


def remember_global_state() -> Callable[[], None]:
    """Return a function that puts back the global generators, gradients on or off, the dtype."""
    python, old, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    grad, dtype = torch.is_grad_enabled(), torch.get_default_dtype()

    def undo() -> None:
        random.setstate(python)
        np.random.set_state(old)
        torch.set_rng_state(cpu)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(dtype)

    return undo


def seed_all(seed: int) -> None:
    """Seed the three global generators."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def remember_generator(item: Any) -> Callable[[], Any] | None:
    """Return a function that puts the state of a generator back; None for other objects."""
    if isinstance(item, torch.Generator):
        state = item.get_state()
        return lambda: item.set_state(state)
    if isinstance(item, np.random.Generator):
        numpy_state = item.bit_generator.state
        return lambda: setattr(item.bit_generator, "state", numpy_state)
    if isinstance(item, np.random.RandomState):
        old_state = item.get_state()
        return lambda: item.set_state(old_state)
    if isinstance(item, random.Random):
        python_state = item.getstate()
        return lambda: item.setstate(python_state)
    return None
