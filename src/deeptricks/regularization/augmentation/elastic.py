"""Elastic distortion: random displacements, smoothed, so that neighbors move together."""

from functools import lru_cache

import torch
from torch import Tensor

from deeptricks.regularization.augmentation.per_sample import Augmentation
from deeptricks.regularization.augmentation.smoothing import gaussian_matrix, smooth
from deeptricks.regularization.augmentation.warp import check_interpolation, pixel_grid, warp
from deeptricks.regularization.checks import check_at_least_zero


def displacement_field(
    noise: Tensor,
    alpha: tuple[float, float],
    sigma: tuple[float, float],
    border: str = "reflect",
) -> Tensor:
    """Δ = ½α · (G_σ ∗ noise): how far each pixel's source lies from it, in pixels.

    Parameters
    ----------
    noise
        (N, 2, H, W), drawn from [−1, 1): for x in channel 0, for y in channel 1.
    alpha
        Strength along x and along y, in half pixels; see `ElasticTransform`.
    sigma
        Standard deviation of the Gaussian G for the field of x and for that of y, in pixels,
        cut off at 4σ; 0 leaves the noise as it is.
    border
        As in `gaussian_matrix`.

    Returns
    -------
    Tensor
        (N, H, W, 2).
    """
    fields = []
    for channel in (0, 1):
        field = noise[:, channel : channel + 1]
        if sigma[channel] > 0:
            how = (sigma[channel], border, noise.dtype, noise.device)
            rows, columns = (smoothing_matrix(size, *how) for size in noise.shape[-2:])
            field = smooth(field, rows, columns)
        fields.append(field[:, 0] * (alpha[channel] / 2))
    return torch.stack(fields, dim=-1)


@lru_cache(maxsize=32)
def smoothing_matrix(
    size: int, sigma: float, border: str, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """Return the matrix of one σ, cut off at 4σ, kept for the next batch."""
    radius = int(8 * sigma + 1) // 2
    return gaussian_matrix(size, torch.tensor([sigma], dtype=dtype, device=device), radius, border)


class ElasticTransform(Augmentation):
    """Distort each image by a smooth random field of its own; torchvision's name and arguments.

    The pixel at p of the result shows what was at p + Δ(p), with the field Δ of
    `displacement_field`. Small σ: neighbors move apart and strokes crumble. Large σ: all pixels
    move alike, by next to nothing unless α is large. In between the image bends.

    Parameters
    ----------
    alpha : float or (float, float)
        Strength, or one for x and one for y. Beware of three scales: as in torchvision, noise of
        1 moves by α/2 *pixels* (its coordinates run from −1 to 1 across the image); in the paper
        and in most recipes by α pixels; in kornia by α *half images*.
    sigma : float or (float, float)
        Standard deviation of the smoothing in pixels, or one for the field of x and one for that
        of y, as in kornia; in torchvision both fields are smoothed by the first along x and by
        the second along y.
    interpolation : str
        "bilinear" or "nearest".
    fill : float or one for each channel
        What lies beyond the border.
    generator : torch.Generator, optional
        See `Augmentation`. (torchvision draws one field for a whole batch.)

    References
    ----------
    P. Y. Simard, D. Steinkraus and J. C. Platt, Best practices for convolutional neural networks
    applied to visual document analysis, ICDAR 2003, section 2.
    """

    def __init__(
        self,
        alpha: float | tuple[float, float] = 50.0,
        sigma: float | tuple[float, float] = 5.0,
        interpolation: str = "bilinear",
        fill: float | tuple = 0.0,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.alpha, self.sigma = as_pair("alpha", alpha), as_pair("sigma", sigma)
        self.interpolation = check_interpolation(interpolation)
        self.fill = fill

    def augment(self, images: Tensor) -> Tensor:
        """Draw a field for each image and read the image along it."""
        noise = self.uniform(images, -1, 1, 2, *images.shape[-2:])
        field = displacement_field(noise, self.alpha, self.sigma)
        return warp(images, pixel_grid(images) + field, self.interpolation, self.fill)

    def extra_repr(self) -> str:
        """Tell strength and smoothness."""
        return f"alpha={self.alpha}, sigma={self.sigma}"


def as_pair(name: str, value: float | tuple) -> tuple[float, float]:
    """Return a number twice, or the two numbers of a pair, none of them negative."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{name} must be a number or a pair (for x, for y), got {value!r}")
    check_at_least_zero(**{name: pair[0]})
    check_at_least_zero(**{name: pair[1]})
    return float(pair[0]), float(pair[1])
