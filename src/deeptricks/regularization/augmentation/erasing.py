"""Occlusion: a rectangle of each image is covered (random erasing, cutout)."""

import math

import torch
from torch import Tensor

from deeptricks.regularization.augmentation.per_sample import Augmentation, draw_like, interval
from deeptricks.regularization.augmentation.warp import as_fill
from deeptricks.regularization.checks import check_probability

TRIES = 10


class RandomErasing(Augmentation):
    """With probability p a rectangle of each image is covered; torchvision's name and arguments.

    Its area is a part of the image drawn from `scale`, height over width from `ratio`, uniformly
    in the logarithm; sides are rounded. If after ten tries it has not fitted inside, the image
    stays whole. Cutout is p = 1 and ratio (1, 1), but that a cutout may reach beyond the border.

    Parameters
    ----------
    p : float
        Probability.
    scale : (float, float)
        Range of the covered part of the area, within [0, 1].
    ratio : (float, float)
        Range of height over width, above 0.
    value : float, one for each channel, or "random"
        What covers: a color, or noise from N(0, 1).
    generator : torch.Generator, optional
        See `Augmentation`.

    References
    ----------
    Z. Zhong, L. Zheng, G. Kang, S. Li and Y. Yang, Random erasing data augmentation, AAAI 2020;
    T. DeVries and G. W. Taylor, Improved regularization of convolutional neural networks with
    cutout, 2017.
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: tuple[float, float] = (0.02, 0.33),
        ratio: tuple[float, float] = (0.3, 3.3),
        value: float | tuple | str = 0.0,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(generator)
        check_probability(p=p)
        self.p, self.scale, self.ratio = p, interval("scale", scale), interval("ratio", ratio)
        if not 0 <= self.scale[0] <= self.scale[1] <= 1:
            raise ValueError(f"scale must lie within [0, 1], got {scale!r}")
        if self.ratio[0] <= 0:
            raise ValueError(f"ratio must be above 0, got {ratio!r}")
        if isinstance(value, str) and value != "random":
            raise ValueError(f"value must be numbers or 'random', got {value!r}")
        self.value = value

    def augment(self, images: Tensor) -> Tensor:
        """Cover the rectangles of those that are hit."""
        hit = self.happens(images, self.p)
        covered = hit & self.rectangles(images)
        if isinstance(self.value, str):  # "random"
            how = draw_like(images, self.generator)
            cover = torch.randn(images.shape, **how).to(images.dtype)
        else:
            fill = as_fill(images, self.value)
            cover = torch.zeros_like(images) if fill is None else fill
        return torch.where(covered, cover, images)

    def rectangles(self, images: Tensor) -> Tensor:
        """Draw one for each image: a mask (N, 1, H, W), empty where none has fitted."""
        rows, columns = images.shape[-2:]
        area = rows * columns * self.uniform(images, *self.scale, TRIES)
        low, high = map(math.log, self.ratio)
        ratio = self.uniform(images, low, high, TRIES).exp()
        height, width = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
        fits = (height < rows) & (width < columns)
        first = fits.to(torch.int8).argmax(dim=1, keepdim=True)
        height, width, fits = (of.take_along_dim(first, 1) for of in (height, width, fits))
        inside = fits[:, :, None]
        masks = []
        for size, side in ((rows, height), (columns, width)):
            start = (self.uniform(images, 0, 1, 1) * (size - side + 1)).floor()
            place = torch.arange(size, device=images.device)
            masks.append((place >= start) & (place < start + side))
        return (masks[0][:, :, None] & masks[1][:, None, :] & inside)[:, None]

    def extra_repr(self) -> str:
        """Tell the ranges."""
        return f"p={self.p}, scale={self.scale}, ratio={self.ratio}, value={self.value!r}"
