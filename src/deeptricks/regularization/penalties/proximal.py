"""The L1 penalty by proximal steps: down the loss, then toward zero, and stop there."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from deeptricks.regularization.checks import check_at_least_zero


def soft_threshold(w: Tensor, threshold: float | Tensor) -> Tensor:
    r"""Move each entry toward zero by `threshold`, and no farther than zero.

    S(w) = sign(w) max(|w| − t, 0) is the u that minimizes ½ (u − w)² + t |u|: the proximal map of
    t |·|. Entries within t of zero become zero, exactly.

    Parameters
    ----------
    w : Tensor
        Of any shape; a complex entry keeps its angle.
    threshold : float or Tensor
        t ≥ 0, in the units of `w`; a tensor must broadcast against it.

    Returns
    -------
    Tensor
        Of the shape of `w`. Differentiable: the slope is 1 where an entry stays, 0 where not.

    Raises
    ------
    ValueError
        For a number that is negative or not finite.

    References
    ----------
    N. Parikh and S. Boyd, Proximal algorithms, Foundations and Trends in Optimization, 2014.
    """
    if not isinstance(threshold, Tensor):
        check_at_least_zero(threshold=threshold)
    return w.sgn() * (w.abs() - threshold).clamp(min=0)


def l1_residual(w: Tensor, gradient: Tensor, l1: float) -> Tensor:
    r"""How far each weight is from the optimum of loss + λ‖w‖₁; zero there, and only there.

    |g + λ sign(w)| where w ≠ 0, and max(|g| − λ, 0) where w = 0: at zero the penalty can hold
    against any slope of the loss up to λ.

    Parameters
    ----------
    w, gradient : Tensor
        Weights and the gradient g of the loss alone, of one shape.
    l1 : float
        λ.

    Returns
    -------
    Tensor
        Of the shape of `w`, in the units of the gradient.
    """
    check_at_least_zero(l1=l1)
    return torch.where(w == 0, (gradient.abs() - l1).clamp(min=0), (gradient + l1 * w.sgn()).abs())


class ProximalSGD(torch.optim.SGD):
    r"""`torch.optim.SGD` for the loss plus λ‖w‖₁: its step, and then `soft_threshold`.

    w ← S(w − η d), with SGD's direction d and the threshold t = ηλ (1 − τ)/(1 − β). Without
    momentum that is t = ηλ. Under a constant gradient g, SGD's memory of momentum β and dampening
    τ grows to (1 − τ)/(1 − β) times g; the penalty has to pull as much harder, or the run ends at
    the optimum of a smaller λ.

    Arguments, checks and state (`momentum_buffer`) are the framework's, with `l1` beside them; its
    checkpoints load. With `weight_decay` the penalty is an elastic net. `foreach` and `fused`
    choose among implementations with one result: they are accepted and ignored.

    Parameters
    ----------
    params, lr, *args, **options
        As of `torch.optim.SGD`.
    l1 : float
        λ; a parameter group may bring its own: ``{"params": biases, "l1": 0}``.

    Raises
    ------
    ValueError
        For an `l1` that is negative or not finite.

    References
    ----------
    J. Duchi and Y. Singer, Efficient online and batch learning using forward backward splitting,
    Journal of Machine Learning Research, 2009.
    """

    # A GradScaler would leave it to a fused kernel to skip steps that overflow: there is none.
    _step_supports_amp_scaling = property(lambda self: False, lambda self, value: None)

    def __init__(
        self, params: Any, lr: float = 1e-3, *args: Any, l1: float = 0.0, **options: Any
    ) -> None:
        check_at_least_zero(l1=l1)
        super().__init__(params, lr, *args, **options)
        self.defaults["l1"] = l1
        for group in self.param_groups:
            check_at_least_zero(l1=group.setdefault("l1", l1))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group as in the framework; its `l1` is checked."""
        check_at_least_zero(l1=param_group.get("l1", 0.0))
        super().add_param_group(param_group)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Load; a checkpoint of plain SGD has no `l1`, and each group keeps the one it has."""
        present = [group.get("l1") for group in self.__dict__.get("param_groups", [])]
        super().__setstate__(state)
        for group, l1 in zip(self.param_groups, present, strict=False):
            group.setdefault("l1", l1)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, optional
            Clears the gradients, computes the loss (without the penalty) and its gradients,
            returns the loss.

        Returns
        -------
        object
            What `closure` returns, None without one.

        Raises
        ------
        ValueError
            If a group asks for `differentiable`: not in a plain loop.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            if group["differentiable"]:
                raise ValueError("differentiable must be False here")
            lr = float(group["lr"])
            gain = (1 - group["dampening"]) / (1 - group["momentum"]) if group["momentum"] else 1.0
            for w in group["params"]:
                if w.grad is not None:
                    moved = w - lr * self.direction(w, group)
                    w.copy_(soft_threshold(moved, lr * group["l1"] * gain))
        return loss

    def direction(self, w: Tensor, group: dict[str, Any]) -> Tensor:
        """Return SGD's d: the gradient, or with momentum m ← β m + (1 − τ) g, or g + β m."""
        gradient = w.grad.to_dense() if w.grad.is_sparse else w.grad
        if group["maximize"]:
            gradient = -gradient
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * w
        momentum = group["momentum"]
        if not momentum:
            return gradient
        state = self.state[w]
        if state.get("momentum_buffer") is None:
            state["momentum_buffer"] = gradient.clone()  # the first gradient enters undamped
        else:
            state["momentum_buffer"].mul_(momentum).add_(gradient, alpha=1 - group["dampening"])
        memory = state["momentum_buffer"]
        return gradient + momentum * memory if group["nesterov"] else memory
