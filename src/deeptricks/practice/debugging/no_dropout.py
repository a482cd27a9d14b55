"""Dropout switched off, wherever a model calls it."""

from typing import Any

from torch.overrides import TorchFunctionMode


class NoDropout(TorchFunctionMode):
    """Within the block dropout does nothing, also where a model calls it as a function."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if "dropout" in name and not name.startswith("_") and args:
            return args[0]
        return func(*args, **(kwargs or {}))
