"""What all elementwise activations share: the check of the input, half precision, `inplace`."""

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)


def apply(formula, x: Tensor, name: str, inplace: bool = False, integers: bool = False) -> Tensor:
    """`formula(x)`, written back into `x` with `inplace`.

    A formula is evaluated in float32 where `x` has half precision: its intermediate values would
    each be rounded to three digits (or two), and exp overflows float16 from x = 11.1 on. The
    result is rounded once.

    integers: whether whole numbers are allowed; the formula sees them as they are.
    Raises TypeError unless `x` is a tensor; NotImplementedError for complex numbers, and for whole
    numbers where they are not allowed; RuntimeError for `inplace` on a leaf that needs a gradient.
    """
    check_tensor(name, x)
    if x.is_complex() or not (integers or x.is_floating_point()):
        raise NotImplementedError(
            f"{name} needs an input of real floating-point numbers, got {x.dtype}"
        )
    if inplace:
        return overwrite(x, formula, name)
    return rounded_once(formula, x)


def rounded_once(formula, x: Tensor) -> Tensor:
    """`formula(x)`, half precision by way of float32."""
    return formula(x.float()).to(x.dtype) if x.dtype in HALF else formula(x)


def overwrite(x: Tensor, formula, name: str) -> Tensor:
    """Put `formula(x)` where `x` was.

    The gradient needs what the formula has seen, so it sees a copy. (The framework saves the
    copy where a derivative can be told from the output, which is the point of `inplace`.)
    """
    if x.is_leaf and x.requires_grad and torch.is_grad_enabled():
        raise RuntimeError(
            f"{name}(inplace=True) would overwrite a leaf tensor that requires a gradient, which a "
            "gradient cannot go through: use inplace=False, or give it the result of an operation"
        )
    return x.copy_(rounded_once(formula, x.clone()))


def check_tensor(name: str, x: object) -> None:
    """A TypeError unless `x` is a tensor."""
    if not isinstance(x, Tensor):
        raise TypeError(f"the input of {name} must be a Tensor, got {type(x).__name__}")
