"""Fractional max pooling: windows at random distances, so that a map shrinks by any ratio."""

from typing import Any

import torch
from torch import Tensor, nn

from deeptricks.regularization.checks import check_generator


def interval_starts(sample: Tensor, size: int, output_size: int, kernel_size: int) -> Tensor:
    """Where the windows begin along one axis: whole numbers that rise from 0 to H − k.

    a_i = ⌊(i + u) α⌋ − ⌊u α⌋, α = (H − k)/(H_out − 1), the last one H − k.

    Steps are ⌊α⌋ or ⌈α⌉, in an order that u decides. Graham 2014 lets the windows reach from one
    start to the next, or one further; the framework, and so we, give all of them the side k.

    Parameters
    ----------
    sample : Tensor
        The numbers u in [0, 1), any shape.
    size, output_size, kernel_size : int
        H, H_out and k.

    Returns
    -------
    Tensor
        Shape (…, output_size), int64.
    """
    if output_size == 1:
        return torch.full_like(sample, size - kernel_size, dtype=torch.long).unsqueeze(-1)
    # a number of the samples' own precision, as the framework computes it
    alpha = sample.new_tensor(size - kernel_size) / sample.new_tensor(output_size - 1)
    i = torch.arange(output_size - 1, device=sample.device, dtype=sample.dtype)
    u = sample.unsqueeze(-1)
    starts = ((i + u) * alpha).long() - (u * alpha).long()
    last = torch.full_like(starts[..., :1], size - kernel_size)
    return torch.cat([starts, last], dim=-1)


def windows(starts: Tensor, kernel_size: int) -> Tensor:
    """Return the places that each window covers: (…, H_out) to (…, H_out, k)."""
    return starts.unsqueeze(-1) + torch.arange(kernel_size, device=starts.device)


class FractionalMaxPool2d(nn.FractionalMaxPool2d):
    """Maximum over windows at pseudo-random places; drop-in of `nn.FractionalMaxPool2d`.

    Constructor, checks and state are the parent's; from the same `_random_samples`, or the same
    seed, come the same windows. As the parent's it draws in evaluation too, so that the same
    image gives other outputs each time: set `_random_samples`, or average several passes.

    Parameters
    ----------
    kernel_size, output_size, output_ratio, return_indices, _random_samples
        As in the parent. `_random_samples` (N, C, 2) holds u for the width, then for the height.
    generator : torch.Generator, optional
        Where u comes from; by default the global one.

    References
    ----------
    B. Graham, Fractional max-pooling, arXiv:1412.6071, 2014.
    """

    def __init__(
        self, *args: Any, generator: torch.Generator | None = None, **keywords: Any
    ) -> None:
        super().__init__(*args, **keywords)
        check_generator(generator)
        self.generator = generator

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Pool (N, C, H, W) or (C, H, W); with `return_indices` the places of the maxima too.

        Raises
        ------
        RuntimeError
            For another number of axes, an empty input, windows that do not fit, or samples that
            do not.
        """
        check_input(input)
        images = input.unsqueeze(0) if input.dim() == 3 else input
        height, width = images.shape[2:]
        out_h, out_w = self.output_size or self.sizes(height, width)
        k_h, k_w = self.kernel_size
        check_fits(height, out_h, k_h, "height")
        check_fits(width, out_w, k_w, "width")
        u = self.samples(images)
        rows = windows(interval_starts(u[..., 1], height, out_h, k_h), k_h)
        columns = windows(interval_starts(u[..., 0], width, out_w, k_w), k_w)
        # (N, C, H_out, W_out, k, k): the place of each entry of each window in the flat map
        places = rows[:, :, :, None, :, None] * width + columns[:, :, None, :, None, :]
        values = images.flatten(2).gather(2, places.flatten(2)).view(places.shape)
        best, which = values.flatten(4).max(dim=4)
        where = places.flatten(4).gather(4, which.unsqueeze(4)).squeeze(4)
        if input.dim() == 3:
            best, where = best.squeeze(0), where.squeeze(0)
        return (best, where) if self.return_indices else best

    def sizes(self, height: int, width: int) -> tuple[int, int]:
        """Return the sides of the output, the ratio's share of the input's, rounded down."""
        ratio_h, ratio_w = self.output_ratio
        return int(height * ratio_h), int(width * ratio_w)

    def samples(self, images: Tensor) -> Tensor:
        """Return u, (N, C, 2): the given ones, or fresh ones in [0, 1)."""
        n, channels = images.shape[:2]
        given = self._random_samples
        if given is None:
            return images.new_empty((n, channels, 2)).uniform_(generator=self.generator)
        if given.dtype != images.dtype:
            raise RuntimeError(
                f"_random_samples must have the input's type {images.dtype}, got {given.dtype}"
            )
        shape = tuple(given.shape)
        if len(shape) != 3 or shape[0] < n or shape[1:] != (channels, 2):
            raise RuntimeError(
                f"_random_samples must have the shape ({n}, {channels}, 2), got {shape}"
            )
        return given[:n]


def check_input(input: Tensor) -> None:
    """Raise RuntimeError unless this is (C, H, W) or (N, C, H, W), and only N may be 0."""
    if input.dim() not in (3, 4) or 0 in input.shape[-3:]:
        raise RuntimeError(
            f"input must be (C, H, W) or (N, C, H, W), not empty, got {tuple(input.shape)}"
        )


def check_fits(size: int, output_size: int, kernel_size: int, name: str) -> None:
    """Raise RuntimeError unless this many windows can begin at different places."""
    if not 1 <= output_size <= size - kernel_size + 1:
        raise RuntimeError(
            f"kernel_size and output_size must fit the input's {name} {size}, "
            f"got {kernel_size} and {output_size}"
        )
