"""Label smoothing: a target that is not quite sure, so that finite logits are the best ones."""

import math

import torch
from torch import Tensor, nn

from deeptricks.regularization.checks import check_probability, check_whole


def smooth_labels(
    target: Tensor, classes: int, label_smoothing: float, dtype: torch.dtype | None = None
) -> Tensor:
    """Targets as probabilities: q_k = (1 − ε) [k = y] + ε/K.

    Parameters
    ----------
    target : Tensor
        Class numbers, any shape, int64.
    classes : int
        K.
    label_smoothing : float
        ε in [0, 1].
    dtype : torch.dtype, optional
        Of the result; by default torch's default floating-point type.

    Returns
    -------
    Tensor
        Shape (…, K).

    References
    ----------
    C. Szegedy et al., Rethinking the Inception architecture for computer vision, CVPR 2016,
    section 7.
    """
    check_probability(label_smoothing=label_smoothing)
    check_whole(1, classes=classes)
    hot = target.unsqueeze(-1) == torch.arange(classes, device=target.device)
    hot = hot.to(dtype or torch.get_default_dtype())
    return (1 - label_smoothing) * hot + label_smoothing / classes


def smoothed_gap(classes: int, label_smoothing: float) -> float:
    """How far the right logit lies above the others where the smoothed loss is least.

    z_y − z_k = log(q_y/q_k) = log(1 + K (1 − ε)/ε), in nats; infinite for ε = 0.

    The loss is least where softmax(z) equals the target q, and logits are then log q up to a
    constant.
    """
    check_probability(label_smoothing=label_smoothing)
    check_whole(2, classes=classes)
    if label_smoothing == 0:
        return math.inf
    return math.log1p(classes * (1 - label_smoothing) / label_smoothing)


def log_softmax(input: Tensor, axis: int) -> Tensor:
    """Logits minus the logarithm of their sum of exponentials; the maximum comes off first."""
    shifted = input - input.detach().amax(axis, keepdim=True)
    return shifted - shifted.exp().sum(axis, keepdim=True).log()


class CrossEntropyLoss(nn.CrossEntropyLoss):
    """Cross entropy with label smoothing; drop-in of `nn.CrossEntropyLoss`.

    ℓ = −Σ_k w_k q_k log softmax(z)_k, with q the smoothed target.

    The mean over class numbers divides by the weights of the true classes, Σ_n w_{y_n}, and not
    by the number of samples; ignored samples count in neither. Over given probabilities it
    divides by the number of samples.

    Parameters
    ----------
    weight, ignore_index, reduction, label_smoothing
        As in the parent, whose constructor is used. A target is a class number for each sample,
        (N, …), or its probabilities, (N, K, …).

    Raises
    ------
    ValueError, TypeError
        For an ε outside [0, 1] and targets of another type or shape. (A class number out of range
        raises torch's RuntimeError of `gather`.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss: a number, or one for each sample with ``reduction="none"``."""
        check_probability(label_smoothing=self.label_smoothing)
        axis = 0 if input.dim() == 1 else 1
        check_target(input, target, axis)
        log_p = log_softmax(input, axis)
        if target.shape == input.shape:
            loss, count = self.given_probabilities(log_p, target, axis), None
        else:
            loss, count = self.class_numbers(log_p, target, axis)
        if self.reduction == "none":
            return loss
        if self.reduction == "sum":
            return loss.sum()
        return loss.sum() / (loss.numel() if count is None else count)

    def weights(self, log_p: Tensor, axis: int) -> Tensor:
        """Return the weights of the classes, K along `axis`."""
        classes = log_p.shape[axis]
        if self.weight is None:
            weight = log_p.new_ones(classes)
        elif self.weight.shape == (classes,):
            weight = self.weight
        else:
            raise RuntimeError(f"weight must have shape ({classes},), got {self.weight.shape}")
        return weight.view([-1 if a == axis else 1 for a in range(log_p.dim())])

    def given_probabilities(self, log_p: Tensor, target: Tensor, axis: int) -> Tensor:
        """Loss of each sample for targets that are probabilities."""
        share = self.label_smoothing / log_p.shape[axis]
        q = (1 - self.label_smoothing) * target + share
        return -(self.weights(log_p, axis) * q * log_p).sum(axis)

    def class_numbers(self, log_p: Tensor, target: Tensor, axis: int) -> tuple[Tensor, Tensor]:
        """Loss of each sample and the sum of its weights for targets that are class numbers."""
        counts = target != self.ignore_index
        rows = target.where(counts, 0).long().unsqueeze(axis)
        weighted = self.weights(log_p, axis) * log_p
        at_target = -weighted.gather(axis, rows).squeeze(axis)
        spread = -weighted.mean(axis)
        smoothed = (1 - self.label_smoothing) * at_target + self.label_smoothing * spread
        weight = self.weights(log_p, axis).expand(log_p.shape).gather(axis, rows).squeeze(axis)
        return smoothed.where(counts, 0), weight.where(counts, 0).sum()


def check_target(input: Tensor, target: Tensor, axis: int) -> None:
    """Raise unless these are class numbers (N, …) or probabilities of the input's shape."""
    if target.shape == input.shape:
        if not target.is_floating_point():
            raise TypeError(f"target of probabilities must be floating-point, got {target.dtype}")
        return
    expected = (*input.shape[:axis], *input.shape[axis + 1 :])
    if tuple(target.shape) != expected:
        raise ValueError(
            f"target must have the shape {expected} or {tuple(input.shape)}, "
            f"got {tuple(target.shape)}"
        )
    if target.is_floating_point():
        raise TypeError(f"target of class numbers must be whole numbers, got {target.dtype}")
