"""Gradient clipping: a bound on the step, by value (each entry) or by norm (the whole vector)."""

import math
import types
import warnings

import torch


@torch.no_grad()
def clip_grad_value_(parameters, clip_value, foreach=None):
    """Move every entry of every gradient into the interval −clip_value … clip_value, in place.

    The direction of the gradient changes: large entries are cut, small ones are not. Arguments
    as in `torch.nn.utils.clip_grad_value_`: a tensor or an iterable of tensors, whose gradients
    may be None. `foreach` is accepted; it chooses a kernel in the framework, not a result.

    Raises a ValueError if clip_value is negative or NaN (the framework computes on).
    Source: T. Mikolov, Statistical Language Models Based on Neural Networks, PhD thesis, 2012.
    """
    clip_value = threshold("clip_value", clip_value)
    for gradient in gradients_of(parameters):
        gradient.clamp_(-clip_value, clip_value)


@torch.no_grad()
def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """Shorten the gradient of all parameters together to max_norm if it is longer, in place.

    All entries of all gradients are one vector; it keeps its direction. Returns its norm (of
    order `norm_type`) *before* clipping, a tensor without dimensions: the number to plot. With
    max_norm=inf nothing is changed and only the norm is taken. Arguments as in
    `torch.nn.utils.clip_grad_norm_`; `foreach` is accepted, it chooses a kernel, not a result.

    Raises a RuntimeError for a norm that is infinite or NaN if `error_if_nonfinite`, a
    ValueError if max_norm is negative or NaN (the framework would walk uphill).
    Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural
    networks, ICML 2013, algorithm 1.
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


def clip_coefficient(norm, max_norm):
    """What a gradient of that norm is multiplied by: max_norm / norm, and never more than 1.

    `norm` is a tensor of any shape, so that many networks can be clipped at once, each on its own.
    The framework adds 1e-6 to the norm, which keeps the coefficient of a zero gradient finite.
    """
    return (max_norm / (norm + 1e-6)).clamp(max=1.0)


def norm_together(tensors, order):
    """The norm of several tensors as one vector: the norm of their norms."""
    if not tensors:
        return torch.tensor(0.0)
    norms = [torch.linalg.vector_norm(tensor, order) for tensor in tensors]
    return torch.linalg.vector_norm(torch.stack([n.to(norms[0].device) for n in norms]), order)


def gradients_of(parameters):
    """The gradients that are there, of a tensor or of an iterable of tensors."""
    if isinstance(parameters, torch.Tensor):
        parameters = [parameters]
    listed = list(parameters)
    if not listed and isinstance(parameters, types.GeneratorType):
        warnings.warn("`parameters` is an empty generator: nothing to clip", stacklevel=4)
    return [parameter.grad for parameter in listed if parameter.grad is not None]


def threshold(name, value):
    value = float(value)
    if value < 0 or math.isnan(value):
        raise ValueError(f"{name} must be at least 0, got {value}")
    return value
