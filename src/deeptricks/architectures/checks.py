"""What the networks of this part check before they are built or run."""

from numbers import Integral

from torch import Tensor


def check_whole(least: int = 1, **values: object) -> None:
    """Refuse what is not a whole number of at least `least`; names are those of the arguments."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def check_share(**values: float) -> None:
    """Refuse a probability outside [0, 1]."""
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be in [0, 1], got {value!r}")


def check_image(x: Tensor, least: int, channels: int = 3) -> None:
    """Refuse what is not a batch of images (N, channels, H, W) with H and W at least `least`."""
    if x.dim() != 4 or x.shape[1] != channels:
        raise ValueError(f"x must be of shape (N, {channels}, H, W), got {tuple(x.shape)}")
    if min(x.shape[2:]) < least:
        raise ValueError(
            f"x must hold images of at least {least} × {least} pixels, since each halving needs "
            f"something to halve, got {x.shape[2]} × {x.shape[3]}"
        )
