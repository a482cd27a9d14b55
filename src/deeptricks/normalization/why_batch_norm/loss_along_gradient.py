"""What the loss looks like from where an optimizer stands: measured along its own step.

Each function leaves the model as it is: parameters, buffers and gradients. All losses of one call
see the same random draws (dropout, noise), so what differs is the weights.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cosine_similarity, cross_entropy

Loss = Callable[[Tensor, Tensor], Tensor]


def loss_along_gradient(
    model: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    rates: Sequence[float],
    loss: Loss = cross_entropy,
) -> Tensor:
    """Measure the loss after one step of gradient descent, for each of several learning rates.

        losses[i] = L(θ − η_i ∇L(θ)),   all on the batch that the gradient is from

    Its range, largest minus smallest, is a measure of smoothness. Where η is small the range says
    how long the gradient is: to first order the loss falls by η ‖∇L‖².

    Parameters
    ----------
    model : nn.Module
        In the mode in which it is to be measured; left as it is.
    inputs, targets : Tensor
        One batch, with samples along the first dimension.
    rates : sequence of float
        Learning rates η, at least one.
    loss : callable, default cross-entropy
        Of outputs and targets; returns the mean over the batch.

    Returns
    -------
    Tensor
        The losses, of shape (len(rates),), in the unit of `loss`: nats for the default.

    Raises
    ------
    ValueError
        Without a rate.

    References
    ----------
    S. Santurkar et al., "How does batch normalization help optimization?", NeurIPS 2018.
    """
    parameters, gradients = _gradients(model, inputs, targets, loss)
    with torch.no_grad():
        losses = [
            _loss(model, _moved(parameters, gradients, rate), inputs, targets, loss)
            for rate in _checked(rates)
        ]
    return torch.stack(losses)


def gradient_predictiveness(
    model: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    rates: Sequence[float],
    loss: Loss = cross_entropy,
) -> Tensor:
    """Measure how far the gradient itself has turned and grown after a step of each learning rate.

        distances[i] = ‖∇L(θ) − ∇L(θ − η_i ∇L(θ))‖,   over all parameters together

    Parameters, errors and source are those of `loss_along_gradient`.

    Returns
    -------
    Tensor
        The distances, of shape (len(rates),).
    """
    parameters, before = _gradients(model, inputs, targets, loss)
    distances = []
    for rate in _checked(rates):
        moved = _moved(parameters, before, rate)
        _, after = _gradients(model, inputs, targets, loss, moved)
        distances.append(torch.cat([(after[n] - before[n]).flatten() for n in before]).norm())
    return torch.stack(distances)


def internal_covariate_shift(
    model: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    rate: float,
    loss: Loss = cross_entropy,
) -> dict[str, tuple[float, float]]:
    """Measure how much each layer's gradient changes because the layers below it have moved.

    For every weight matrix W_i: its gradient now, and its gradient after a step of size `rate` on
    all parameters that come before it in `model.named_parameters()`, with W_i and everything above
    left where they are.

        ∇L(W_1, …, W_K)   and   ∇L(W_1′, …, W_{i−1}′, W_i, …, W_K),   both with respect to W_i

    The other parameters are those of `loss_along_gradient`.

    Parameters
    ----------
    rate : float
        The learning rate of the step that the layers below take.

    Returns
    -------
    dict
        For each W, by name, (relative change, cosine): the length of the difference divided by
        that of the gradient now, and the cosine of the angle between the two. Without internal
        covariate shift these are 0 and 1.

    References
    ----------
    S. Santurkar et al., 2018, their definition of internal covariate shift (which does not divide).
    """
    parameters, before = _gradients(model, inputs, targets, loss)
    moved = _moved(parameters, before, rate)
    names, changes = list(parameters), {}
    for position, name in enumerate(names):
        if parameters[name].dim() < 2:
            continue
        shifted = {n: (moved if i < position else parameters)[n] for i, n in enumerate(names)}
        _, after = _gradients(model, inputs, targets, loss, shifted, [name])
        old, new = before[name].flatten(), after[name].flatten()
        change = (new - old).norm() / old.norm()
        changes[name] = (change.item(), cosine_similarity(new, old, dim=0).item())
    return changes


def _loss(model, parameters, inputs, targets, loss) -> Tensor:
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    devices = [inputs.device] if inputs.is_cuda else []
    with torch.random.fork_rng(devices):  # every call begins with the same random state
        return loss(functional_call(model, parameters | buffers, (inputs,)), targets)


def _gradients(model, inputs, targets, loss, at=None, names=None):
    at = dict(model.named_parameters()) if at is None else at
    parameters = {name: value.detach().requires_grad_() for name, value in at.items()}
    names = list(parameters) if names is None else names
    value = _loss(model, parameters, inputs, targets, loss)
    gradients = torch.autograd.grad(value, [parameters[name] for name in names])
    return parameters, dict(zip(names, gradients, strict=True))


def _moved(parameters, gradients, rate) -> dict[str, Tensor]:
    return {name: (value - rate * gradients[name]).detach() for name, value in parameters.items()}


def _checked(rates) -> list[float]:
    rates = [float(rate) for rate in rates]
    if not rates:
        raise ValueError("rates must hold at least one learning rate, got none")
    return rates
