"""What an ensemble gains on its mean member, exactly: how far the members are from their mean."""

from typing import NamedTuple

import torch
from torch import Tensor

from deeptricks.regularization.ensembles.ensemble import geometric_mean


class Ambiguity(NamedTuple):
    """Three numbers, each computed for itself, of which the first is the sum of the others.

    Attributes
    ----------
    members : Tensor
        Mean loss of the members.
    ensemble : Tensor
        Loss of their mean.
    ambiguity : Tensor
        Mean distance of the members from their mean; never negative, and computed without targets.
    """

    members: Tensor
    ensemble: Tensor
    ambiguity: Tensor


def log_ambiguity(log_p: Tensor, targets: Tensor) -> Ambiguity:
    """Mean cross entropy of K members = that of their geometric mean g + (1/K) Σₖ KL(g ‖ pₖ).

    Parameters
    ----------
    log_p : Tensor
        Log-probabilities (K, N, C), as of `Ensemble.member_log_probabilities`.
    targets : Tensor
        Class labels (N,) int64.

    Returns
    -------
    Ambiguity
        In nats, means over the N samples.

    Raises
    ------
    ValueError
        On shapes that do not fit.

    References
    ----------
    T. Heskes, Selecting weighting factors in logarithmic opinion pools, NIPS 1997.
    """
    check_targets(log_p, targets, log_p.shape[1:2], dims=3)
    log_g = geometric_mean(log_p)
    terms = log_g.exp() * (log_g - log_p)
    divergence = terms.where(log_g > -torch.inf, 0.0).sum(dim=-1)  # (K, N); 0 log 0 is 0
    own = targets[:, None]
    members = -log_p.gather(2, own.expand(len(log_p), -1, -1)).mean()
    return Ambiguity(members, -log_g.gather(1, own).mean(), divergence.mean())


def squared_ambiguity(outputs: Tensor, targets: Tensor) -> Ambiguity:
    """Mean squared error of K members = that of their mean f̄ + (1/K) Σₖ (fₖ − f̄)².

    Parameters
    ----------
    outputs : Tensor
        Answers (K, N, …) of K regressions.
    targets : Tensor
        (N, …).

    Returns
    -------
    Ambiguity
        In squared units of the targets, means over all their entries.

    Raises
    ------
    ValueError
        On shapes that do not fit.

    References
    ----------
    A. Krogh and J. Vedelsby, Neural network ensembles, cross validation, and active learning,
    NIPS 1994.
    """
    check_targets(outputs, targets, outputs.shape[1:], dims=2)
    mean = outputs.mean(dim=0)
    return Ambiguity(
        (outputs - targets).square().mean(),
        (mean - targets).square().mean(),
        (outputs - mean).square().mean(),
    )


def disagreement(log_p: Tensor) -> Tensor:
    """Share of samples on which two members, on average over all pairs, answer differently.

    Parameters
    ----------
    log_p : Tensor
        Logits or log-probabilities (K, N, C) of K ≥ 2 members.

    Returns
    -------
    Tensor
        A number in [0, 1].

    Raises
    ------
    ValueError
        For fewer than two members, which have no pair.
    """
    if log_p.dim() != 3 or len(log_p) < 2:
        raise ValueError(f"log_p must be (K, N, C) with K at least 2, got {tuple(log_p.shape)}")
    many, answers = len(log_p), log_p.argmax(dim=2)
    same = (answers[:, None] == answers[None]).to(log_p.dtype).mean(dim=2)  # (K, K), diagonal 1
    return 1 - (same.sum() - many) / (many * (many - 1))


def check_targets(answers: Tensor, targets: Tensor, shape: torch.Size, dims: int) -> None:
    """Raise ValueError unless there are members' answers, and targets of the given shape."""
    if answers.dim() < dims or len(answers) == 0:
        raise ValueError(f"answers must have members along axis 0, got {tuple(answers.shape)}")
    if targets.shape != shape:
        raise ValueError(f"targets must be of shape {tuple(shape)}, got {tuple(targets.shape)}")
