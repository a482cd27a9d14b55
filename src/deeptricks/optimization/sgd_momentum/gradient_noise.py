"""How much a mini-batch's gradient differs from the gradient."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap


def per_sample_gradients(
    model: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, targets: Tensor
) -> Tensor:
    """Return the gradient of every sample alone, one a row: (N, number of weights).

    Parameters
    ----------
    model : nn.Module
        Must treat every sample alone: no batch normalization.
    loss : callable
        loss(outputs, targets) is a mean over its samples.
    inputs, targets : Tensor
        N samples.

    Returns
    -------
    Tensor
        The entries of a row come in the order of `model.parameters()`.
    """
    weights = {name: w.detach() for name, w in model.named_parameters()}

    def one(weights, x, y):
        return loss(functional_call(model, weights, (x.unsqueeze(0),)), y.unsqueeze(0))

    gradients = vmap(grad(one), in_dims=(None, 0, 0))(weights, inputs, targets)
    return torch.cat([gradients[name].flatten(1) for name in weights], dim=1)


def minibatch_variance(gradients: Tensor, batch_size: int, replacement: bool = False) -> float:
    """Return the expected squared distance of a mini-batch's gradient from the mean of all N rows.

    With replacement it is V/B, where V is the mean squared distance of the rows from their mean;
    without, (N − B)/(N − 1) · V/B, which ends at 0 when the batch is everything.

    Raises
    ------
    ValueError
        Unless 1 ≤ batch_size (≤ N without replacement).
    """
    n = len(gradients)
    if batch_size < 1 or not (replacement or batch_size <= n):
        raise ValueError(f"batch_size must be 1 … {n}, got {batch_size}")
    spread = (gradients - gradients.mean(dim=0)).square().sum(dim=1).mean()
    finite = 1.0 if replacement or n == 1 else (n - batch_size) / (n - 1)
    return float(spread * finite / batch_size)


def noise_scale(gradients: Tensor) -> float:
    """Return the batch size at which noise and gradient are of equal length: V / ‖mean gradient‖².

    Far below it a batch points mostly at random, far above it tells hardly more than a smaller one.

    References
    ----------
    S. McCandlish, J. Kaplan, D. Amodei and others, An empirical model of large-batch
    training, arXiv:1812.06162, 2018, equation 2.9 (the "simple" noise scale).
    """
    return minibatch_variance(gradients, 1) / float(gradients.mean(dim=0).square().sum())
