"""How far an implementation is from its counterpart."""

import numpy as np


def largest_difference(ours, theirs) -> float:
    """The largest absolute difference between two arrays or tensors of one shape.

    NaN where either holds a NaN, so that a claim on it cannot hold.
    Raises ValueError if the shapes differ or there is nothing to compare.
    """
    ours, theirs = _array(ours), _array(theirs)
    if ours.shape != theirs.shape:
        raise ValueError(f"ours and theirs must have one shape, got {ours.shape}, {theirs.shape}")
    if ours.size == 0:
        raise ValueError(f"ours and theirs must not be empty, got shape {ours.shape}")
    return float(np.abs(ours - theirs).max())


def _array(values):
    values = values.detach().cpu() if hasattr(values, "detach") else values
    return np.asarray(values, dtype=np.float64)
