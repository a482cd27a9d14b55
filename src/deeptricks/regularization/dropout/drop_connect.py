"""Weights dropped instead of units."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from deeptricks.regularization.checks import check_generator, check_probability, check_whole
from deeptricks.regularization.dropout.dropout import keep_mask


class DropConnect(nn.Linear):
    """A linear layer whose *weights* are dropped: u = (W ⊙ M) x / (1 − p) + b in training.

    Each sample has a mask M of its own, of the shape of W. In evaluation u = W x + b, as
    `torch.nn.Linear` has it, whose arguments and state these are; `average` is the authors' finer
    answer. The bias is never dropped. Needs memory for N · out_features · in_features numbers.

    Parameters
    ----------
    in_features, out_features : int
        Sizes of x and u.
    bias : bool
        Whether there is a b.
    device, dtype
        Of the parameters.
    p : float
        The probability, in [0, 1), with which a weight is *dropped*.
    generator : torch.Generator, optional
        Where masks and samples come from.

    Raises
    ------
    ValueError
        Unless 0 ≤ p < 1.

    References
    ----------
    L. Wan, M. Zeiler, S. Zhang, Y. LeCun and R. Fergus, Regularization of neural networks using
    DropConnect, ICML 2013 (there p is the probability of keeping, and nothing is divided).
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        *,
        p: float = 0.5,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(in_features, out_features, bias, device, dtype)
        check_probability(p=p)
        if p == 1:
            raise ValueError(f"p must be below 1: some weights must be left, got {p}")
        check_generator(generator)
        self.p, self.generator = p, generator

    def extra_repr(self) -> str:
        """Return the linear layer's words, and p."""
        return f"{super().extra_repr()}, p={self.p}"

    def forward(self, input: Tensor) -> Tensor:
        """Map (…, in_features) to (…, out_features), every sample through weights of its own."""
        if not self.training or self.p == 0:
            u = input @ self.weight.mT
        else:
            each = input.unsqueeze(-2).expand(*input.shape[:-1], *self.weight.shape)
            mask = keep_mask(each, self.p, self.generator)
            u = (each * mask * self.weight).sum(-1) / (1 - self.p)
        return u if self.bias is None else u + self.bias

    def moments(self, input: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and variance of u over all masks, exactly; each (…, out_features).

        The mean is W x + b, the variance p / (1 − p) · (W ⊙ W)(x ⊙ x).
        """
        mean = input @ self.weight.mT
        variance = self.p / (1 - self.p) * (input**2 @ (self.weight**2).mT)
        return (mean if self.bias is None else mean + self.bias), variance

    def average(
        self, input: Tensor, activation: Callable[[Tensor], Tensor], samples: int = 100
    ) -> Tensor:
        """Average `activation` over normal samples that have the moments of u.

        What Wan et al. do in evaluation: u is a sum of many independent terms, hence nearly
        normal, and samples of a normal are cheaper than masks.

        Parameters
        ----------
        input : Tensor
            (…, in_features).
        activation : callable
            What follows the layer, for example ``torch.relu``; shape preserving.
        samples : int
            How many are averaged.

        Returns
        -------
        Tensor
            (…, out_features).
        """
        check_whole(1, samples=samples)
        mean, variance = self.moments(input)
        shape = (int(samples), *mean.shape)
        normal = torch.randn(shape, dtype=mean.dtype, device=mean.device, generator=self.generator)
        return activation(mean + variance.sqrt() * normal).mean(0)
