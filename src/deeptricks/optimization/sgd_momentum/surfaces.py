"""Losses of two weights, to watch an optimizer walk: a ravine, a saddle, a plateau, a valley."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deeptricks.optimization.checks import check_positive

DTYPE = torch.float64


@dataclass(frozen=True)
class Landscape:
    """A loss of two weights, with what one needs to know to race on it.

    Attributes
    ----------
    name : str
        What it is called.
    loss : callable
        Maps weights of shape (…, 2) to losses (…), differentiable.
    minima : tuple of points
        The deepest first.
    starts : tuple of points
        Where to start from.
    xlim, ylim : tuple of float
        The part of the plane that a map should show.
    """

    name: str
    loss: Callable[[Tensor], Tensor]
    minima: tuple[tuple[float, float], ...]
    starts: tuple[tuple[float, float], ...]
    xlim: tuple[float, float] = (-2.0, 2.0)
    ylim: tuple[float, float] = (-1.5, 1.5)

    def __call__(self, w: Tensor) -> Tensor:
        """Return the losses (…) at the weights `w` (…, 2)."""
        return self.loss(w)

    def height(self, x: Any, y: Any) -> np.ndarray:
        """Return the loss at two arrays of coordinates, as an array: for a contour plot."""
        return self.loss(torch.stack([torch.as_tensor(x), torch.as_tensor(y)], -1)).numpy()

    def gradient(self, w: Any) -> Tensor:
        """Return the gradients (…, 2) at the weights `w` (…, 2)."""
        w = torch.as_tensor(w, dtype=DTYPE).detach().requires_grad_()
        return torch.autograd.grad(self.loss(w).sum(), w)[0]

    def nearest(self, w: Any) -> tuple[Tensor, Tensor]:
        """Distances (…) from the points `w` (…, 2) to their nearest minimum, and its index (…)."""
        minima = torch.tensor(self.minima, dtype=DTYPE)
        distances = (torch.as_tensor(w, dtype=DTYPE).unsqueeze(-2) - minima).norm(dim=-1)
        return distances.min(dim=-1)


def ravine(condition_number: float = 100.0, angle: float = 0.0) -> Landscape:
    """½(u² + κv²): a quadratic valley; its floor is turned by `angle` degrees from the first axis.

    At angle 0 each weight has a curvature of its own, at 45 both share both.
    """
    if not condition_number >= 1:
        raise ValueError(f"condition_number must be at least 1, got {condition_number}")
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))

    def loss(w):
        u, v = cos * w[..., 0] + sin * w[..., 1], cos * w[..., 1] - sin * w[..., 0]
        return (u**2 + condition_number * v**2) / 2

    starts = tuple((cos * u - sin * v, sin * u + cos * v) for u, v in ((-1.6, 0.4), (0.3, 1.2)))
    return Landscape("turned ravine" if angle else "ravine", loss, ((0.0, 0.0),), starts)


def saddle(steepness: float = 10.0) -> Landscape:
    """¼(x² − 1)² + ½sy²: a pass at (0, 0) between two valleys of equal depth, at x = ±1.

    steepness: s, the curvature across the pass. Along it the curvature is −1 at the top.
    """
    return _quartic("saddle", 0.0, steepness, ((1.0, 0.0), (-1.0, 0.0)), ((1e-4, 1.0), (0.4, 1.2)))


def two_valleys(tilt: float = 0.15, steepness: float = 10.0) -> Landscape:
    """¼(x² − 1)² + tx + ½sy²: a shallow valley on the right, a deeper one on the left.

    tilt: t, above 0 and below 2/√27 ≈ 0.385, where the right valley ends. steepness: s.
    """
    if not 0 < tilt < 2 / math.sqrt(27):
        raise ValueError(f"tilt must be above 0 and below 2/√27, got {tilt}")
    # The slope x³ − x + t has three real roots, by Viète: two valleys and the hill between them.
    third = math.acos(-tilt * math.sqrt(27) / 2) / 3
    right, left = (2 / math.sqrt(3) * math.cos(third - 2 * math.pi * k / 3) for k in (0, 2))
    minima, starts = ((left, 0.0), (right, 0.0)), ((1.9, 1.0), (0.6, 1.2))
    return _quartic("two valleys", tilt, steepness, minima, starts)


def _quartic(name, tilt, steepness, minima, starts):
    check_positive(steepness=steepness)

    def loss(w):
        x, y = w.unbind(-1)
        return (x**2 - 1) ** 2 / 4 + tilt * x + steepness * y**2 / 2

    return Landscape(name, loss, minima, starts)


def plateau(width: float = 0.4) -> Landscape:
    """r²/(r² + s²), r = ‖w‖: a hole in a plain that is the flatter the farther away.

    width: s, the distance from the middle at which half of the height is reached.
    """
    check_positive(width=width)

    def loss(w):
        squared = (w**2).sum(-1)
        return squared / (squared + width**2)

    return Landscape("plateau", loss, ((0.0, 0.0),), ((-1.7, 0.9), (0.9, -0.5)))


def rosenbrock(steepness: float = 100.0) -> Landscape:
    """(1 − x)² + b(y − x²)²: a curved valley with a nearly level floor; `steepness` is b.

    References
    ----------
    H. H. Rosenbrock, An automatic method for finding the greatest or least value of a
    function, The Computer Journal, 1960, with b = 100.
    """
    check_positive(steepness=steepness)

    def loss(w):
        x, y = w.unbind(-1)
        return (1 - x) ** 2 + steepness * (y - x**2) ** 2

    starts = ((-1.2, 1.0), (0.0, 1.6))
    return Landscape("curved valley", loss, ((1.0, 1.0),), starts, (-2.0, 2.0), (-0.8, 2.2))
