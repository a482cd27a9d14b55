"""Group normalization: each sample by groups of its channels."""

import math

import torch
from torch import nn

from deeptricks.normalization.layer_norm import check_floating_point, gradients
from deeptricks.normalization.precision import at_least_single


class GroupNorm(nn.Module):
    """y = γ x̂ + β, where x̂ has mean 0 and variance 1 over a group of channels of one sample.

    Drop-in for `torch.nn.GroupNorm`: same arguments, parameters and state.

    num_groups: how many groups of neighbouring channels; 1 takes all channels of a sample
        together, num_channels takes each alone, as instance normalization does.
    affine: learn γ (`weight`) and, with `bias`, β (`bias`), one of each a channel.

    Maps (N, C, …) to the same shape. Raises ValueError where num_groups does not divide
    num_channels, or where a whole batch has one value a group; ZeroDivisionError for no group at
    all; RuntimeError for integers, fewer than two dimensions or another number of channels.

    Source: Y. Wu, K. He, "Group normalization", ECCV 2018, eq. 7.
    """

    def __init__(
        self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True
    ):
        super().__init__()
        if num_groups == 0:
            raise ZeroDivisionError("num_groups must be at least 1, got 0")
        if num_channels % num_groups != 0:
            raise ValueError(
                f"num_groups must divide num_channels={num_channels}, got {num_groups}"
            )
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        learned = {"weight": affine, "bias": affine and bias}
        for name in learned:
            values = torch.empty(num_channels, device=device, dtype=dtype)
            self.register_parameter(name, nn.Parameter(values) if learned[name] else None)
        self.reset_parameters()

    def reset_parameters(self):
        """γ to 1 and β to 0."""
        if self.weight is not None:
            nn.init.ones_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, input):
        """Normalize `input` (N, C, …)."""
        self._check(input)
        return normalize_groups(input, self.num_groups, self.weight, self.bias, self.eps)

    def _check(self, input):
        check_floating_point(input)
        if input.dim() < 2:
            raise RuntimeError(f"input must have at least 2 dimensions, got {list(input.shape)}")
        samples, channels = input.shape[:2]
        if channels != self.num_channels:
            raise RuntimeError(
                f"input must have num_channels={self.num_channels} channels in dimension 1, "
                f"got an input of shape {list(input.shape)}"
            )
        if samples and input.numel() == self.num_groups:
            raise ValueError(
                f"input must hold more than 1 value for num_groups={self.num_groups} groups, "
                f"got shape {list(input.shape)}"
            )

    def extra_repr(self):
        """What `print` shows, in the framework's words."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


def normalize_groups(input, num_groups, weight, bias, eps):
    """γ x̂ + β of `input` (N, C, …), statistics over each of `num_groups` groups of channels."""
    x = at_least_single(input).reshape(*input.shape[:2], math.prod(input.shape[2:])).contiguous()
    y = NormalizeGroups.apply(x, weight, bias, num_groups, eps)
    return y.view(input.shape).to(input.dtype)


class NormalizeGroups(torch.autograd.Function):
    """y = γ x̂ + β of x (N, C, S) over groups of channels, with the gradient written out.

    The gradient is that of `NormalizeRows`, a row being a group. But γ and β are constant over
    the S positions of a channel, so that two sums a channel, Σ g and Σ g x̂, say it all:

        ∂L/∂β = Σ g,   ∂L/∂γ = Σ g x̂   (over samples too),
        ∂L/∂x = (γ g − mean(γ g) − x̂ · mean(γ g x̂)) / √(variance + ε),   means over the group.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, num_groups, eps):
        samples, channels, positions = x.shape
        groups = x.view(samples * num_groups, channels // num_groups * positions)  # (N G, K)
        mean = groups.mean(1, keepdim=True)
        y = groups - mean
        variance = torch.linalg.vector_norm(y, dim=1, keepdim=True).square_() / y.shape[1]
        inverse_deviation = (variance + eps).rsqrt_()
        y *= inverse_deviation
        ctx.save_for_backward(x, mean, inverse_deviation, weight, bias)
        ctx.options = num_groups, eps
        y = y.view_as(x)
        if weight is not None:
            y.mul_(weight.to(y.dtype).view(-1, 1))
        return y if bias is None else y.add_(bias.to(y.dtype).view(-1, 1))

    @staticmethod
    def backward(ctx, g):
        x, mean, inverse_deviation, weight, bias = ctx.saved_tensors
        if torch.is_grad_enabled():  # a second derivative is wanted: differentiate the formula
            return *gradients(plain, g, x, weight, bias, *ctx.options), None, None
        (samples, channels, positions), num_groups = x.shape, ctx.options[0]
        g, K = g.to(x.dtype), channels // num_groups * positions
        by_group = (samples, num_groups, channels // num_groups)
        gamma = x.new_ones(channels) if weight is None else weight.to(x.dtype)
        groups = x.view(samples * num_groups, K)

        buffer = (groups - mean).mul_(inverse_deviation).view_as(x)  # x̂
        along = buffer.mul_(g).sum(2)  # Σ g x̂ for each sample and channel
        total = g.sum(2)  # Σ g
        mean_h = (total * gamma).view(by_group).sum(2).view(-1, 1) / K
        mean_h_x_hat = (along * gamma).view(by_group).sum(2).view(-1, 1) / K

        slope = -inverse_deviation.square() * mean_h_x_hat
        offset = -inverse_deviation * mean_h - slope * mean
        dx = torch.mul(groups, slope, out=buffer.view_as(groups)).add_(offset).view_as(x)
        scale = inverse_deviation.view(samples, num_groups, 1) * gamma.view(by_group[1:])
        dx.addcmul_(g, scale.view(samples, channels, 1))
        weight_gradient = None if weight is None else along.sum(0).to(weight.dtype)
        bias_gradient = None if bias is None else total.sum(0).to(bias.dtype)
        return dx, weight_gradient, bias_gradient, None, None


def plain(x, weight, bias, num_groups, eps):
    """The same in one formula, for autograd."""
    samples, channels, positions = x.shape
    groups = x.view(samples, num_groups, channels // num_groups * positions)
    variance, mean = torch.var_mean(groups, 2, correction=0, keepdim=True)
    y = ((groups - mean) * torch.rsqrt(variance + eps)).view_as(x)
    y = y if weight is None else y * weight.view(-1, 1)
    return y if bias is None else y + bias.view(-1, 1)
