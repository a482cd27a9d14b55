"""Batch normalization as a function: the forward pass, and the backward pass derived by hand."""

import torch


class NormalizeBatch(torch.autograd.Function):
    """y = γ x̂ + β with x̂ = (x − mean) / σ: statistics of each channel over the batch.

    ``NormalizeBatch.apply(x, weight, bias, eps)`` with x of shape (N, C, …), weight γ and bias β
    of shape (C,) or None, returns y like x, and the mean and the variance (the sum divided by the
    number of values), both of shape (C,) and without a gradient of their own.

    Source: S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015: algorithm 1, and the chain
    rule of section 3.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, eps):
        """Statistics first, then scale and shift."""
        mean, variance = statistics(x)
        inverse = torch.rsqrt(variance + eps)  # 1/σ
        y = scale_and_shift(x, weight, bias, mean, inverse)
        ctx.mark_non_differentiable(mean, variance)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x, weight, bias, mean, inverse)
        ctx.eps = eps
        return y, mean, variance

    @staticmethod
    def backward(ctx, g, *_):
        """Two sums over the batch, then one linear combination of g, x and 1 per channel."""
        if g is None:  # nothing depends on y
            return None, None, None, None
        x, weight, bias, mean, inverse = ctx.saved_tensors
        if torch.is_grad_enabled():  # this gradient is to be differentiated itself
            return *gradients(g, x, weight, bias, ctx.eps), None
        count = x.numel() // x.shape[1]
        dx = torch.empty_like(x)
        sum_g, sum_gx = gradient_sums(g, x, mean, inverse, dx)
        input_gradient(g, x, weight, mean, inverse, sum_g / count, sum_gx / count, dx)
        return dx, *parameter_gradients(weight, bias, sum_g, sum_gx), None


def gradients(g, x, weight, bias, eps):
    """The derivation, term by term: what `NormalizeBatch.backward` computes in fewer passes.

    The mean and σ depend on every sample, so each sample's gradient depends on every other's.
    Returns the gradients of x, weight and bias, where g is that of y; differentiable again.
    """
    axes, gamma = [0, *range(2, x.dim())], per_channel(weight, 1.0, x)
    centred = x - x.mean(axes, keepdim=True)
    sigma = torch.sqrt(centred.square().mean(axes, keepdim=True) + eps)
    x_hat = centred / sigma
    mean_g, mean_gx = g.mean(axes, keepdim=True), (g * x_hat).mean(axes, keepdim=True)
    dx = gamma / sigma * (g - mean_g - x_hat * mean_gx)
    return dx, *parameter_gradients(weight, bias, g.sum(axes), (g * x_hat).sum(axes))


def normalize(x, mean, variance, weight, bias, eps):
    """The same map with statistics that are given, (C,) or None for 0 and 1: affine in x."""
    sigma = (per_channel(variance, x.new_ones(()), x) + eps).sqrt()
    scale = per_channel(weight, 1.0, x) / sigma
    return (x - per_channel(mean, 0.0, x)) * scale + per_channel(bias, 0.0, x)


def statistics(x):
    """Mean and variance of each channel: E[x²] − E[x]², and again from x − E[x] where it matters.

    The difference loses digits where the mean is large beside the spread; centring first does not,
    for another pass over the batch. With a mean of up to 2 standard deviations the loss is about
    the last decimal digit.
    """
    x = flat(x)
    mean = x.mean((0, 2))
    variance = mean_square(x) - mean.square()
    if x.device.type != "cpu" or (mean.square() > 4 * variance).any():
        variance = mean_square(x - spread(mean, x))
    return mean, variance


def mean_square(x):
    """E[x²] of each channel of (N, C, L)."""
    if x.shape[2] == 1:
        return x.square().mean((0, 2))
    norms = torch.linalg.vector_norm(x, dim=2)  # one pass that stores nothing
    return norms.square_().mean(0) / x.shape[2]


def scale_and_shift(x, weight, bias, mean, inverse):
    """γ (x − mean)/σ + β, multiplied out; `inverse` is 1/σ."""
    scale = inverse if weight is None else weight * inverse
    shift = -mean * scale if bias is None else torch.addcmul(bias, mean, scale, value=-1)
    y = torch.empty_like(x)
    linear(flat(x), scale, shift, out=flat(y))
    return y


def gradient_sums(g, x, mean, inverse, dx):
    """Σ g and Σ g x̂ of each channel; meanwhile `dx` holds the products."""
    g, x = flat(g, like=x), flat(x)
    sum_g, sum_gx = g.sum((0, 2)), torch.mul(g, x, out=flat(dx)).sum((0, 2))
    return sum_g, torch.addcmul(sum_gx, mean, sum_g, value=-1).mul_(inverse)


def input_gradient(g, x, weight, mean, inverse, mean_g, mean_gx, dx):
    """Write γ/σ (g − mean(g) − x̂ mean(g x̂)), multiplied out, to `dx`; `inverse` is 1/σ."""
    of_g = inverse if weight is None else weight * inverse
    of_x = -of_g * inverse * mean_gx
    of_one = -of_g * mean_g - of_x * mean
    g, x, out = flat(g, like=x), flat(x), flat(dx)
    linear(x, of_x, of_one, out=out).addcmul_(g, spread(of_g, x))


def parameter_gradients(weight, bias, sum_g, sum_gx):
    """Those of weight and bias, None where there is none."""
    return None if weight is None else sum_gx, None if bias is None else sum_g


def per_channel(values, otherwise, x):
    """Shape (C,) as (1, C, 1, …), to meet x of shape (N, C, …); `otherwise` in place of None."""
    return otherwise if values is None else values.view(1, -1, *[1] * (x.dim() - 2))


def flat(x, like=None):
    """(N, C, …) seen as (N, C, L) in the order of memory, with channels last as (N·L, C, 1)."""
    if like is not None and x.stride() != like.stride():
        x = torch.empty_like(like).copy_(x)
    if x.is_contiguous():
        return x.view(*x.shape[:2], x.shape[2:].numel())
    return x.movedim(1, -1).view(-1, x.shape[1], 1)


def linear(x, scale, shift, out):
    """scale · x + shift for x (N, C, L), scale and shift (C,): in whichever way is the quicker."""
    if len(x) > 4 or x.shape[2] == 1:
        return torch.addcmul(spread(shift, x), x, spread(scale, x), out=out)
    return torch.mul(x, spread(scale, x), out=out).add_(spread(shift, x))


def spread(values, x):
    """Shape (C,) as (1, C, 1), or written out as (1, C, L) where x (N, C, L) has many samples.

    It is the same to broadcasting, but vector instructions like what lies side by side.
    """
    if len(x) > 4 and x.shape[2] > 1:
        values = values.repeat_interleave(x.shape[2])
    return values.view(1, x.shape[1], -1)
