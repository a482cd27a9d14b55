"""Dropout left on when the network answers: the mean of many noisy passes."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from deeptricks.regularization.checks import check_whole
from deeptricks.regularization.dropout.drop_connect import DropConnect


@contextmanager
def noise_on(model: nn.Module) -> Iterator[nn.Module]:
    """Within the block dropout is in training mode, everything else in evaluation mode.

    ``model.train()`` would not do: batch norm would normalize with the batch it sees, and move
    its running averages. Every module is in its former mode afterwards.
    """
    modes = [(module, module.training) for module in model.modules()]
    try:
        for module, _ in modes:
            module.training = isinstance(module, _DropoutNd | DropConnect)
        yield model
    finally:
        for module, mode in modes:
            module.training = mode


@torch.no_grad()
def monte_carlo(model: nn.Module, inputs: Tensor, passes: int = 50) -> Tensor:
    """Average the softmax of `passes` passes, each with masks of its own.

    Parameters
    ----------
    model : nn.Module
        Maps inputs (N, …) to logits (N, C).
    inputs : Tensor
        Of N samples.
    passes : int
        How many.

    Returns
    -------
    Tensor
        Probabilities (N, C).

    References
    ----------
    N. Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, JMLR
    15, 2014; Y. Gal and Z. Ghahramani, Dropout as a Bayesian approximation, ICML 2016.
    """
    check_whole(1, passes=passes)
    with noise_on(model):
        total = sum(torch.softmax(model(inputs), dim=-1) for _ in range(int(passes)))
    return total / passes
