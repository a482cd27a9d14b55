"""The range test: train while the rate grows from far too small to far too large, and watch."""

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deeptricks.optimization.checks import check_positive, check_whole
from deeptricks.optimization.schedules.schedule import set_rate
from deeptricks.optimization.schedules.suggested_rate import RangeTest


def lr_range_test(
    model: nn.Module,
    loss: Callable[[Any, Any], Tensor],
    batches: Iterable[tuple[Any, Any]],
    optimizer: torch.optim.Optimizer,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    smoothing: float = 0.9,
    stop_factor: float = 4.0,
) -> RangeTest:
    """Train a copy of `model` for some steps while the rate grows exponentially from low to high.

    Model and optimizer are left as they were, and so are torch's random numbers. Generators of a
    DataLoader's own move on as in any epoch, those of Python and NumPy too.

    Parameters
    ----------
    model : nn.Module
        Copied with `copy.deepcopy`; the copy is put into training mode.
    loss : callable
        loss(model(x), y) is a scalar tensor that rests on no parameters but the model's.
    batches : iterable
        Pairs (x, y), on the model's device; begun anew when they are used up.
    optimizer : Optimizer
        Of the model's parameters, any that can be copied (not `torch.optim.LBFGS`), also one that
        needs a closure. The rates are those of its first group; other groups keep their proportion
        to it.
    low, high : float
        The first and the last rate, 0 < low < high.
    steps : int
        How many, at least 2; each rate is the one before times a constant.
    smoothing : float
        β of the moving average s ← β s + (1 − β) loss, in [0, 1), corrected as Adam's for beginning
        at 0.
    stop_factor : float
        The test ends when the loss is not finite, or its average has risen to stop_factor times
        its lowest value so far (if that is negative, by stop_factor − 1 times its magnitude). inf
        stops at losses that are not finite.

    Returns
    -------
    RangeTest
        Rates and losses.

    Raises
    ------
    ValueError
        For arguments out of range, when `batches` give nothing, and for a loss that is not finite
        before the first step.

    References
    ----------
    L. N. Smith, Cyclical Learning Rates for Training Neural Networks, WACV 2017, §3.3 (rate linear
    in the step there); the exponential growth, smoothing and end are those of fastai.
    """
    check_positive(low=low, high=high)
    check_whole(2, steps=steps)
    if not low < high:
        raise ValueError(f"low must be below high, got {low} and {high}")
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must be at least 0 and below 1, got {smoothing}")
    if not stop_factor > 1:
        raise ValueError(f"stop_factor must be above 1, got {stop_factor}")
    rates = np.geomspace(low, high, int(steps))
    gpus = {p.device.index for p in model.parameters() if p.device.type == "cuda"}
    model, optimizer = copy.deepcopy((model, optimizer))  # together: of the same parameters
    with torch.random.fork_rng(devices=gpus):
        model.train()
        losses = losses_on_the_way(model, loss, endless(batches), optimizer, rates)
        return watched(rates, losses, smoothing, stop_factor)


def watched(
    rates: np.ndarray, losses: Iterator[float], smoothing: float, stop_factor: float
) -> RangeTest:
    """Draw losses, first that before any step, until they end or diverge."""
    first_loss, seen, smoothed = next(losses), [], []
    if not math.isfinite(first_loss):
        raise ValueError(f"loss must be finite before the first step, got {first_loss}")
    average, best, diverged = 0.0, math.inf, False
    for loss in losses:
        average = smoothing * average + (1 - smoothing) * loss
        seen.append(loss)
        smoothed.append(average / (1 - smoothing ** len(seen)))
        worst = best + (stop_factor - 1) * abs(best)
        diverged = not math.isfinite(loss) or smoothed[-1] > worst
        if diverged:
            break
        best = min(best, smoothed[-1])
    return RangeTest(rates[: len(seen)], np.array(seen), np.array(smoothed), first_loss, diverged)


def losses_on_the_way(
    model: nn.Module,
    loss: Callable[[Any, Any], Tensor],
    batches: Iterator[tuple[Any, Any]],
    optimizer: torch.optim.Optimizer,
    rates: np.ndarray,
) -> Iterator[float]:
    """Yield the loss of each batch before its step, and at last the loss after all steps."""
    groups = optimizer.param_groups
    first = float(groups[0]["lr"])
    shares = [float(group["lr"]) / first if first else 1.0 for group in groups]
    for rate in rates:
        for group, share in zip(groups, shares, strict=True):
            set_rate(group, float(rate) * share)
        x, y = next(batches)
        values: list[float] = []

        def closure(x=x, y=y, values=values):
            optimizer.zero_grad()
            value = loss(model(x), y)
            value.backward()
            values.append(float(value.detach()))
            return value

        optimizer.step(closure)
        yield values[0]
    x, y = next(batches)
    yield float(loss(model(x), y).detach())


def endless(batches: Iterable[Any]) -> Iterator[Any]:
    """Yield the batches again and again.

    Raises
    ------
    ValueError
        When they give nothing, or nothing more.
    """
    while True:
        empty = True
        for batch in batches:
            empty = False
            yield batch
        if empty:
            raise ValueError("batches gave nothing: a list or a DataLoader can be begun anew")
