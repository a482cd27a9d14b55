"""Light and color: brightness, contrast, saturation, hue, or no color at all."""

import torch
from torch import Tensor

from deeptricks.regularization.augmentation.per_sample import Augmentation, draw_like, interval
from deeptricks.regularization.checks import check_probability

LUMA = (0.2989, 0.587, 0.114)  # how bright red, green and blue look; ITU-R BT.601


def gray(images: Tensor) -> Tensor:
    """Brightness as the eye weighs the colors, (N, 1, H, W); one channel stays as it is."""
    check_channels(images)
    if images.shape[1] == 1:
        return images
    return (images * images.new_tensor(LUMA).view(3, 1, 1)).sum(dim=1, keepdim=True)


def blend(images: Tensor, other: Tensor | float, factor: Tensor) -> Tensor:
    """Return factor · images + (1 − factor) · other, cut to [0, 1]."""
    return (factor * images + (1 - factor) * other).clamp(0, 1).to(images.dtype)


def brightness(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with black."""
    return blend(images, 0.0, factor)


def contrast(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with one gray, the mean of the image."""
    return blend(images, gray(images).mean(dim=(-2, -1), keepdim=True), factor)


def saturation(images: Tensor, factor: Tensor) -> Tensor:
    """Blend with the gray picture of itself."""
    return blend(images, gray(images), factor)


def hue(images: Tensor, turn: Tensor) -> Tensor:
    """Turn the circle of colors by a part of it in [−½, ½]; a gray picture has none to turn."""
    if images.shape[1] == 1:
        return images
    angle, depth, value = rgb_to_hsv(images)
    return hsv_to_rgb((angle + turn[:, 0]) % 1, depth, value).to(images.dtype)


def rgb_to_hsv(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue, saturation and value of colors in [0, 1]; each (N, H, W), in [0, 1]."""
    red, green, blue = images.unbind(dim=1)
    value, least = images.amax(dim=1), images.amin(dim=1)
    chroma = value - least
    unit = torch.where(chroma == 0, 1, chroma)
    sixths = torch.where(
        value == red,
        (green - blue) / unit,
        torch.where(value == green, (blue - red) / unit + 2, (red - green) / unit + 4),
    )
    return (sixths / 6) % 1, chroma / torch.where(value == 0, 1, value), value


def hsv_to_rgb(angle: Tensor, depth: Tensor, value: Tensor) -> Tensor:
    """Return the colors (N, 3, H, W) of hue, saturation and value.

    Each channel is value · (1 − depth · t), with t = 0 within a sixth of the circle around its
    own color's third and rising to 1 over the next sixth.
    """
    place = (6 * angle[:, None] + angle.new_tensor([5, 3, 1]).view(3, 1, 1)) % 6
    t = torch.minimum(place, 4 - place).clamp(0, 1)
    return value[:, None] * (1 - depth[:, None] * t)


def check_channels(images: Tensor) -> None:
    """Raise ValueError unless there are one or three channels."""
    if images.shape[1] not in (1, 3):
        raise ValueError(f"images must have 1 or 3 channels for color, got {images.shape[1]}")


class ColorJitter(Augmentation):
    """Other light: factors drawn uniformly for each image; torchvision's name and arguments.

    Expects values in [0, 1] and keeps them there. The four follow one another in an order drawn
    for the batch (so torch.func.vmap runs it with one of them alone).

    Parameters
    ----------
    brightness, contrast, saturation : float or (float, float), optional
        Range of the factor, not negative; a number v means (max(0, 1 − v), 1 + v).
    hue : float or (float, float), optional
        Range of the turn within [−0.5, 0.5], halves of the circle; a number v means (−v, v).
    generator : torch.Generator, optional
        See `Augmentation`.

    Raises
    ------
    ValueError
        For ranges outside of these; for images that have neither one nor three channels.
    """

    def __init__(
        self,
        brightness: float | tuple[float, float] | None = None,
        contrast: float | tuple[float, float] | None = None,
        saturation: float | tuple[float, float] | None = None,
        hue: float | tuple[float, float] | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(generator)
        given = {"brightness": brightness, "contrast": contrast, "saturation": saturation}
        self.ranges = {k: factor_range(k, v) for k, v in given.items() if v}
        if hue:
            self.ranges["hue"] = interval("hue", hue, around=0)
            if not -0.5 <= self.ranges["hue"][0] <= self.ranges["hue"][1] <= 0.5:
                raise ValueError(f"hue must lie within [-0.5, 0.5], got {hue!r}")

    def augment(self, images: Tensor) -> Tensor:
        """Apply those that have a range, in random order."""
        check_channels(images)
        names = list(self.ranges)
        if len(names) > 1:
            how = draw_like(images, self.generator) | {"dtype": torch.long}
            order = torch.randperm(len(names), **how)
            names = [names[i] for i in order.tolist()]
        for name in names:
            factor = self.uniform(images, *self.ranges[name], 1, 1, 1)
            images = CHANGES[name](images, factor)
        return images

    def extra_repr(self) -> str:
        """Tell the ranges."""
        return ", ".join(f"{name}={ends}" for name, ends in self.ranges.items())


CHANGES = {"brightness": brightness, "contrast": contrast, "saturation": saturation, "hue": hue}


def factor_range(name: str, value: float | tuple[float, float]) -> tuple[float, float]:
    """Return the range of a factor; a number v means (max(0, 1 − v), 1 + v)."""
    low, high = interval(name, value, around=1)
    if not isinstance(value, tuple | list):
        low = max(0.0, low)
    if low < 0:
        raise ValueError(f"{name} must not be negative, got {value!r}")
    return low, high


class RandomGrayscale(Augmentation):
    """Each image loses its color with probability p; torchvision's name and arguments.

    Parameters
    ----------
    p : float
        Probability.
    generator : torch.Generator, optional
        See `Augmentation`.
    """

    def __init__(self, p: float = 0.1, *, generator: torch.Generator | None = None) -> None:
        super().__init__(generator)
        check_probability(p=p)
        self.p = p

    def augment(self, images: Tensor) -> Tensor:
        """All channels show the brightness of those that are hit."""
        return torch.where(self.happens(images, self.p), gray(images), images)
