"""Read an image at other places: every geometric change is a grid of places and one sampling."""

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

INTERPOLATIONS = ("nearest", "bilinear")


def pixel_grid(images: Tensor) -> Tensor:
    """Return the place (x, y) of every pixel, in pixels from the upper left one: (H, W, 2)."""
    height, width = images.shape[-2:]
    dtype = torch.promote_types(images.dtype, torch.float32)
    x = torch.arange(width, dtype=dtype, device=images.device).expand(height, width)
    y = torch.arange(height, dtype=dtype, device=images.device)[:, None].expand(height, width)
    return torch.stack([x, y], dim=-1)


def warp(
    images: Tensor, places: Tensor, interpolation: str = "bilinear", fill: float | tuple = 0.0
) -> Tensor:
    """out[n, c, i, j] = images[n, c] at places[n, i, j], between pixels by interpolation.

    This is the *inverse* mapping: each pixel of the result asks where it comes from. The other
    way, sending each pixel off, would leave holes and collisions.

    Parameters
    ----------
    images
        (N, C, H, W), of floating point.
    places
        (N, H, W, 2): x and y in pixels, (0, 0) the center of the upper left pixel.
    interpolation
        "bilinear", from the four pixels around the place, or "nearest".
    fill
        What lies beyond the border: a number, or one for each channel. Between a pixel at the
        border and the fill, "bilinear" weighs the two as it weighs two pixels (scipy's
        "grid-constant"). torchvision weighs such a pixel twice: m (z − fill) + fill with z, the
        image sampled beside zeros, and m, the part that comes from within.

    Returns
    -------
    Tensor
        (N, C, H, W), of the type of `images`.
    """
    height, width = images.shape[-2:]
    # grid_sample counts from −1, the left edge of the image, to 1, its right edge.
    scale = places.new_tensor([2 / width, 2 / height])
    grid = places * scale + (scale / 2 - 1)
    beyond = as_fill(images, fill)
    # It reads zeros beyond the border: shift the fill to zero before, and back after.
    start = images if beyond is None else images - beyond
    out = grid_sample(start.to(grid.dtype), grid, interpolation, "zeros", align_corners=False)
    return (out if beyond is None else out + beyond).to(images.dtype)


def as_fill(images: Tensor, fill: float | tuple) -> Tensor | None:
    """Return the fill beside the channels (C or 1, 1, 1), or None for zeros."""
    values = torch.as_tensor(fill, dtype=images.dtype, device=images.device).reshape(-1, 1, 1)
    if len(values) not in (1, images.shape[1]):
        raise ValueError(
            f"fill must be a number or one for each of {images.shape[1]} channels, got {fill!r}"
        )
    return None if fill == 0 else values


def check_interpolation(interpolation: object) -> str:
    """Return the name of an interpolation; torchvision's `InterpolationMode` has one too.

    Raises
    ------
    ValueError
        For any other than "nearest" and "bilinear".
    """
    name = getattr(interpolation, "value", interpolation)
    if name not in INTERPOLATIONS:
        raise ValueError(f"interpolation must be one of {INTERPOLATIONS}, got {interpolation!r}")
    return str(name)
