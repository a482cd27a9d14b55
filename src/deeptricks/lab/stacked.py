"""Perceptrons stacked by hand, trained side by side.

This is what `runs.train_many` does for networks of any kind, open to a loop of one's own: M
networks along a first axis, each with its own first weights and rate, none of which sees another.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deeptricks.lab.ensemble import move
from deeptricks.lab.many_mlp import ManyMLP, losses

__all__ = ["ManyMLP", "evaluate", "fit", "losses", "steps_to_loss"]


def fit(
    nets: nn.Module,
    train: tuple[Tensor, Tensor],
    *,
    optimizer: Callable[..., torch.optim.Optimizer],
    rates: Sequence[float],
    seeds: Sequence[int],
    epochs: int,
    batch_size: int | None,
    schedule: Callable[[float], float | Tensor] | None = None,
    on_step: Callable[[int], None] | None = None,
) -> Tensor:
    """Train M stacked networks side by side, each at its own rate and on its own batches.

    A network that diverges goes on alone with what is left of it; the others do not notice.

    Parameters
    ----------
    nets
        A `ManyMLP`, or another module that maps (M, B, D) to (M, B, C) with parameters stacked
        along their first axis.
    train
        Inputs (N, D) and labels (N,).
    optimizer
        Called as ``optimizer(parameters, lr=1.0)``; see `ensemble.move` for which rules that is
        exact.
    rates, seeds
        Of each network; network m shuffles with ``seeds[m]``.
    epochs
        Passes over the data.
    batch_size
        None for the full batch. Unlike in `training.fit` the samples that do not fill a last
        batch are left out of that epoch.
    schedule
        Maps progress, from 0 to below 1, to a factor on all rates, or to M factors.
    on_step
        Called after each step with its number, from 1.

    Returns
    -------
    Tensor
        The losses (steps, M) of the batches, each before its step.

    Raises
    ------
    ValueError
        Unless there are as many rates and seeds as networks, and for sizes that mean nothing.
    """
    parameters = list(nets.parameters())
    many = len(parameters[0])
    for name, values in {"rates": rates, "seeds": seeds}.items():
        if len(values) != many:
            raise ValueError(f"{name} must be one for each of {many} networks, got {len(values)}")
    inputs, labels = train
    size = len(inputs) if batch_size is None else batch_size
    if not 1 <= size <= len(inputs):
        raise ValueError(f"batch_size must be 1 … {len(inputs)} or None, got {batch_size!r}")
    each = torch.as_tensor(rates, dtype=inputs.dtype, device=inputs.device)
    generators = [torch.Generator().manual_seed(int(seed)) for seed in seeds]
    rule = optimizer(parameters, lr=1.0)
    steps = epochs * (len(inputs) // size)
    curve = []
    for step in range(steps):
        if batch_size is None:
            x, y = inputs, labels.expand(many, -1)
        else:
            if step % (len(inputs) // size) == 0:
                orders = torch.stack([torch.randperm(len(inputs), generator=g) for g in generators])
            start = step % (len(inputs) // size) * size
            rows = orders[:, start : start + size].to(inputs.device)
            x, y = inputs[rows], labels[rows]
        loss = losses(nets(x), y)
        curve.append(loss.detach())
        rule.zero_grad()
        loss.sum().backward()
        factor = 1.0 if schedule is None else schedule(step / steps)
        move(rule, parameters, each * factor)
        if on_step is not None:
            on_step(step + 1)
    return torch.stack(curve) if curve else torch.empty(0, many)


@torch.no_grad()
def evaluate(nets: nn.Module, data: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Mean loss and accuracy of each of M stacked networks on inputs (N, D), labels (N,).

    Returns two tensors of shape (M,). A network that diverged has a loss that is not finite.
    """
    inputs, labels = data
    logits = nets(inputs)
    labels = labels.expand(len(logits), -1)
    return losses(logits, labels), (logits.argmax(-1) == labels).double().mean(1)


def steps_to_loss(
    inputs: Any,
    labels: Any,
    *,
    target: float,
    rates: Sequence[float],
    seeds: Sequence[int],
    hidden: Sequence[int] = (32,),
    max_steps: int = 1000,
) -> Tensor:
    """Count steps of full-batch gradient descent until the training loss is below `target`.

    The search ends as soon as every seed has arrived at some rate: the fastest rate of each is
    then known, and slower ones stay infinite.

    Parameters
    ----------
    inputs, labels
        (N, D), and N integers.
    target
        In nats.
    rates, seeds
        One tanh network for each pair.
    hidden
        Units of the hidden layers.
    max_steps
        After which a network counts as never arriving.

    Returns
    -------
    Tensor
        Counts of shape (len(rates), len(seeds)), infinite where `max_steps` did not suffice.
    """
    x = torch.as_tensor(inputs, dtype=torch.float32)
    y = torch.as_tensor(labels)
    rates, seeds = list(rates), list(seeds)
    sizes = (x.shape[1], *hidden, int(y.max()) + 1)
    nets = ManyMLP(sizes, seeds * len(rates)).to(x.device)
    rate = torch.tensor(rates, device=x.device).repeat_interleave(len(seeds)).view(-1, 1, 1)
    steps = torch.full((len(rates) * len(seeds),), math.inf)
    for step in range(max_steps + 1):
        each = losses(nets(x), y.expand(len(steps), -1))
        steps[(each < target).cpu() & steps.isinf()] = step
        if steps.view(len(rates), -1).isfinite().any(dim=0).all():
            break
        gradients = torch.autograd.grad(each.sum(), list(nets.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(nets.parameters(), gradients, strict=True):
                parameter -= rate * gradient
    return steps.view(len(rates), -1)
