"""Does a network that says 80 % err on one of five? Bins, one number, and one dial to turn."""

from typing import NamedTuple

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn.functional import cross_entropy

from deeptricks.regularization.checks import check_whole


class Bins(NamedTuple):
    """Samples sorted by confidence into bins; tensors (B,), NaN means where a bin is empty."""

    confidence: Tensor
    accuracy: Tensor
    count: Tensor


def reliability_bins(probabilities: Tensor, labels: Tensor, bins: int = 15) -> Bins:
    """Sort samples by the probability of the class they are given, in bins of equal width.

    Parameters
    ----------
    probabilities : Tensor
        (N, C), rows sum to 1.
    labels : Tensor
        (N,), the true classes.
    bins : int
        Bin b holds the confidences in (b / bins, (b + 1) / bins].

    Returns
    -------
    Bins
        Mean confidence, accuracy, and number of samples of each bin.
    """
    check_whole(1, bins=bins)
    confidence, answer = probabilities.double().max(dim=1)
    right = (answer == labels).double()
    bin_of = ((confidence * bins).ceil().long() - 1).clamp(0, int(bins) - 1)
    count, confident, correct = (
        torch.zeros(int(bins), dtype=torch.float64).index_add_(0, bin_of, values)
        for values in (torch.ones_like(right), confidence, right)
    )
    return Bins(confident / count, correct / count, count.long())


def expected_calibration_error(probabilities: Tensor, labels: Tensor, bins: int = 15) -> float:
    """Σ_b (n_b / N) |accuracy_b − confidence_b| over the bins, in [0, 1].

    Above 0 for a perfect network too, because bins hold few samples: compare with what a network
    whose labels are drawn from its own probabilities gets.

    Parameters
    ----------
    probabilities, labels, bins
        As in `reliability_bins`.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On calibration of modern neural networks,
    ICML 2017.
    """
    each = reliability_bins(probabilities, labels, bins)
    gaps = (each.accuracy - each.confidence).abs().nan_to_num()
    return (gaps * each.count).sum().item() / max(1, len(labels))


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Find T for which softmax(logits / T) has the least cross entropy on these labels.

    T > 1 makes answers less sure, T < 1 surer; which class wins does not change. Fit it on
    validation samples.

    Parameters
    ----------
    logits : Tensor
        (N, C); logarithms of probabilities will do.
    labels : Tensor
        (N,).

    Returns
    -------
    float
        T between 1/20 and 20.

    References
    ----------
    Guo et al. 2017 ("temperature scaling").
    """
    logits = logits.double()

    def loss(log_t: float) -> float:
        return cross_entropy(logits * torch.exp(torch.tensor(-log_t)), labels).item()

    found = minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-6})
    return float(torch.exp(torch.tensor(found.x)))
