"""The best of n: what luck alone gives, and how many trials are enough.

Exact where a formula exists, so that nothing has to be drawn.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom, hypergeom

from deeptricks.practice.hyperparameter_search.checks import as_scores, check_share, check_whole


def chance_of_top(n: int, share: float) -> float:
    """1 − (1 − q)ⁿ: the chance that one of n random trials lies in the top share q of the space.

    Whatever the number of hyperparameters. The top share *of the space searched*: it may be poor.

    References
    ----------
    J. Bergstra and Y. Bengio, Random search for hyper-parameter optimization, JMLR 13, 2012.
    """
    check_whole(0, n=n)
    check_share(share=share)
    return -math.expm1(n * math.log1p(-share))


def trials_for_top(share: float, confidence: float) -> int:
    """Return the least n with ``chance_of_top(n, share) >= confidence``."""
    check_share(share=share, confidence=confidence)
    n = max(0, math.floor(math.log1p(-confidence) / math.log1p(-share)) - 1)
    while chance_of_top(n, share) < confidence:
        n += 1
    return n


def best_of_random(values: ArrayLike, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distribution of the best of n different trials drawn from a table, exactly.

    All n lie among the k worst of M with the chance C(k, n)/C(M, n).

    Parameters
    ----------
    values
        One number for each of M trials, larger is better; what is not finite is worst.
    n
        1 … M.

    Returns
    -------
    values, chances : numpy.ndarray
        The values in rising order, and the chance that the best of n is each of them.
    """
    scores = np.sort(as_scores(values))
    check_whole(1, n=n)
    if n > len(scores):
        raise ValueError(f"n must be at most the number of values, {len(scores)}, got {n}")
    k = np.arange(len(scores) + 1)
    below = hypergeom.pmf(n, len(scores), k, n)  # all n of the draw are among the k worst
    return scores, np.diff(below)


def best_of_equals(accuracy: float, images: int, looks: int) -> float:
    """Return the best score to expect of `looks` equal models, each scored on its own `images`.

    Each reads a fresh image right with the chance `accuracy`, so that its score is binomial, and
    the best of m has the distribution function Fᵐ. Models scored on the *same* images err
    together, and their best is less far above them: this is an upper bound on such luck.

    Returns
    -------
    float
        A share in [0, 1]; `accuracy` itself for one look.
    """
    check_share(accuracy=accuracy)
    check_whole(1, images=images, looks=looks)
    right = np.arange(images)
    return float((1 - binom.cdf(right, images, accuracy) ** looks).sum() / images)
