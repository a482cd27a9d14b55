"""Mean 0 and variance 1: the function that every norm computes, each over axes of its own."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class Normalize(torch.autograd.Function):
    """y = γ x̂ + β, x̂ = (x − mean) / σ, σ² = variance + ε: statistics of x over `axes`.

    ``normalized(x, weight, bias, axes, eps)``, γ and β in shapes that broadcast against
    x, returns y, and mean and variance as constants. Every value enters its own x̂, the
    mean and σ, so each gradient depends on every other. With g = ∂L/∂y, and means over
    `axes`:

        ∂L/∂x = D(γ g),   D(v) = (v − mean(v) − x̂ mean(v x̂)) / σ,
        ∂L/∂γ = Σ g x̂,   ∂L/∂β = Σ g.

    D is symmetric: it takes gradients back, and a change of x to the change of x̂.

    References
    ----------
    S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015: algorithm 1 and section 3.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(
        x: Tensor, weight: Tensor, bias: Tensor, axes: tuple[int, ...], eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Take the statistics, then scale and shift."""
        mean, variance = statistics(x, axes)
        return normalize(x, mean, variance, weight, bias, eps), mean, variance

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: tuple) -> None:
        """Keep x alone: what follows from it is calculated anew."""
        x, weight, bias, ctx.axes, ctx.eps = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(x, weight, bias)
        ctx.save_for_forward(x, weight, bias)  # of other tensors vmap would mix up the axes

    @staticmethod
    def backward(ctx: Any, g: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        """Return those of x, γ and β, by operations that can be differentiated again."""
        x, weight, bias = ctx.saved_tensors
        x_hat, derivative = linearized(x, ctx.axes, ctx.eps)
        of_weight, of_bias = (g * x_hat).sum_to_size(weight.shape), g.sum_to_size(bias.shape)
        return derivative(weight * g), of_weight, of_bias, None, None


class NormalizeEitherWay(Normalize):
    """`Normalize`, also for forward-mode derivatives, which torch.compile cannot capture."""

    @staticmethod
    def jvp(
        ctx: Any, dx: Tensor, of_weight: Tensor, of_bias: Tensor, *_: None
    ) -> tuple[Tensor, None, None]:
        """Return the change of y with those of x, γ and β."""
        x, weight, _ = ctx.saved_tensors
        x_hat, derivative = linearized(x, ctx.axes, ctx.eps)
        return weight * derivative(dx) + of_weight * x_hat + of_bias, None, None


def normalized(
    x: Tensor, weight: Tensor, bias: Tensor, axes: tuple[int, ...], eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return y, mean and variance: see `Normalize`."""
    function = Normalize if torch.compiler.is_compiling() else NormalizeEitherWay
    return function.apply(x, weight, bias, axes, eps)


def statistics(x: Tensor, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Return mean and variance of x over `axes`, in a shape that broadcasts against x."""
    mean = x.mean(axes, keepdim=True)
    return mean, (x - mean).square().mean(axes, keepdim=True)


def normalize(
    x: Tensor, mean: Tensor, variance: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> Tensor:
    """Return γ (x − mean) / √(variance + ε) + β with statistics that are given."""
    return (x - mean) * (weight / (variance + eps).sqrt()) + bias


def linearized(
    x: Tensor, axes: tuple[int, ...], eps: float
) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Return x̂, and its derivative D, a function."""
    mean, variance = statistics(x, axes)
    sigma = (variance + eps).sqrt()
    x_hat = (x - mean) / sigma

    def derivative(v):
        return (v - v.mean(axes, True) - x_hat * (v * x_hat).mean(axes, True)) / sigma

    return x_hat, derivative
