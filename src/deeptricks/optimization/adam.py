"""Adam: a running mean of the gradients, divided by a running root mean square of them."""

import torch
from torch import Tensor

from deeptricks.optimization.checks import (
    check_at_least_zero,
    check_below_one,
    check_ways_of_running,
)
from deeptricks.optimization.elementwise import Elementwise


def adam_rule(
    gradient: Tensor,
    exp_avg: Tensor,
    exp_avg_sq: Tensor,
    step: int,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    max_exp_avg_sq: Tensor | None = None,
) -> Tensor:
    """The direction m̂ / (√v̂ + ε) of step number `step` ≥ 1; the averages are changed in place.

    Both averages start at zero and are too small at first, by factors 1 − βᵗ that are known
    (Kingma & Ba 2015, §3). With `max_exp_avg_sq` the largest v so far takes the place of v
    (AMSGrad: Reddi et al. 2018, Algorithm 2).
    """
    beta1, beta2 = betas
    exp_avg.lerp_(gradient, 1 - beta1)  # m ← β₁ m + (1 − β₁) g
    exp_avg_sq.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    if max_exp_avg_sq is not None:
        exp_avg_sq = torch.maximum(max_exp_avg_sq, exp_avg_sq, out=max_exp_avg_sq)
    root = exp_avg_sq.sqrt().div_((1 - beta2**step) ** 0.5).add_(eps)
    return torch.div(exp_avg, root.mul_(1 - beta1**step), out=root)


class Adam(Elementwise):
    """`torch.optim.Adam`: θ ← θ − η d, with the direction d of `adam_rule`.

    Args:
        params, lr: as of every optimizer of the framework; parameters, or groups of them.
        betas: how much of the two averages stays at each step.
        eps: added to the root, outside of it.
        weight_decay: λ of an L2 penalty ½λ‖θ‖², whose gradient λθ joins the loss's and is scaled
            with it; with `decoupled_weight_decay` the weights are multiplied by 1 − ηλ instead.
        amsgrad: divide by the largest v so far.
        maximize: climb instead.
        foreach, fused: ignored, see `checks.check_ways_of_running`.

    State of a parameter: `step`, `exp_avg`, `exp_avg_sq`, with `amsgrad` also `max_exp_avg_sq`.
    Raises ValueError for arguments out of range, RuntimeError on sparse gradients.

    Source: D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR 2015,
    Algorithm 1; S. J. Reddi, S. Kale and S. Kumar, On the convergence of Adam and beyond, ICLR
    2018, Algorithm 2.
    """

    sparse = False

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ):
        check_at_least_zero(lr=lr, eps=eps, weight_decay=weight_decay)
        check_below_one(**{f"betas[{i}]": beta for i, beta in enumerate(betas)})
        if not any(all(isinstance(beta, kind) for beta in betas) for kind in (float, Tensor)):
            raise ValueError(f"betas must be two floats or two tensors, got {betas}")
        check_ways_of_running(
            foreach=foreach, fused=fused, capturable=capturable, differentiable=differentiable
        )
        defaults = {
            "lr": lr,
            "betas": tuple(map(float, betas)),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def averages(self, group):
        return ("exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else []))

    def decoupled(self, group):
        return group["decoupled_weight_decay"]

    def direction(self, gradient, memory, group):
        memory = {name: value for name, value in memory.items() if name != "fresh"}
        return adam_rule(gradient, **memory, betas=group["betas"], eps=group["eps"])


class AdamW(Adam):
    """`torch.optim.AdamW`: Adam whose weight decay goes around the rule, θ ← (1 − ηλ) θ − η d.

    Arguments, state and errors are those of `Adam`; `weight_decay` is 0.01 unless said.

    Source: I. Loshchilov and F. Hutter, Decoupled weight decay regularization, ICLR 2019,
    Algorithm 2.
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            foreach=foreach,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:  # also with the state of an Adam
            group["decoupled_weight_decay"] = True
