"""Plain values: what JSON can carry, of whatever a check has measured."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch

LONGEST = 1000  # entries of an array; a longer one is described, not listed


def plain(value: Any) -> Any:
    """Return `value` as dictionaries, lists, strings, numbers, booleans and None.

    ``json.dumps(plain(value), allow_nan=False)`` works for every value.

    Parameters
    ----------
    value
        Scalars of torch and NumPy become Python's numbers. **NaN and the infinities become the
        strings** ``"nan"``, ``"inf"`` **and** ``"-inf"``, which JSON has no numbers for and which
        `float` reads back. Arrays and tensors become (nested) lists, or where they hold more than
        1000 entries a string that says their type and shape. Data classes become dictionaries by
        their fields, sets are sorted, keys become strings, and anything else its `repr`.
    """
    if value is None or isinstance(value, str | bool):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, torch.Tensor | np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        return plain(value.item()) if not isinstance(value.item(), np.generic) else repr(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        number = float(value)
        return number if math.isfinite(number) else str(number)
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, list | tuple | range):
        return [plain(item) for item in value]
    return repr(value)


def _array(value: Any) -> Any:
    """Return an array's entries, or its description where they are many."""
    size = value.numel() if isinstance(value, torch.Tensor) else value.size
    if size > LONGEST:
        return f"{type(value).__name__} of shape {tuple(value.shape)}, {value.dtype}"
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = value.to_dense() if value.layout is not torch.strided else value
    return plain(value.tolist())
