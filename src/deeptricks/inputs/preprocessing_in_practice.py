"""Standardization as a layer: preprocessing that travels with the model."""

from typing import Self

import torch
from torch import nn

AXES = {"pixel": (0,), "channel": (0, 2, 3), "image": (1, 2, 3)}


class Standardize(nn.Module):
    """Subtract a mean from images and divide by a standard deviation.

    y = (x - μ) / √(σ² + ε), with μ and σ² the mean and the variance (÷ N) of what `per` says.

    As the first layer, `nn.Sequential(Standardize("channel").fit(train_images), network)`, its
    statistics are saved and loaded with the weights, so nobody can forget them or compute them
    from the wrong images.

    Parameters
    ----------
    per : "pixel", "channel" or "image"
        What the statistics are taken over: each pixel of each channel over the training images
        (a mean *image*); each channel over the training images and all their pixels; or each image
        over its own pixels, which needs no `fit`.
    scale : bool, default True
        Divide by the standard deviation. False: mean subtraction alone.
    eps : float ≥ 0, default 0
        In squared units of the pixels. Added to the variance, so that pixels which are hardly ever
        lit are not blown up.

    What is constant, such as a border pixel that is always black, has no scale: it is centered and
    divided by 1, and becomes 0, as in `StandardScaler`.

    Attributes
    ----------
    mean, std : Tensor or None
        Buffers of shape (C, H, W) for "pixel", (C, 1, 1) for "channel"; None for "image", or
        before `fit`.

    Raises
    ------
    ValueError
        An unknown `per`, a negative or infinite `eps`.
    """

    def __init__(self, per: str = "channel", *, scale: bool = True, eps: float = 0.0) -> None:
        super().__init__()
        if per not in AXES:
            raise ValueError(f"per must be one of {[*AXES]}, got {per!r}")
        if not 0 <= eps < float("inf"):
            raise ValueError(f"eps must be a finite number ≥ 0, got {eps!r}")
        self.per, self.scale, self.eps = per, scale, eps
        self.register_buffer("mean", None)
        self.register_buffer("std", None)

    @torch.no_grad()
    def fit(self, images: torch.Tensor) -> Self:
        """Learn the statistics from the training images.

        Parameters
        ----------
        images : Tensor, shape (N, C, H, W)
            Of any number type, on any device.

        Returns
        -------
        Standardize
            Itself.

        Raises
        ------
        TypeError
            Not a tensor.
        ValueError
            Another number of dimensions, no image, NaN or infinity.
        """
        images = _as_float(_checked(images))
        if len(images) == 0:
            raise ValueError(f"images must hold at least one image, got shape {[*images.shape]}")
        if not images.isfinite().all():
            raise ValueError("images must be finite, got NaN or infinity")
        if self.per != "image":
            mean, std = self._statistics(images)
            self.mean, self.std = mean[0], std[0]
        return self

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Standardize a batch of images.

        Parameters
        ----------
        images : Tensor, shape (N, C, H, W)

        Returns
        -------
        Tensor, shape (N, C, H, W)
            Floating-point images keep their type; integer ones take that of the statistics.

        Raises
        ------
        ValueError
            Images of another shape than in `fit`.
        RuntimeError
            Before `fit`.
        """
        _checked(images)
        if self.per == "image":
            numbers = _as_float(images)
            mean, std = self._statistics(numbers)
        else:
            self._check_fits(images)
            numbers = images.to(torch.promote_types(images.dtype, self.mean.dtype))
            mean, std = self.mean.to(images.device), self.std.to(images.device)
        standardized = (numbers - mean) / std if self.scale else numbers - mean
        return standardized.to(images.dtype) if images.is_floating_point() else standardized

    def _statistics(self, images):
        axes = AXES[self.per]
        mean = images.mean(axes, keepdim=True)
        variance = (images - mean).square().mean(axes, keepdim=True)
        lowest, highest = images.amin(axes, keepdim=True), images.amax(axes, keepdim=True)
        constant = lowest == highest
        mean = torch.where(constant, lowest, mean)  # exactly, so that the difference is 0
        return mean, torch.where(constant, 1.0, variance + self.eps).sqrt()

    def _check_fits(self, images):
        if self.mean is None:
            raise RuntimeError("Standardize has no statistics yet: call fit(training_images) first")
        fitted = self.mean.shape if self.per == "pixel" else self.mean.shape[:1]
        if images.shape[1 : 1 + len(fitted)] != fitted:
            raise ValueError(
                f"images must have (channels, height, width) as in fit, where they were "
                f"{(*fitted, '…', '…')[:3]}, got {tuple(images.shape[1:])}"
            )

    def _load_from_state_dict(self, state_dict, prefix, *rest):
        # The statistics have no shape before fit: take it from what is loaded.
        for name in ("mean", "std") if self.per != "image" else ():
            saved, own = state_dict.get(prefix + name), getattr(self, name)
            if saved is not None and (own is None or own.shape != saved.shape):
                setattr(self, name, torch.empty_like(saved))
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def extra_repr(self) -> str:
        """Say in the printed module what the statistics are taken over."""
        return f"per={self.per!r}, scale={self.scale}, eps={self.eps:g}"


def _checked(images):
    if not isinstance(images, torch.Tensor):
        raise TypeError(f"images must be a torch tensor, got {type(images).__name__}")
    if images.ndim != 4:
        raise ValueError(f"images must have shape (N, C, H, W), got {tuple(images.shape)}")
    return images


def _as_float(images):
    """In single precision at least: half precision would lose the sums."""
    return images.to(torch.promote_types(images.dtype, torch.float32))
