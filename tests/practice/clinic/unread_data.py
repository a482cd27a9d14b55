"""Data for the unread half: scikit-learn's embedded sets and small synthetic ones."""

from functools import cache

import numpy as np
import torch
from sklearn import datasets


@cache
def embedded(name):
    """(inputs, targets) of a set that comes with scikit-learn; not to be changed in place."""
    return getattr(datasets, f"load_{name}")(return_X_y=True)


def tensors(*arrays):
    """To tensors: whole numbers stay whole, others become float32."""
    as_type = [torch.int64 if a.dtype.kind in "iu" else torch.float32 for a in arrays]
    return [
        torch.as_tensor(np.ascontiguousarray(a), dtype=t)
        for a, t in zip(arrays, as_type, strict=True)
    ]


def split(rng, x, y, parts):
    """[(x, y), ...] of disjoint random parts, as tensors."""
    order, at, out = rng.permutation(len(y)), 0, []
    for size in parts:
        rows = order[at : at + size]
        out.append(tuple(tensors(x[rows], y[rows])))
        at += size
    return out


def digits(rng, parts=(1000, 300, 400), top=1.0):
    """Digits as (N, 1, 8, 8) in 0..top."""
    x, y = embedded("digits")
    return split(rng, (x / 16 * top).reshape(-1, 1, 8, 8).astype("float32"), y, parts)


def table(rng, name, parts, raw=False, raw_target=False):
    """wine, breast_cancer, diabetes, iris: columns with mean 0 and sd 1 unless raw."""
    x, y = embedded(name)
    if not raw:
        x = (x - x.mean(0)) / x.std(0)
    if name == "diabetes" and not raw_target:
        y = (y - y.mean()) / y.std()
    return split(rng, x, y, parts)
