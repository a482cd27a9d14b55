"""What all elementwise activations share: half precision, `inplace`, and which types they take."""

from collections.abc import Callable

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)


def apply(
    formula: Callable[[Tensor], Tensor], x: Tensor, inplace: bool = False, integers: bool = False
) -> Tensor:
    """Evaluate `formula(x)`, half precision by way of float32, rounded once.

    The intermediate values of a formula would each be rounded to three digits (or two), and exp
    overflows float16 from x = 11.1 on.

    Parameters
    ----------
    formula : callable
        Maps a tensor to a tensor, element by element.
    x : Tensor
        Any shape.
    inplace : bool
        Write the result over `x`. The gradient needs what the formula has seen, so it sees a
        copy. (The framework keeps the output instead where a derivative can be told from it,
        which is the point of `inplace`.)
    integers : bool
        Whether whole numbers are allowed; the formula sees them as they are.

    Returns
    -------
    Tensor
        Of the shape and type of `x`; `x` itself with `inplace`.

    Raises
    ------
    NotImplementedError
        For types that the framework's activation refuses as well.
    """
    if not (torch.is_floating_point(x) or (integers and x.dtype != torch.bool)):
        raise NotImplementedError(f"the input must hold floating-point numbers, got {x.dtype}")
    seen = x.clone() if inplace else x
    y = formula(seen.float()).to(x.dtype) if x.dtype in HALF else formula(seen)
    return x.copy_(y) if inplace else y


def floating(x: Tensor) -> Tensor:
    """Turn whole numbers into the default floating-point type, as torch's functions do."""
    return x if torch.is_floating_point(x) else x.to(torch.result_type(x, 1.0))
