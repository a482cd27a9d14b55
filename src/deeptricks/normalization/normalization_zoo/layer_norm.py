"""Layer normalization: each sample by its own mean and variance, whatever else is in the batch."""

from torch import Tensor, nn

from deeptricks.normalization.checks import (
    at_least_single,
    check_last_dimensions,
    check_types,
    scale_and_shift,
    type_of_output,
)
from deeptricks.normalization.fast import normalized_rows


class LayerNorm(nn.LayerNorm):
    """y = γ ⊙ x̂ + β, where x̂ has mean 0 and variance 1 over each sample's last dimensions.

    A `torch.nn.LayerNorm`, with arithmetic of our own. Nothing is remembered between batches, so
    training and evaluation are one.

    Parameters
    ----------
    normalized_shape : int or ints
        The sizes of the last dimensions, which share their statistics.
    eps : float, default 1e-5
        Added to the variance, in squared units of the input.
    elementwise_affine, bias : bool, default True
        Learn γ (`weight`) and β (`bias`), both of that shape.
    device, dtype
        Of γ and β: that of the input, or float32 beside half precision.

    References
    ----------
    J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer normalization", arXiv:1607.06450, 2016, eq. 3 and 4.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalize (…, *normalized_shape)."""
        check_types(input, self.weight, self.bias)
        check_last_dimensions(input, self.normalized_shape)
        x, axes = at_least_single(input), tuple(range(-len(self.normalized_shape), 0))
        weight, bias = scale_and_shift(self, x, self.normalized_shape)
        y = normalized_rows(x, weight, bias, axes, self.eps)  # γ x̂ + β
        return y.to(type_of_output(input))
