"""RMSprop: divide each gradient by the root mean square of its recent ones."""

import torch
from torch import Tensor

from deeptricks.optimization.checks import check_at_least_zero, check_ways_of_running
from deeptricks.optimization.elementwise import Elementwise


def rmsprop_rule(
    gradient: Tensor,
    square_avg: Tensor,
    alpha: float = 0.99,
    eps: float = 1e-8,
    grad_avg: Tensor | None = None,
) -> Tensor:
    """The direction g / (√v + ε); the running averages are changed in place.

    v is the mean square of the last gradients, about 1 / (1 − α) of them; or with `grad_avg`
    their variance, the mean square minus the squared mean (Graves 2013, equations 38 to 40, who
    has ε inside of the root). The averages start at 0 and, unlike Adam's, are not corrected for
    it: the first step is 1 / √(1 − α) times as long as a later one, tenfold for α = 0.99.
    """
    square_avg.mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)  # v ← α v + (1 − α) g²
    if grad_avg is None:
        root = square_avg.sqrt()
    else:
        grad_avg.lerp_(gradient, 1 - alpha)
        root = square_avg.addcmul(grad_avg, grad_avg, value=-1).sqrt_()
    return torch.div(gradient, root.add_(eps), out=root)


class RMSprop(Elementwise):
    """`torch.optim.RMSprop`: θ ← θ − η d, with the direction d of `rmsprop_rule`, or momentum.

    Args:
        params, lr: as of every optimizer of the framework; parameters, or groups of them.
        alpha: how much of the average stays at each step.
        eps: added to the root, outside of it.
        weight_decay: λ of an L2 penalty ½λ‖θ‖², whose gradient λθ joins the loss's and is scaled
            with it.
        momentum: β of a sum of directions, m ← β m + d, which takes the place of d.
        centered: divide by the standard deviation of the gradients. Where they no longer change
            it is 0 up to rounding, and rounding may make it the root of a negative number.
        maximize: climb instead.
        foreach: ignored, see `checks.check_ways_of_running`.

    State of a parameter: `step` and `square_avg`, with `momentum` also `momentum_buffer`, with
    `centered` also `grad_avg`. Raises ValueError for arguments out of range, RuntimeError on
    sparse gradients.

    Source: G. Hinton, N. Srivastava and K. Swersky, Neural networks for machine learning,
    lecture 6e, 2012; `centered`: A. Graves, Generating sequences with recurrent neural networks,
    2013, §4.2.
    """

    sparse = False

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        check_at_least_zero(
            lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha
        )
        check_ways_of_running(
            foreach=foreach, fused=None, capturable=capturable, differentiable=differentiable
        )
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def averages(self, group):
        names = {"square_avg": True, "momentum_buffer": group["momentum"] > 0}
        names["grad_avg"] = group["centered"]
        return tuple(name for name, kept in names.items() if kept)

    def direction(self, gradient, memory, group):
        averages = memory["square_avg"], group["alpha"], group["eps"], memory.get("grad_avg")
        scaled = rmsprop_rule(gradient, *averages)
        if not group["momentum"]:
            return scaled
        return memory["momentum_buffer"].mul_(group["momentum"]).add_(scaled)
