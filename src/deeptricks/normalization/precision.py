"""Half precision holds the numbers; their sums are taken in single precision."""

import torch

HALF = (torch.float16, torch.bfloat16)


def at_least_single(x):
    """x, in float32 where it is in half precision, as the framework's layers sum it."""
    return x.float() if x.dtype in HALF else x
