"""All 2ⁿ networks that dropout on n units chooses from, and the means of what they say."""

import torch
from torch import Tensor

from deeptricks.regularization.checks import check_probability, check_whole

MOST_UNITS = 20


def all_masks(units: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """List every mask of `units` units.

    Parameters
    ----------
    units : int
        n, from 0 to 20.
    dtype : torch.dtype
        Of the masks.

    Returns
    -------
    Tensor
        Shape (2ⁿ, n): row k holds the digits of k in binary, the last unit's first.

    Raises
    ------
    ValueError
        For more than 20 units, of which there are a million masks.
    """
    check_whole(0, units=units)
    if units > MOST_UNITS:
        raise ValueError(f"units must be at most {MOST_UNITS}, got {units}")
    numbers = torch.arange(2 ** int(units))[:, None]
    return (numbers >> torch.arange(int(units)) & 1).to(dtype)


def mask_probabilities(masks: Tensor, p: float) -> Tensor:
    """Return pᵈ (1 − p)ⁿ⁻ᵈ for each mask, with d dropped units of n.

    Parameters
    ----------
    masks : Tensor
        Shape (M, n), of zeros and ones.
    p : float
        The probability of dropping a unit.

    Returns
    -------
    Tensor
        Shape (M,); over all masks they sum to 1.
    """
    check_probability(p=p)
    kept = masks.sum(1)
    return (1 - p) ** kept * p ** (masks.shape[1] - kept)


def arithmetic_mean(log_probabilities: Tensor, weights: Tensor) -> Tensor:
    """Σ_k w_k P_k: what an ensemble predicts whose members say P_k.

    Parameters
    ----------
    log_probabilities : Tensor
        ln P_k, of shape (M, …, C): M members, C classes.
    weights : Tensor
        w_k, of shape (M,), with sum 1.

    Returns
    -------
    Tensor
        Probabilities, of shape (…, C).
    """
    return torch.tensordot(weights, log_probabilities.exp(), dims=1)


def geometric_mean(log_probabilities: Tensor, weights: Tensor) -> Tensor:
    """Π_k P_k^{w_k}, divided by its sum over the classes.

    Without the division it is no distribution: its sum is below 1 wherever the members differ.

    Parameters
    ----------
    log_probabilities, weights : Tensor
        As in `arithmetic_mean`.

    Returns
    -------
    Tensor
        Probabilities, of shape (…, C).

    References
    ----------
    D. Warde-Farley, I. Goodfellow, A. Courville and Y. Bengio, An empirical analysis of dropout in
    piecewise linear networks, ICLR 2014.
    """
    return torch.softmax(torch.tensordot(weights, log_probabilities, dims=1), dim=-1)
