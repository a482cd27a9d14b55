"""Units dropped at random in training: the inverted form, and the original one."""

import torch
from torch import Tensor, nn

from deeptricks.regularization.seeded_dropout import SeededDropout


def keep_mask(like: Tensor, p: float, generator: torch.Generator | None = None) -> Tensor:
    """Draw a mask like `like`: each entry 0 with probability p, else 1, independent of all others.

    Entries of the batch are entries like any other: each sample gets a mask of its own.
    """
    # In the order in which the entries lie in memory, as the framework draws.
    order = sorted(range(like.dim()), key=like.stride, reverse=True)
    mask = torch.bernoulli(like.detach().permute(order), 1 - p, generator=generator)
    return mask.permute(sorted(range(like.dim()), key=order.__getitem__))


class Dropout(SeededDropout, nn.Dropout):
    """Inverted dropout: y = x ⊙ m / (1 − p) in training, y = x in evaluation; `torch.nn.Dropout`.

    The mask m is drawn anew for each entry at each call. The expectation of y is x, its variance
    x² p / (1 − p), and the gradient goes where the signal went: g_x = g_y ⊙ m / (1 − p). Draws
    the framework's masks (on a CPU) under the same seed.

    Parameters
    ----------
    p : float
        The probability, in [0, 1], with which an entry is *dropped*.
    inplace : bool
        Overwrite the input.
    generator : torch.Generator, optional
        Where the masks come from; by default the global one (`torch.manual_seed`).

    Raises
    ------
    ValueError
        Unless p is a probability.
    RuntimeError
        For inputs of integers, which cannot hold x / (1 − p).

    References
    ----------
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, Dropout: a simple
    way to prevent neural networks from overfitting, JMLR 15, 2014.
    """

    def noise(self, input: Tensor) -> Tensor:
        """Draw what the entries are multiplied with: m / (1 − p), of mean 1."""
        return keep_mask(input, self.p, self.generator).div_(1 - self.p)

    def forward(self, input: Tensor) -> Tensor:
        """Multiply with noise in training; return the input itself in evaluation."""
        if not self.training or self.p == 0 or input.numel() == 0:
            return input
        noise = input.new_zeros(()) if self.p == 1 else self.noise(input)
        return input.mul_(noise) if self.inplace else input * noise


class OriginalDropout(Dropout):
    """Dropout as it was published: y = x ⊙ m in training, y = (1 − p) x in evaluation.

    The same expectation in both modes, but whoever uses the network must still know p, and what
    follows is trained on signals smaller by 1 − p than those of `Dropout`.

    Parameters
    ----------
    p : float
        The probability, in [0, 1], with which an entry is *dropped* (the paper's p is that with
        which it is kept).
    inplace : bool
        Overwrite the input, in both modes.
    generator : torch.Generator, optional
        Where the masks come from.

    References
    ----------
    Srivastava et al. 2014: the outgoing weights of a unit are multiplied by the probability
    of keeping it, which is the same as to multiply its output.
    """

    def noise(self, input: Tensor) -> Tensor:
        """Draw the mask m in training; its expectation 1 − p in evaluation."""
        if self.training:
            return keep_mask(input, self.p, self.generator)
        return input.new_tensor(1 - self.p)

    def forward(self, input: Tensor) -> Tensor:
        """Multiply with the mask, or with its expectation."""
        noise = self.noise(input)
        return input.mul_(noise) if self.inplace else input * noise
