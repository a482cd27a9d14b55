"""Constraints by projection: after each step, back to the nearest weights that are allowed."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from deeptricks.regularization.checks import check_positive

Projection = Callable[[Tensor], Tensor]


def max_norm(weight: Tensor, limit: float) -> Tensor:
    r"""Shorten the weight vector of each unit to at most `limit`; shorter ones stay.

    w_u ← w_u · min(1, c / ‖w_u‖): the nearest weights under which no unit is longer than c.

    Parameters
    ----------
    weight : Tensor
        (units, …): a unit's incoming weights are what stands behind its first index, as in
        `nn.Linear` and `nn.Conv2d`.
    limit : float
        c.

    Returns
    -------
    Tensor
        Of the shape of `weight`.

    Raises
    ------
    ValueError
        For a limit that is not above 0.

    References
    ----------
    N. Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting,
    Journal of Machine Learning Research, 2014.
    """
    check_positive(limit=limit)
    lengths = weight.flatten(1).norm(dim=1).view(-1, *[1] * (weight.dim() - 1))
    return weight * shrinkage(lengths, limit)


def frobenius_ball(weight: Tensor, limit: float) -> Tensor:
    """Shorten the whole of `weight`, of any shape, to at most `limit`: W · min(1, c / ‖W‖).

    Raises ValueError for a limit that is not above 0.
    """
    check_positive(limit=limit)
    return weight * shrinkage(weight.norm(), limit)


def shrinkage(length: Tensor, limit: float) -> Tensor:
    """Return min(1, c / length); of nothing, 1."""
    return torch.where(length > limit, limit / length, 1.0)


def binary(weight: Tensor) -> Tensor:
    r"""Return the nearest tensor of two values ±a: a = mean |w|, with the signs of `weight`.

    A weight of exactly zero becomes +a.

    References
    ----------
    M. Rastegari, V. Ordonez, J. Redmon and A. Farhadi, XNOR-Net: ImageNet classification using
    binary convolutional neural networks, ECCV 2016 (there a scale for each filter).
    """
    scale = weight.abs().mean()
    return torch.where(weight >= 0, scale, -scale)


class Constraint:
    r"""Make any optimizer keep to a set: ``Constraint(optimizer, projection, weights)``.

    The weights are projected at once and after each step, w ← P(w − η d), by a hook on the
    optimizer, whose rule stays what it was.

    With `latent`, the optimizer moves weights that nobody else sees, u ← u − η d, and the network
    uses w = P(u), where its gradients are taken too. A set of separate points (binary weights)
    needs it: there a small step from one point is projected back to that point, and nothing is
    ever learned. The latent weights lie in the optimizer's state, and so in its checkpoints.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Of any kind.
    projection : callable
        Maps a tensor to one of the same shape, as `max_norm` with its limit filled in.
    weights : iterable of Tensor
        Which of the optimizer's parameters.
    latent : bool
        Whether to keep weights behind the weights.

    Raises
    ------
    ValueError
        If there are no weights, or one that the optimizer does not move; later, with `latent`, for
        a step with a closure.

    References
    ----------
    M. Courbariaux, Y. Bengio and J.-P. David, BinaryConnect: training deep neural networks with
    binary weights during propagations, NeurIPS 2015 (the latent weights).
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        projection: Projection,
        weights: Iterable[Tensor],
        latent: bool = False,
    ) -> None:
        self.weights = list(weights)
        moved = {id(w) for group in optimizer.param_groups for w in group["params"]}
        if not self.weights or any(id(w) not in moved for w in self.weights):
            raise ValueError("weights must be at least one of the parameters of the optimizer")
        self.optimizer, self.projection = optimizer, projection
        self.start = {w: w.detach().clone() for w in self.weights} if latent else {}
        self.hooks = [optimizer.register_step_post_hook(self.project)]
        if latent:
            self.hooks.append(optimizer.register_step_pre_hook(self.bring_back))
        with torch.no_grad():
            for w in self.weights:
                w.copy_(projection(w))

    @torch.no_grad()
    def bring_back(self, _: Any, args: tuple, options: dict[str, Any]) -> None:
        """Before a step: put the latent weights where the optimizer looks for its parameters."""
        if any(callable(closure) for closure in (*args[1:], *options.values())):
            raise ValueError("a closure would take its gradients at the latent weights")
        for w in self.weights:
            w.copy_(self.latent(w))

    @torch.no_grad()
    def project(self, *_: Any) -> None:
        """After a step: keep what the optimizer made of the weights, and project them."""
        for w in self.weights:
            if self.start and w.grad is not None:
                self.optimizer.state[w]["latent"] = w.clone()
            w.copy_(self.projection(w))

    def latent(self, w: Tensor) -> Tensor:
        """Return the weights behind `w`, those at the start if there was no step yet."""
        return self.optimizer.state[w].get("latent", self.start[w])

    def remove(self) -> None:
        """Let the optimizer go on unconstrained; the weights stay where they are."""
        for hook in self.hooks:
            hook.remove()
