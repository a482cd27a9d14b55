"""RMSprop: divide each gradient by the root mean square of its recent ones."""

from typing import Any

import torch
from torch import Tensor

from deeptricks.optimization.each_parameter import EachParameter


def rmsprop_rule(
    gradient: Tensor,
    square_avg: Tensor,
    alpha: float = 0.99,
    eps: float = 1e-8,
    grad_avg: Tensor | None = None,
) -> Tensor:
    """Compute v ← α v + (1 − α) g²; the direction is g / (√v + ε).

    v is the mean square of the last gradients, about 1 / (1 − α) of them; or with `grad_avg`
    their variance, the mean square minus the squared mean (Graves 2013, equations 38 to 40, who
    has ε inside of the root). The averages start at 0 and, unlike Adam's, are not corrected for
    it: the first step is 1 / √(1 − α) times as long as a later one, tenfold for α = 0.99.

    Parameters
    ----------
    gradient : Tensor
        g, left as it is.
    square_avg : Tensor
        v, changed in place.
    alpha, eps : float
        α and ε.
    grad_avg : Tensor, optional
        Running mean of g, changed in place.

    Returns
    -------
    Tensor
        The direction.
    """
    square_avg.mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)
    variance = square_avg
    if grad_avg is not None:
        grad_avg.lerp_(gradient, 1 - alpha)
        variance = square_avg.addcmul(grad_avg, grad_avg, value=-1)
    return gradient / variance.sqrt().add_(eps)


class RMSprop(EachParameter, torch.optim.RMSprop):
    """`torch.optim.RMSprop`: θ ← θ − η d, with the direction d of `rmsprop_rule`, or momentum.

    With `momentum` β a sum of directions, m ← β m + d, takes the place of d. With `centered` the
    gradient is divided by a standard deviation: where gradients no longer change it is 0 up to
    rounding, and rounding may make it the root of a negative number. Arguments, checks and state
    (`step`, `square_avg`, `momentum_buffer`, `grad_avg`) are the framework's; see `EachParameter`.

    References
    ----------
    G. Hinton, N. Srivastava and K. Swersky, Neural networks for machine learning, lecture 6e,
    2012; `centered`: A. Graves, Generating sequences with recurrent neural networks, 2013, §4.2.
    """

    sparse = False

    def direction(self, p: Tensor, gradient: Tensor, group: dict[str, Any]) -> Tensor:
        """Return what `rmsprop_rule` makes of the gradient, or its sum over the steps."""
        self.count(p)
        (square_avg,) = self.remembered(p, "square_avg")
        grad_avg = self.remembered(p, "grad_avg")[0] if group["centered"] else None
        scaled = rmsprop_rule(gradient, square_avg, group["alpha"], group["eps"], grad_avg)
        if not group["momentum"]:
            return scaled
        (buffer,) = self.remembered(p, "momentum_buffer")
        return buffer.mul_(group["momentum"]).add_(scaled)
