"""Data on which every adaptive method learns to name one class: Wilson et al. 2017, §3.3.

One feature tells the class, two are always on, and every sample has features of its own that no
other sample shares. A method that gives all of them steps of one size believes the wrong ones.
"""

from collections.abc import Sequence
from fractions import Fraction

import torch
from torch import Tensor

from deeptricks.optimization.checks import check_whole

SHARED = 3  # features that every sample has
OWN = 5  # columns reserved for each sample


def separable(labels: Sequence[int] | Tensor, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return samples (N, 3 + 5N) of the given labels, which are 1 or −1.

    Columns: the label itself; two ones; then five columns a sample that are 0 in all other rows.
    In its own columns a sample of class 1 has a single one, a sample of class −1 has five.
    Training and test data are rows of one matrix: make it for the labels of both, and split it.

    Raises
    ------
    ValueError
        For labels that are not a vector of 1 and −1.

    References
    ----------
    A. Wilson, R. Roelofs, M. Stern, N. Srebro and B. Recht, The marginal value of adaptive
    gradient methods in machine learning, NeurIPS 2017, §3.3.
    """
    y = torch.as_tensor(labels)
    if y.ndim != 1 or not len(y) or not bool(((y == 1) | (y == -1)).all()):
        raise ValueError(f"labels must be a vector of 1 and −1, got {labels!r}")
    X = torch.zeros(len(y), SHARED + OWN * len(y), dtype=dtype)
    X[:, 0] = y.to(dtype)
    X[:, 1:SHARED] = 1
    for row, label in enumerate(y.tolist()):
        own = SHARED + OWN * row
        X[row, own : own + (1 if label == 1 else OWN)] = 1
    return X


def sign_direction(X: Tensor, y: Tensor) -> Tensor:
    """sign(Xᵀy), (D,): where AdaGrad, RMSProp and Adam go on such data, from 0 and with ε = 0.

    At w = 0 the gradient of least squares is −Xᵀy / N. If X sign(Xᵀy) = c y, a step along the sign
    leaves residuals proportional to y, so the next gradient is again proportional to Xᵀy, and its
    square to the first one's: dividing by the root leaves the sign, forever (their Lemma 3.1).
    `separable` data meets the condition, with c = 4, if more labels are 1 than −1.
    """
    return torch.sign(X.T @ y)


def minimum_norm_answers(positive: int, negative: int) -> tuple[Fraction, Fraction]:
    """Return what the least-norm solution answers to a fresh sample of class 1 and of class −1.

    Gradient descent from 0 and heavy-ball momentum go to this solution. A fresh sample's own
    features have no weight yet, so its answer rests on the three shared ones. With one multiplier
    for each class the equations Xw = y are two, and their solution gives

        (8 n₊n₋ + 15 n₊ − n₋) / d   and   −(8 n₊n₋ + 3 n₋ − 5 n₊) / d,
        d = 8 n₊n₋ + 15 n₊ + 3 n₋ + 5 .

    The signs are right once both classes have been seen.

    Parameters
    ----------
    positive, negative : int
        n₊ and n₋, how many samples of each class it was trained on, at least 0.

    Returns
    -------
    tuple of Fraction
        The two answers.

    Raises
    ------
    ValueError
        For counts below 0.
    """
    check_whole(0, positive=positive, negative=negative)
    both = 8 * positive * negative
    d = both + 15 * positive + 3 * negative + 5
    return (
        Fraction(both + 15 * positive - negative, d),
        -Fraction(both + 3 * negative - 5 * positive, d),
    )
