"""Dropout that keeps mean 0 and variance 1, for networks of SELU."""

import math

from torch import Tensor, nn

from deeptricks.regularization.dropout.dropout import keep_mask
from deeptricks.regularization.seeded_dropout import SeededDropout

# −λα, where SELU levels off below: with λ = 1.0507… and α = 1.6732… (Klambauer et al., eq. 14).
FLOOR = -1.7580993408473766


def affine_correction(p: float, floor: float = FLOOR) -> tuple[float, float]:
    """Find a and b for which a · (x or, with probability p, floor) + b keeps mean 0, variance 1.

    Of an input with mean 0 and variance 1 the mean becomes p · floor, the variance
    (1 − p)(1 + p floor²). So a = ((1 − p)(1 + p floor²))^(−1/2) and b = −a p floor.

    Parameters
    ----------
    p : float
        The probability of dropping, in [0, 1).
    floor : float
        What a dropped entry is set to.

    Returns
    -------
    tuple of float
        a and b.

    References
    ----------
    G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, Self-normalizing neural networks,
    NIPS 2017 ("Alpha dropout").
    """
    a = 1 / math.sqrt((1 - p) * (1 + p * floor**2))
    return a, -a * p * floor


class AlphaDropout(SeededDropout, nn.AlphaDropout):
    """y = a (x ⊙ m + α′(1 − m)) + b in training, y = x in evaluation; `torch.nn.AlphaDropout`.

    A dropped entry is set to α′ = −λα ≈ −1.758, SELU's lowest value, and an affine map brings
    mean and variance back to 0 and 1: exactly so for inputs of mean 0 and variance 1, and for no
    others. With the same seed the masks (on a CPU) are the framework's.

    Parameters
    ----------
    p : float
        The probability, in [0, 1], with which an entry is dropped. For p = 1 the output is 0, as
        the framework has it.
    inplace : bool
        Taken and ignored, as the framework's module does.
    generator : torch.Generator, optional
        Where the masks come from.

    Raises
    ------
    ValueError
        Unless p is a probability.

    References
    ----------
    Klambauer et al. 2017.
    """

    def mask(self, input: Tensor) -> Tensor:
        """Draw one 0 or 1 for each entry."""
        return keep_mask(input, self.p, self.generator)

    def forward(self, input: Tensor) -> Tensor:
        """Drop to SELU's floor and correct, in training."""
        if not self.training or self.p == 0 or input.numel() == 0:
            return input
        if self.p == 1:
            return input * input.new_zeros(())
        a, b = affine_correction(self.p)
        mask = self.mask(input)
        return input * (a * mask) + (a * FLOOR * (1 - mask) + b)


class FeatureAlphaDropout(AlphaDropout, nn.FeatureAlphaDropout):
    """`AlphaDropout` with one mask entry per sample and channel; `torch.nn.FeatureAlphaDropout`.

    Inputs are (N, C, …); all positions of a channel are dropped together.

    Parameters
    ----------
    p, inplace, generator
        As in `AlphaDropout`.

    Raises
    ------
    RuntimeError
        For inputs with fewer than two dimensions.
    """

    def mask(self, input: Tensor) -> Tensor:
        """Draw one 0 or 1 for each sample and channel, of shape (N, C, 1, …)."""
        if input.dim() < 2:
            raise RuntimeError(f"input must have at least 2 dimensions, got {tuple(input.shape)}")
        one_each = input.new_empty((*input.shape[:2], *[1] * (input.dim() - 2)))
        return keep_mask(one_each, self.p, self.generator)
