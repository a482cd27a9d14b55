"""Adam: a running mean of the gradients, divided by a running root mean square of them."""

from typing import Any

import torch
from torch import Tensor

from deeptricks.optimization.each_parameter import EachParameter


def adam_rule(
    gradient: Tensor,
    exp_avg: Tensor,
    exp_avg_sq: Tensor,
    step: int,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    max_exp_avg_sq: Tensor | None = None,
) -> Tensor:
    """Adam: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²; direction m̂ / (√v̂ + ε).

    Both averages start at zero and are too small at first, by known factors 1 − βᵗ:
    m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ) (Kingma & Ba 2015, §3).

    Parameters
    ----------
    gradient : Tensor
        g, left as it is.
    exp_avg, exp_avg_sq : Tensor
        m and v, changed in place.
    step : int
        t ≥ 1, the number of the step.
    betas, eps : tuple of float, float
        β₁ and β₂; ε.
    max_exp_avg_sq : Tensor, optional
        The largest v so far, changed in place: takes the place of v (AMSGrad: Reddi et al. 2018,
        Algorithm 2).

    Returns
    -------
    Tensor
        The direction.
    """
    beta1, beta2 = betas
    exp_avg.lerp_(gradient, 1 - beta1)
    exp_avg_sq.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    if max_exp_avg_sq is not None:
        exp_avg_sq = torch.maximum(max_exp_avg_sq, exp_avg_sq, out=max_exp_avg_sq)
    root = exp_avg_sq.sqrt().div_((1 - beta2**step) ** 0.5).add_(eps)
    return torch.div(exp_avg, root.mul_(1 - beta1**step), out=root)


class Adam(EachParameter, torch.optim.Adam):
    """`torch.optim.Adam`: θ ← θ − η d, with the direction d of `adam_rule`.

    Arguments, checks and state (`step`, `exp_avg`, `exp_avg_sq`, `max_exp_avg_sq`) are the
    framework's; see `EachParameter`.

    References
    ----------
    D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR 2015, Algorithm 1;
    S. J. Reddi, S. Kale and S. Kumar, On the convergence of Adam and beyond, ICLR 2018,
    Algorithm 2.
    """

    sparse = False

    def direction(self, p: Tensor, gradient: Tensor, group: dict[str, Any]) -> Tensor:
        """Return what `adam_rule` makes of the gradient."""
        names = ["exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])]
        step, (mean, square, *largest) = self.count(p), self.remembered(p, *names)
        beta1, beta2 = map(float, group["betas"])
        return adam_rule(gradient, mean, square, step, (beta1, beta2), group["eps"], *largest)


class AdamW(Adam, torch.optim.AdamW):
    """`torch.optim.AdamW`: Adam whose weight decay goes around the rule, θ ← (1 − ηλ) θ − η d.

    References
    ----------
    I. Loshchilov and F. Hutter, Decoupled weight decay regularization, ICLR 2019, Algorithm 2.
    """
