"""How far an implementation is from its counterpart."""

import numpy as np
import torch
from numpy.typing import ArrayLike


def largest_difference(ours: ArrayLike, theirs: ArrayLike) -> float:
    """Return max |ours − theirs|, taken in double precision (whole numbers: exactly).

    Parameters
    ----------
    ours, theirs
        Two arrays or tensors of one shape: real, complex, whole or boolean numbers of any
        precision, dense or sparse, on any device.

    Returns
    -------
    float
        NaN where either holds a NaN, so that a claim on it cannot hold.

    Raises
    ------
    ValueError
        If the shapes differ, there is nothing to compare, or a tensor is on the meta device.
    """
    a, b = _array(ours), _array(theirs)
    if a.shape != b.shape:
        raise ValueError(f"ours and theirs must have one shape, got {a.shape}, {b.shape}")
    if a.size == 0:
        raise ValueError(f"ours and theirs must not be empty, got shape {a.shape}")
    whole = a.dtype.kind in "iub" and b.dtype.kind in "iub"
    wide = object if whole else np.result_type(a, b, np.float64)  # an int64 has no float64
    return float(np.abs(a.astype(wide) - b.astype(wide)).max())


def _array(values: ArrayLike) -> np.ndarray:
    if not isinstance(values, torch.Tensor):
        return np.asarray(values)
    if values.is_meta:
        raise ValueError("ours and theirs must hold values, got a tensor on the meta device")
    values = values.detach().cpu().to_dense()
    if values.is_floating_point():
        values = values.double()  # numpy has no bfloat16
    return values.resolve_conj().resolve_neg().numpy()
