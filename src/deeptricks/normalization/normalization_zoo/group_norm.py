"""Group normalization: each sample by groups of its channels."""

from torch import Tensor, nn

from deeptricks.normalization.checks import (
    at_least_single,
    check_channels,
    check_types,
    scale_and_shift,
    type_of_output,
)
from deeptricks.normalization.fast import normalized_rows


class GroupNorm(nn.GroupNorm):
    """y = γ x̂ + β, where x̂ has mean 0 and variance 1 over a group of channels of one sample.

    A `torch.nn.GroupNorm`, with arithmetic of our own.

    Parameters
    ----------
    num_groups : int
        How many groups of neighboring channels; 1 takes all channels of a sample together,
        `num_channels` takes each alone, as instance normalization does.
    num_channels : int
        C, a multiple of `num_groups`.
    eps : float, default 1e-5
        Added to the variance, in squared units of the input.
    affine, bias : bool, default True
        Learn γ (`weight`) and β (`bias`), one of each a channel.
    device, dtype
        Of γ and β: that of the input, or float32 beside half precision.

    References
    ----------
    Y. Wu, K. He, "Group normalization", ECCV 2018, eq. 7.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalize (N, C, …).

        Raises
        ------
        ValueError
            All of the batch is one value a group.
        RuntimeError
            Fewer than two dimensions, another number of channels, or integers.
        """
        check_types(input, self.weight, self.bias)
        if input.dim() < 2:
            raise RuntimeError(f"input must have at least 2 dimensions, got {tuple(input.shape)}")
        check_channels(input, self.weight, self.bias)
        if input.numel() == self.num_groups and len(input) == 1:
            raise ValueError(f"expected more than 1 value per group, got {tuple(input.shape)}")
        groups = at_least_single(input).unflatten(1, (self.num_groups, -1))  # (N, G, C/G, …)
        axes = tuple(range(2, groups.dim()))
        per_channel = (self.num_groups, -1, *[1] * (input.dim() - 2))
        weight, bias = scale_and_shift(self, groups, per_channel)
        y = normalized_rows(groups, weight, bias, axes, self.eps)  # γ x̂ + β
        return y.flatten(1, 2).to(type_of_output(input))
