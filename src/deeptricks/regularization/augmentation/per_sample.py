"""What all augmentations share: each image of the batch gets draws of its own."""

import torch
from torch import Tensor, nn

from deeptricks.regularization.checks import check_generator, check_images


class Augmentation(nn.Module):
    """Base of the augmentations: floating-point images (N, C, H, W) in, changed images out.

    As with dropout, training changes the images and evaluation mode passes them on untouched, so
    that an augmentation may stand in front of a network as its first layer. (torchvision's
    transforms do not look at the mode.)

    Parameters
    ----------
    generator : torch.Generator, optional
        Where the draws come from; the global one by default. It must be on the images' device.

    Raises
    ------
    TypeError
        For a generator that is none; for images that are not of floating point.
    ValueError
        For images of another shape than (N, C, H, W), or on another device than the generator.
    """

    def __init__(self, generator: torch.Generator | None = None) -> None:
        super().__init__()
        check_generator(generator)
        self.generator = generator

    def forward(self, images: Tensor) -> Tensor:
        """Change the images in training mode; the argument is never overwritten."""
        check_images(images)
        if not self.training or 0 in images.shape:
            return images
        return self.augment(images)

    def augment(self, images: Tensor) -> Tensor:
        """Draw and change; to be written by each augmentation."""
        raise NotImplementedError

    def uniform(self, images: Tensor, low: float, high: float, *shape: int) -> Tensor:
        """Draw from [low, high), with a first axis of N and the further `shape`."""
        how = draw_like(images, self.generator)
        return low + (high - low) * torch.rand(len(images), *shape, **how)

    def happens(self, images: Tensor, p: float) -> Tensor:
        """Draw for each image whether it is hit: True with probability p, shape (N, 1, 1, 1)."""
        return self.uniform(images, 0, 1).view(-1, 1, 1, 1) < p


def draw_like(images: Tensor, generator: torch.Generator | None) -> dict:
    """Return type, device and generator of draws for these images; at least single precision.

    Raises
    ------
    ValueError
        If the generator is on another device.
    """
    if generator is not None and generator.device.type != images.device.type:
        raise ValueError(
            f"generator must be on the device of the images, {images.device}, "
            f"got {generator.device}"
        )
    dtype = torch.promote_types(images.dtype, torch.float32)
    return {"dtype": dtype, "device": images.device, "generator": generator}


def interval(name: str, value: float | tuple, around: float | None = None) -> tuple[float, float]:
    """Return (low, high); a number v means (around − v, around + v) where `around` is given.

    Raises
    ------
    ValueError
        Unless the two are finite numbers, the first not above the second.
    """
    try:
        if around is not None and not isinstance(value, tuple | list):
            value = (around - value, around + value)
        low, high = (float(end) for end in tuple(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number or a pair (low, high), got {value!r}") from None
    if not -float("inf") < low <= high < float("inf"):
        raise ValueError(f"{name} must be finite numbers with low ≤ high, got {value!r}")
    return low, high
