"""Bootstrap samples: each member learns from N rows drawn with replacement; some it never sees."""

import torch
from torch import Tensor

from deeptricks.regularization.checks import check_generator, check_whole


def bootstrap(n: int, generator: torch.Generator | None = None, size: int | None = None) -> Tensor:
    """Draw rows of N with replacement, each equally likely.

    Of N draws from N, a part 1 − (1 − 1/N)^N of the rows is expected to come up at all: 63.2 %
    of many.

    Parameters
    ----------
    n : int
        How many rows there are.
    generator : torch.Generator, optional
        Where the chance comes from (default: the global generator).
    size : int, optional
        How many are drawn (default: n).

    Returns
    -------
    Tensor
        Row numbers (size,) int64, in the order of the draws.

    Raises
    ------
    TypeError
        For a generator that is none.
    ValueError
        Unless n is a whole number of at least 1, and size one of at least 0.

    References
    ----------
    L. Breiman, Bagging predictors, Machine Learning 24, 1996.
    """
    size = n if size is None else size
    check_whole(1, n=n)
    check_whole(0, size=size)
    check_generator(generator)
    device = "cpu" if generator is None else generator.device
    return torch.randint(int(n), (int(size),), generator=generator, device=device)


def out_of_bag(rows: Tensor, n: int) -> Tensor:
    """Return the rows of N that were not drawn, ascending: data that this member never saw.

    Parameters
    ----------
    rows : Tensor
        Row numbers (size,), as `bootstrap` returns them.
    n : int
        How many rows there are.

    Returns
    -------
    Tensor
        Row numbers, int64.
    """
    left = torch.ones(n, dtype=torch.bool, device=rows.device)
    left[rows] = False
    return left.nonzero().flatten()


def out_of_bag_answers(log_p: Tensor, drawn: Tensor) -> Tensor:
    """Answer each training sample by the members that never saw it: a validation set for nothing.

    Parameters
    ----------
    log_p : Tensor
        Log-probabilities (K, N, C) of K members on the N samples from which they were drawn.
    drawn : Tensor
        Row numbers (K, size) of each member's bootstrap sample.

    Returns
    -------
    Tensor
        Log-probabilities (N, C) of the mean probability over those members; NaN where there is
        none, which has the probability (1 − (1 − 1/N)^N)^K for a sample.

    Raises
    ------
    ValueError
        Unless there is one sample for each member.

    References
    ----------
    L. Breiman, Out-of-bag estimation, technical report, University of California, 1996.
    """
    if len(drawn) != len(log_p):
        raise ValueError(f"drawn must hold {len(log_p)} samples, one a member, got {len(drawn)}")
    unseen = torch.ones(log_p.shape[:2], dtype=torch.bool, device=log_p.device)
    unseen.scatter_(1, drawn, False)
    total = log_p.where(unseen[..., None], -torch.inf).logsumexp(dim=0)
    many = unseen.sum(dim=0, dtype=log_p.dtype)
    return total - many[:, None].log()  # of nobody: −∞ − −∞, NaN
