"""Turn, stretch, slant and shift: one matrix for each image, one sampling for the batch."""

import torch
from torch import Tensor

from deeptricks.regularization.augmentation.per_sample import Augmentation, interval
from deeptricks.regularization.augmentation.warp import check_interpolation, pixel_grid, warp


def affine_matrix(angle: Tensor, scale: Tensor, shear_x: Tensor, shear_y: Tensor) -> Tensor:
    """Return A = scale · R(angle) · Y(shear_y) · X(shear_x), shape (N, 2, 2).

    Acts on columns (x, y), y pointing down, so that a positive angle turns clockwise on the
    screen. R = [[cos, −sin], [sin, cos]], X = [[1, −tan], [0, 1]], Y = [[1, 0], [−tan, 1]], in
    torchvision's order. Angles in degrees, each argument of shape (N,).
    """
    angle, shear_x, shear_y = (torch.deg2rad(a) for a in (angle, shear_x, shear_y))
    one, zero = torch.ones_like(angle), torch.zeros_like(angle)
    turn = matrices(angle.cos(), -angle.sin(), angle.sin(), angle.cos())
    slant_y = matrices(one, zero, -shear_y.tan(), one)
    slant_x = matrices(one, -shear_x.tan(), zero, one)
    return scale[:, None, None] * (turn @ slant_y @ slant_x)


def matrices(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """Stack N numbers of each kind to N matrices [[a, b], [c, d]]."""
    return torch.stack([a, b, c, d], dim=-1).unflatten(-1, (2, 2))


def affine_places(images: Tensor, matrix: Tensor, offset: Tensor, center: Tensor) -> Tensor:
    """Where each pixel comes from: p ↦ A⁻¹ (p − center − offset) + center, shape (N, H, W, 2).

    The picture moves by p ↦ A (p − center) + center + offset. The pixel at p in the result
    therefore shows what was at the inverse of that: to magnify by 2, step through the old image
    in steps of ½.
    """
    relative = pixel_grid(images).flatten(0, 1) - center - offset[:, None]
    places = relative @ torch.linalg.inv(matrix).mT + center
    return places.unflatten(1, images.shape[-2:])


class RandomAffine(Augmentation):
    """Rotation, shift, scaling and shear, drawn uniformly for each image; torchvision's name.

    Parameters
    ----------
    degrees : float or (float, float)
        Range of the angle; a number d means (−d, d). Positive is clockwise.
    translate : (float, float), optional
        The largest shift to the right and down as a fraction of width and height, each drawn
        from ± that and rounded to whole pixels.
    scale : (float, float), optional
        Range of the factor; above 1 magnifies.
    shear : float or 2 or 4 floats, optional
        Degrees: a number s means (−s, s) along x; two numbers a range along x; four, ranges
        along x and y.
    interpolation : str
        "nearest" (torchvision's default) or "bilinear".
    fill : float or one for each channel
        What lies beyond the border.
    center : (float, float), optional
        What stays fixed, x and y from the upper left corner in pixels; the middle by default.
    generator : torch.Generator, optional
        See `Augmentation`.

    Raises
    ------
    ValueError
        For ranges that mean nothing: translate outside [0, 1], scale not above 0, |shear| of 90
        or more.
    """

    def __init__(
        self,
        degrees: float | tuple[float, float],
        translate: tuple[float, float] | None = None,
        scale: tuple[float, float] | None = None,
        shear: float | tuple | None = None,
        interpolation: str = "nearest",
        fill: float | tuple = 0.0,
        center: tuple[float, float] | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.degrees = interval("degrees", degrees, around=0)
        self.translate = (0.0, 0.0) if translate is None else tuple(map(float, translate))
        if len(self.translate) != 2 or not all(0 <= part <= 1 for part in self.translate):
            raise ValueError(f"translate must be two fractions in [0, 1], got {translate!r}")
        self.scale = (1.0, 1.0) if scale is None else interval("scale", scale)
        if self.scale[0] <= 0:
            raise ValueError(f"scale must be above 0, got {scale!r}")
        self.shear = shear_ranges(shear)
        self.interpolation = check_interpolation(interpolation)
        self.fill, self.center = fill, center

    def augment(self, images: Tensor) -> Tensor:
        """Draw a matrix and an offset for each image; sample all at once."""
        height, width = images.shape[-2:]
        angle = self.uniform(images, *self.degrees)
        size = angle.new_tensor([width, height])
        most = size * size.new_tensor(self.translate)
        offset = (self.uniform(images, -1, 1, 2) * most).round()
        scale = self.uniform(images, *self.scale)
        shears = [self.uniform(images, *each) for each in self.shear]
        # A pixel's center lies half a pixel inside its corner, from which `center` counts.
        center = (size if self.center is None else 2 * size.new_tensor(self.center)) / 2 - 0.5
        matrix = affine_matrix(self.sense * angle, scale, *shears)
        places = affine_places(images, matrix, offset, center)
        return warp(images, places, self.interpolation, self.fill)

    sense = 1.0  # of rotation: clockwise

    def extra_repr(self) -> str:
        """Tell the ranges."""
        return (
            f"degrees={self.degrees}, translate={self.translate}, scale={self.scale}, "
            f"shear={self.shear}, interpolation={self.interpolation!r}"
        )


class RandomRotation(RandomAffine):
    """Rotation alone; torchvision's name. Here a positive angle is counter-clockwise, as there.

    Parameters
    ----------
    degrees, interpolation, center, fill, generator
        As in `RandomAffine`.
    expand : bool
        Only False: all images of a batch keep their size.
    """

    sense = -1.0

    def __init__(
        self,
        degrees: float | tuple[float, float],
        interpolation: str = "nearest",
        expand: bool = False,
        center: tuple[float, float] | None = None,
        fill: float | tuple = 0.0,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        if expand:
            raise ValueError("expand must be False: images of one batch have one size")
        super().__init__(
            degrees, interpolation=interpolation, fill=fill, center=center, generator=generator
        )


def shear_ranges(shear: float | tuple | None) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ranges of the two shears in degrees."""
    values = (0.0,) if shear is None else shear if isinstance(shear, tuple | list) else (shear,)
    if len(values) == 1:
        values = (-values[0], values[0])
    if len(values) not in (2, 4) or not all(abs(v) < 90 for v in values):
        raise ValueError(f"shear must be 1, 2 or 4 angles between −90 and 90, got {shear!r}")
    along_y = values[2:] or (0.0, 0.0)
    return interval("shear", tuple(values[:2])), interval("shear", tuple(along_y))
