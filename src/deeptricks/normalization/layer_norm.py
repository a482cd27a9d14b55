"""Layer normalization: each sample by its own mean and variance, whatever else is in the batch."""

import math
import numbers

import torch
from torch import nn

from deeptricks.normalization.precision import at_least_single


class LayerNorm(nn.Module):
    """y = γ ⊙ x̂ + β, where x̂ has mean 0 and variance 1 over each sample's last dimensions.

    Drop-in for `torch.nn.LayerNorm`: same arguments, parameters and state.

    normalized_shape: int or the sizes of the last dimensions, which share their statistics.
    elementwise_affine: learn γ (`weight`) and, with `bias`, β (`bias`), both of that shape.

    Maps (…, *normalized_shape) to the same shape; nothing is remembered between batches, so
    training and evaluation are one. Raises RuntimeError where the last dimensions of the input
    are others.

    Source: J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer normalization", arXiv:1607.06450, 2016,
    eq. 3 and 4.
    """

    def __init__(
        self,
        normalized_shape,
        eps=1e-5,
        elementwise_affine=True,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.normalized_shape = as_shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        learned = {"weight": elementwise_affine, "bias": elementwise_affine and bias}
        for name in learned:
            values = torch.empty(self.normalized_shape, device=device, dtype=dtype)
            self.register_parameter(name, nn.Parameter(values) if learned[name] else None)
        self.reset_parameters()

    def reset_parameters(self):
        """γ to 1 and β to 0."""
        if self.weight is not None:
            nn.init.ones_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, input):
        """Normalize `input` (…, *normalized_shape)."""
        check_last_dimensions(input, self.normalized_shape)
        rows = at_least_single(input).reshape(-1, math.prod(self.normalized_shape)).contiguous()
        weight, bias = (p if p is None else p.flatten() for p in (self.weight, self.bias))
        y = NormalizeRows.apply(rows, weight, bias, self.eps)
        return y.view(input.shape).to(input.dtype)

    def extra_repr(self):
        """What `print` shows, in the framework's words."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class NormalizeRows(torch.autograd.Function):
    """y = γ ⊙ x̂ + β for each row of an (M, K) matrix, with the gradient written out.

    A number enters each x̂ of its row three times: directly, through the mean, and through the
    variance. With h = γ ⊙ g for the gradient with respect to x̂, and means over the row,

        ∂L/∂x = (h − mean(h) − x̂ · mean(h · x̂)) / √(variance + ε),
        ∂L/∂γ = Σ g ⊙ x̂,   ∂L/∂β = Σ g,   summed over the rows.

    Time goes into walking through memory, so sums are matrix–vector products, and a buffer that
    has served is written over.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, eps):
        x_hat = x - x.mean(1, keepdim=True)
        variance = torch.linalg.vector_norm(x_hat, dim=1, keepdim=True).square_() / x.shape[1]
        inverse_deviation = (variance + eps).rsqrt_()
        x_hat *= inverse_deviation
        ctx.save_for_backward(x, x_hat, inverse_deviation, weight, bias)
        ctx.eps = eps
        return scale_and_shift(x_hat, weight, bias)

    @staticmethod
    def backward(ctx, g):
        x, x_hat, inverse_deviation, weight, bias = ctx.saved_tensors
        if torch.is_grad_enabled():  # a second derivative is wanted: differentiate the formula
            return *gradients(plain, g, x, weight, bias, ctx.eps), None
        K = x.shape[1]
        g = g.to(x.dtype)
        gamma = g.new_ones(K) if weight is None else weight.to(g.dtype)
        along = g * x_hat
        weight_gradient = None if weight is None else sum_of_rows(along).to(weight.dtype)
        bias_gradient = None if bias is None else sum_of_rows(g).to(bias.dtype)
        mean_h, mean_h_x_hat = (g @ gamma / K).unsqueeze(1), (along @ gamma / K).unsqueeze(1)
        dx = torch.mul(x_hat, mean_h_x_hat, out=along).add_(mean_h)
        dx.addcmul_(g, gamma, value=-1).mul_(-inverse_deviation)
        return dx, weight_gradient, bias_gradient, None


def plain(x, weight, bias, eps):
    """The same in one formula, for autograd."""
    variance, mean = torch.var_mean(x, 1, correction=0, keepdim=True)
    return scale_and_shift((x - mean) * torch.rsqrt(variance + eps), weight, bias)


def gradients(formula, g, x, weight, bias, *options):
    """∂L/∂x, ∂L/∂γ, ∂L/∂β of a formula, by autograd and ready to be differentiated again."""
    with torch.enable_grad():
        y = formula(x, weight, bias, *options)
    wanted = [t for t in (x, weight, bias) if t is not None and t.requires_grad]
    found = iter(torch.autograd.grad(y, wanted, g, create_graph=True))
    return [next(found) if any(t is w for w in wanted) else None for t in (x, weight, bias)]


def scale_and_shift(x_hat, weight, bias):
    """γ ⊙ x̂ + β, of which either may be missing."""
    if weight is None:
        return x_hat.clone()
    return x_hat * weight if bias is None else torch.addcmul(bias, x_hat, weight)


def sum_of_rows(matrix):
    """The sum over dimension 0, as a product with ones: the quickest way there is."""
    return matrix.new_ones(len(matrix)) @ matrix


def as_shape(normalized_shape):
    """An int or some ints as a tuple."""
    if isinstance(normalized_shape, numbers.Integral):
        return (normalized_shape,)
    return tuple(normalized_shape)


def check_last_dimensions(input, normalized_shape):
    """RuntimeError unless `input` is of floating point and ends in `normalized_shape`."""
    check_floating_point(input)
    if not normalized_shape:
        raise RuntimeError(f"normalized_shape must name at least 1 dimension, got {()}")
    if tuple(input.shape[-len(normalized_shape) :]) != normalized_shape:
        raise RuntimeError(
            f"the last dimensions of input must be normalized_shape={list(normalized_shape)}, "
            f"got an input of shape {list(input.shape)}"
        )


def check_floating_point(input):
    """RuntimeError for integers: their mean is no integer."""
    if not input.is_floating_point():
        raise RuntimeError(f"input must be of a floating-point type, got {input.dtype}")
