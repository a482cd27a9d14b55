"""Stochastic depth: in training some residual branches are skipped; evaluation uses all."""

import torch
from torch import Tensor, nn

from deeptricks.regularization.checks import check_generator, check_probability, check_whole

MODES = ("batch", "row")


def stochastic_depth(
    input: Tensor,
    p: float,
    mode: str,
    training: bool = True,
    *,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Drop a residual branch with probability p, and divide it by 1 − p where it stays.

    y = x + f(x) · b / (1 − p), with b ~ Bernoulli(1 − p).

    Counterpart: `torchvision.ops.stochastic_depth`, same masks under the same seed. Huang et al.
    draw one b for a whole batch and scale in evaluation instead, y = x + (1 − p) f(x), which is
    the same on average but for what follows being nonlinear. ("DropPath" draws one b per sample.)

    Parameters
    ----------
    input : Tensor
        What the branch f(x) puts out, (N, …).
    p : float
        Probability that it is dropped.
    mode : str
        "batch": one draw for all samples; "row": one for each.
    training : bool
        Without it the input is returned as it is.
    generator : torch.Generator, optional
        By default the global one.

    Raises
    ------
    ValueError
        For a p outside [0, 1] or another mode.

    References
    ----------
    G. Huang, Y. Sun, Z. Liu, D. Sedra and K. Weinberger, Deep networks with stochastic depth,
    ECCV 2016.
    """
    check_probability(p=p)
    check_mode(mode)
    if not training or p == 0:
        return input
    samples = input.shape[0] if mode == "row" else 1
    shape = (samples, *[1] * (input.dim() - 1))
    kept = input.new_empty(shape).bernoulli_(1 - p, generator=generator)
    return input * (kept / (1 - p) if p < 1 else kept)


class StochasticDepth(nn.Module):
    """A layer for the end of a residual branch; counterpart: `torchvision.ops.StochasticDepth`.

    Parameters
    ----------
    p, mode, generator
        As in `stochastic_depth`.
    """

    def __init__(self, p: float, mode: str, *, generator: torch.Generator | None = None) -> None:
        super().__init__()
        check_probability(p=p)
        check_mode(mode)
        check_generator(generator)
        self.p, self.mode, self.generator = p, mode, generator

    def forward(self, input: Tensor) -> Tensor:
        """Return what is left of the branch."""
        return stochastic_depth(input, self.p, self.mode, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        """Name the settings."""
        return f"p={self.p}, mode={self.mode}"


def linear_decay(blocks: int, p: float) -> list[float]:
    """Probabilities to drop block 1 … L, rising linearly to p: p_l = p · l / L.

    Huang et al. write survival probabilities, 1 − p_l, and recommend p = ½ for the last block.
    Σ (1 − p_l) = L − p (L + 1)/2 blocks are alive on average, (3L − 1)/4 at p = ½.

    Raises
    ------
    ValueError
        Unless there is at least one block and p lies in [0, 1].
    """
    check_whole(1, blocks=blocks)
    check_probability(p=p)
    return [p * block / blocks for block in range(1, blocks + 1)]


def check_mode(mode: str) -> None:
    """Raise ValueError for anything but "batch" and "row"."""
    if mode not in MODES:
        raise ValueError(f"mode must be 'batch' or 'row', got {mode!r}")
