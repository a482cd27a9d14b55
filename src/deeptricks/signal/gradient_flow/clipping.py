"""Gradient clipping: a bound on the step, by value (each entry) or by norm (the whole vector)."""

import math
import types
import warnings
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


@torch.no_grad()
def clip_grad_value_(
    parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None
) -> None:
    """Move every entry of every gradient into the interval −clip_value … clip_value, in place.

        g_i ← min(max(g_i, −c), c)    for each entry on its own

    The direction of the gradient changes: large entries are cut, small ones are not. Drop-in for
    `torch.nn.utils.clip_grad_value_`.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Those whose `.grad` is clipped; it may be None.
    clip_value : float
        At least 0.
    foreach : bool, optional
        Accepted; it chooses a kernel in the framework, not a result.

    Raises
    ------
    ValueError
        If clip_value is negative or NaN (the framework computes on).

    References
    ----------
    T. Mikolov, Statistical language models based on neural networks, PhD thesis, 2012.
    """
    clip_value = threshold("clip_value", clip_value)
    for gradient in gradients_of(parameters):
        gradient.clamp_(-clip_value, clip_value)


@torch.no_grad()
def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Shorten the gradient of all parameters together to max_norm if it is longer, in place.

        g ← min(1, c / ‖g‖) g    for the vector of all entries

    All entries of all gradients are one vector; it keeps its direction. Drop-in for
    `torch.nn.utils.clip_grad_norm_`, except where a gradient is infinite and max_norm is too: the
    framework's ∞/∞ makes every entry of every gradient NaN.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Those whose `.grad` is clipped; it may be None.
    max_norm : float
        At least 0. With infinity nothing is changed and only the norm is taken.
    norm_type : float
        The order of the norm, infinity allowed.
    error_if_nonfinite : bool
        Whether a norm that is infinite or NaN is an error. If not, gradients are scaled by it.
    foreach : bool, optional
        Accepted; it chooses a kernel in the framework, not a result.

    Returns
    -------
    Tensor
        The norm *before* clipping, without dimensions: the number to plot.

    Raises
    ------
    RuntimeError
        For a norm that is infinite or NaN, if `error_if_nonfinite`.
    ValueError
        If max_norm is negative or NaN (the framework would walk uphill).

    References
    ----------
    Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks,
    ICML 2013, algorithm 1.
    """
    max_norm = threshold("max_norm", max_norm)
    gradients = gradients_of(parameters)
    total_norm = norm_together(gradients, float(norm_type))
    if error_if_nonfinite and not total_norm.isfinite():
        raise RuntimeError(
            f"the total norm of order {norm_type} of the gradients is {total_norm.item()}, which "
            "cannot be clipped; error_if_nonfinite=False scales by it all the same"
        )
    coefficient = clip_coefficient(total_norm, max_norm)
    for gradient in gradients:
        gradient.mul_(coefficient.to(gradient.device))
    return total_norm


def clip_coefficient(norm: Tensor, max_norm: float | Tensor) -> Tensor:
    """max_norm / norm, and never more than 1: what a gradient of that norm is scaled by.

    The framework adds 1e-6 to the norm, which keeps the coefficient of a zero gradient finite.
    Without a limit, max_norm = ∞, the coefficient is 1 for every norm, also for ∞ and NaN.

    Parameters
    ----------
    norm : Tensor
        Of any shape, so that many networks can be clipped at once, each on its own.
    max_norm : float or Tensor
        One limit, or one for each norm.
    """
    coefficient = (max_norm / (norm + 1e-6)).clamp(max=1.0)
    limited = torch.as_tensor(max_norm, device=norm.device) < math.inf
    return torch.where(limited, coefficient, 1.0)


def norm_together(tensors: Sequence[Tensor], order: float) -> Tensor:
    """Take the norm of several tensors as one vector: the norm of their norms."""
    if not tensors:
        return torch.tensor(0.0)
    norms = [torch.linalg.vector_norm(tensor, order) for tensor in tensors]
    return torch.linalg.vector_norm(torch.stack([n.to(norms[0].device) for n in norms]), order)


def gradients_of(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """List the gradients that are there, of a tensor or of an iterable of tensors."""
    listed = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    if not listed and isinstance(parameters, types.GeneratorType):
        warnings.warn("`parameters` is an empty generator: nothing to clip", stacklevel=4)
    return [parameter.grad for parameter in listed if parameter.grad is not None]


def threshold(name: str, value: float) -> float:
    """Refuse a bound that is negative or not a number."""
    value = float(value)
    if not value >= 0:
        raise ValueError(f"{name} must be at least 0, got {value}")
    return value
