"""What moves pixels whole: mirror images, shifts, crops. No interpolation, nothing is blurred."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from deeptricks.regularization.augmentation.per_sample import Augmentation, draw_like
from deeptricks.regularization.checks import check_probability, check_whole


class RandomHorizontalFlip(Augmentation):
    """Each image is mirrored left to right with probability p; torchvision's name.

    Parameters
    ----------
    p : float
        Probability of a flip.
    generator : torch.Generator, optional
        See `Augmentation`.
    """

    axis = -1

    def __init__(self, p: float = 0.5, *, generator: torch.Generator | None = None) -> None:
        super().__init__(generator)
        check_probability(p=p)
        self.p = p

    def augment(self, images: Tensor) -> Tensor:
        """Mirror those that are hit."""
        return torch.where(self.happens(images, self.p), images.flip(self.axis), images)

    def extra_repr(self) -> str:
        """Tell the probability."""
        return f"p={self.p}"


class RandomVerticalFlip(RandomHorizontalFlip):
    """Each image is turned upside down with probability p; see `RandomHorizontalFlip`."""

    axis = -2


class RandomCrop(Augmentation):
    """A window of the padded image, at a place drawn for each; torchvision's name.

    With ``size`` the image's own size and ``padding`` k this is a shift by up to k pixels in each
    direction, all (2k + 1)² of them equally likely: the standard augmentation of CIFAR.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the window.
    padding : int or (int, int) or (int, int, int, int), optional
        Pixels added before: on all sides, left/right and top/bottom, or left, top, right, bottom.
    fill : float
        What the added pixels hold.
    padding_mode : str
        "constant", "reflect" or "edge"; the last two ignore `fill`.
    generator : torch.Generator, optional
        See `Augmentation`.

    Raises
    ------
    ValueError
        For a window larger than the padded image, when it meets one.
    """

    def __init__(
        self,
        size: int | tuple[int, int],
        padding: int | tuple | None = None,
        fill: float = 0.0,
        padding_mode: str = "constant",
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        check_whole(1, height=self.size[0], width=self.size[1])
        sides = (padding or 0,) if isinstance(padding, int | None) else tuple(padding)
        if len(sides) not in (1, 2, 4):
            raise ValueError(f"padding must be 1, 2 or 4 whole numbers, got {padding!r}")
        check_whole(0, **{f"padding[{i}]": side for i, side in enumerate(sides)})
        if padding_mode not in ("constant", "reflect", "edge"):
            raise ValueError(
                f"padding_mode must be 'constant', 'reflect' or 'edge', got {padding_mode!r}"
            )
        self.padding = sides * (4 // len(sides))
        self.fill, self.padding_mode = fill, padding_mode

    def augment(self, images: Tensor) -> Tensor:
        """Pad, draw the upper left corners, gather the windows' rows and columns."""
        left, top, right, bottom = self.padding
        mode = {"edge": "replicate"}.get(self.padding_mode, self.padding_mode)
        value = self.fill if mode == "constant" else None
        padded = pad(images, (left, right, top, bottom), mode, value)
        for axis, size in zip((-2, -1), self.size, strict=True):
            room = padded.shape[axis] - size + 1
            if room < 1:
                raise ValueError(
                    f"size {self.size} must fit into the padded images, got {padded.shape[-2:]}"
                )
            how = draw_like(images, self.generator) | {"dtype": torch.long}
            start = torch.randint(room, (len(images), 1), **how)
            window = start + torch.arange(size, device=images.device)
            view = (len(images), 1, size, 1) if axis == -2 else (len(images), 1, 1, size)
            padded = padded.take_along_dim(window.view(view), axis)
        return padded

    def extra_repr(self) -> str:
        """Tell the sizes."""
        return f"size={self.size}, padding={self.padding}"


def shift(images: Tensor, right: int = 0, down: int = 0, fill: float | None = 0.0) -> Tensor:
    """Move images (…, H, W) by whole pixels; negative numbers move left and up.

    Parameters
    ----------
    images
        Of any type.
    right, down
        Pixels.
    fill
        What comes in behind; None lets what leaves on one side come in on the other.
    """
    moved = images.roll((down, right), dims=(-2, -1))
    if fill is None:
        return moved
    height, width = images.shape[-2:]
    rows = torch.arange(height, device=images.device)[:, None] - down
    columns = torch.arange(width, device=images.device) - right
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return torch.where(inside, moved, fill)
