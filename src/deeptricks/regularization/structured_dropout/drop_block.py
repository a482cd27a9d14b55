"""DropBlock: squares of activations are dropped, one pattern for each channel of each sample."""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, pad

from deeptricks.regularization.checks import (
    check_at_least_zero,
    check_generator,
    check_images,
    check_probability,
    check_whole,
)


def drop_block_gamma(p: float, block_size: int, height: int, width: int) -> float:
    """Probability γ that a block begins at a place where one fits.

    γ = p / k² · H W / ((H − k + 1)(W − k + 1)).

    Ghiasi et al. 2018, there with 1 − keep_prob for p and for square maps: p H W
    places are to be dropped by blocks of k², drawn from the (H − k + 1)(W − k + 1) places where a
    block lies within the map. It counts overlaps twice, so that fewer than p are dropped.

    Raises
    ------
    ValueError
        For a p outside [0, 1], and unless the block fits into the map.
    """
    check_probability(p=p)
    check_block(block_size, height, width)
    places = (height - block_size + 1) * (width - block_size + 1)
    return p * height * width / (block_size**2 * places)


def dropped_share(p: float, block_size: int, height: int, width: int) -> Tensor:
    """Probability of each place of a map to be dropped by DropBlock, exactly: (H, W), float64.

    A place is spared if none of the blocks that hold it begins: 1 − (1 − γ)ⁿ, with n the number of
    such blocks, k² in the middle, 1 in a corner. Arguments and errors as in `drop_block_gamma`.
    """
    gamma = drop_block_gamma(p, block_size, height, width)
    rows, columns = (holders(size, block_size) for size in (height, width))
    return 1 - (1 - gamma) ** (rows[:, None] * columns)


def holders(size: int, block_size: int) -> Tensor:
    """Count the intervals of length k, within 0 … size − 1, that hold each place: (size,)."""
    place = torch.arange(size, dtype=torch.float64)
    first = (place - block_size + 1).clamp(min=0)
    last = place.clamp(max=size - block_size)
    return last - first + 1


def block_mask(
    images: Tensor, p: float, block_size: int, generator: torch.Generator | None = None
) -> Tensor:
    """Draw a mask like `images` (N, C, H, W), 0 where a block lies and 1 elsewhere.

    Each begins at one of the places where it lies within the map, with probability γ.
    """
    n, channels, height, width = images.shape
    gamma = drop_block_gamma(p, block_size, height, width)
    places = (n, channels, height - block_size + 1, width - block_size + 1)
    begins = images.new_empty(places).bernoulli_(gamma, generator=generator)
    around = pad(begins, [block_size - 1] * 4)
    return 1 - max_pool2d(around, block_size, stride=1)


def drop_block2d(
    input: Tensor,
    p: float,
    block_size: int,
    inplace: bool = False,
    eps: float = 1e-06,
    training: bool = True,
    *,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Drop square blocks, and scale what is left so that the batch as a whole keeps its size.

    y = x · M · |M| / (ε + Σ M), with |M| the number of entries of the mask M.

    Counterpart: `torchvision.ops.drop_block2d`, same masks under the same seed; there an even
    `block_size` fails, here it does not. The scale is one number for the batch, taken from what
    was in fact dropped.

    Parameters
    ----------
    input : Tensor
        Shape (N, C, H, W).
    p : float
        Share of the activations that γ aims at; what is dropped is less, see `dropped_share`.
    block_size : int
        Side k of the blocks; at k = 1 it is dropout with another scale.
    inplace : bool
        Write the result over `input`.
    eps : float
        Keeps the division finite where all is dropped.
    training : bool
        Without it the input is returned as it is.
    generator : torch.Generator, optional
        By default the global one.

    Raises
    ------
    TypeError, ValueError
        For what is not (N, C, H, W), a p outside [0, 1], a block that does not fit.

    References
    ----------
    G. Ghiasi, T.-Y. Lin and Q. V. Le, DropBlock: a regularization method for convolutional
    networks, NeurIPS 2018.
    """
    check_images(input)
    check_probability(p=p)
    if not training or p == 0 or input.numel() == 0:
        return input
    mask = block_mask(input, p, block_size, generator)
    scale = mask.numel() / (eps + mask.sum())
    return input.mul_(mask).mul_(scale) if inplace else input * mask * scale


class DropBlock2d(nn.Module):
    """`drop_block2d` as a layer; counterpart: `torchvision.ops.DropBlock2d`.

    Parameters
    ----------
    p, block_size, inplace, eps, generator
        As in `drop_block2d`.
    """

    def __init__(
        self,
        p: float,
        block_size: int,
        inplace: bool = False,
        eps: float = 1e-06,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_probability(p=p)
        check_whole(1, block_size=block_size)
        check_at_least_zero(eps=eps)
        check_generator(generator)
        self.p, self.block_size, self.inplace, self.eps = p, block_size, inplace, eps
        self.generator = generator

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, C, H, W) with blocks of zeros in training, the input in evaluation."""
        return drop_block2d(
            input, self.p, self.block_size, self.inplace, self.eps, self.training,
            generator=self.generator,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """Name the settings."""
        return f"p={self.p}, block_size={self.block_size}, inplace={self.inplace}"


def check_block(block_size: int, height: int, width: int) -> None:
    """Raise ValueError unless blocks of this side fit into a map."""
    check_whole(1, block_size=block_size)
    if block_size > min(height, width):
        raise ValueError(
            f"block_size must be at most the map's sides, {height} and {width}, got {block_size}"
        )
