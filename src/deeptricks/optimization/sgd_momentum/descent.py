"""The path of an optimizer over a surface, and when it arrives."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from deeptricks.optimization.checks import check_at_least_zero, check_positive, check_whole
from deeptricks.optimization.sgd_momentum.surfaces import DTYPE, Landscape


def descend(
    optimizer_factory: Callable[[Iterable[Tensor]], torch.optim.Optimizer],
    landscape: Callable[[Tensor], Tensor],
    start: Any,
    steps: int,
    noise: float = 0.0,
    seed: int = 0,
) -> Tensor:
    """Return the path of an optimizer: the start and every step's end, shape (steps + 1, …, 2).

    Parameters
    ----------
    optimizer_factory : callable
        Called with a list of one parameter: `functools.partial(SGD, lr=0.1)`, for example.
    landscape : callable
        A `Landscape`, or any differentiable function that maps (…, 2) to (…).
    start : array_like
        One point (2,), or several (…, 2) that walk at once. They do not meet if the optimizer
        treats every weight alone, as SGD and Adam do.
    steps : int
        How many, at least 0.
    noise : float
        Standard deviation of what is added to each entry of each gradient, at least 0.
    seed : int
        Of the noise.

    Returns
    -------
    Tensor
        The path.

    Raises
    ------
    ValueError
        For arguments out of range.
    """
    w = torch.as_tensor(start, dtype=DTYPE).detach().clone()
    if w.ndim == 0 or w.shape[-1] != 2:
        raise ValueError(f"start must have shape (…, 2), got {tuple(w.shape)}")
    check_whole(0, steps=steps)
    check_at_least_zero(noise=noise)
    w.requires_grad_()
    generator = torch.Generator().manual_seed(seed)
    optimizer = optimizer_factory([w])
    path = [w.detach().clone()]
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(landscape(w).sum(), w)
        if noise:
            gradient = gradient + noise * torch.randn(w.shape, generator=generator, dtype=DTYPE)
        w.grad = gradient
        optimizer.step()
        path.append(w.detach().clone())
    return torch.stack(path)


def arrival(path: Tensor, landscape: Landscape, within: float = 0.1) -> Tensor:
    """Return the step from which a path stays near a minimum, or infinity.

    To run through a minimum is not to arrive.

    Parameters
    ----------
    path : Tensor
        (steps + 1, …, 2).
    landscape : Landscape
        Whose minima are meant.
    within : float
        What counts as near, above 0.

    Returns
    -------
    Tensor
        (…).
    """
    check_positive(within=within)
    distance, _ = landscape.nearest(path)
    outside = ~(distance <= within)  # NaN is outside
    steps = torch.arange(1, len(path) + 1, dtype=DTYPE).view(-1, *[1] * (outside.ndim - 1))
    last = torch.where(outside, steps, torch.zeros_like(steps)).amax(dim=0)
    return torch.where(last < len(path), last, torch.inf)
