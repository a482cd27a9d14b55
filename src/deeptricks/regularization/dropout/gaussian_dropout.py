"""Dropout without zeros: the same mean and variance, from a normal distribution."""

import torch
from torch import Tensor

from deeptricks.regularization.dropout.dropout import Dropout


class GaussianDropout(Dropout):
    """y = x ⊙ r with r ~ N(1, p / (1 − p)) in training, y = x in evaluation.

    Mean and variance of y are those of `Dropout` at the same p; nothing is ever exactly dropped,
    and some factors are negative: at p = 0.5 one of six.

    Parameters
    ----------
    p : float
        In [0, 1): the probability of dropping whose variance p / (1 − p) is imitated.
    inplace : bool
        Overwrite the input.
    generator : torch.Generator, optional
        Where the noise comes from.

    Raises
    ------
    ValueError
        Unless 0 ≤ p < 1; the variance at p = 1 is infinite.

    References
    ----------
    N. Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, JMLR
    15, 2014 ("Multiplicative Gaussian noise").
    """

    def __init__(
        self,
        p: float = 0.5,
        inplace: bool = False,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(p, inplace, generator=generator)
        if p == 1:
            raise ValueError(f"p must be below 1, where the variance p / (1 − p) ends, got {p}")

    def noise(self, input: Tensor) -> Tensor:
        """Draw the factors r, one for each entry, of mean 1 and variance p / (1 − p)."""
        deviation = (self.p / (1 - self.p)) ** 0.5
        normal = torch.randn(
            input.shape, dtype=input.dtype, device=input.device, generator=self.generator
        )
        return 1 + deviation * normal
