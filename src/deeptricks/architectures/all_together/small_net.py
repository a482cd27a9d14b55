"""The network of the capstone: three stages of two convolutions, with a place for every trick."""

from collections.abc import Callable, Sequence
from typing import Literal

from torch import Tensor, nn


class SmallNet(nn.Module):
    """Whitening, stages, one number per channel, dropout, logits.

    ======== ======================= ====================
    layer    28 × 28, with whitening  8 × 8, without
    ======== ======================= ====================
    whitening 4 × 27 × 27             —
    stage 1  32 × 14 × 14             32 × 4 × 4
    stage 2  64 × 7 × 7               64 × 2 × 2
    stage 3  128 × 4 × 4              128 × 1 × 1
    pool     128                      128
    logits   10                       10
    ======== ======================= ====================

    What a stage is made of is in `stage`. Weights are torch's defaults until an initializer comes.

    Parameters
    ----------
    widths : sequence of int
        Channels of each stage; as many stages as there are numbers.
    num_classes : int
        Logits.
    in_channels : int
        Of the images: 1 for gray, 3 for color.
    norm : callable or None
        Makes the norm of so many channels, ``BatchNorm2d`` for example. Convolutions have a bias
        only where it is None: a norm has a shift of its own.
    activation : callable
        Makes the activation, ``GELU`` for example.
    whitening : nn.Module, optional
        First layer, with the attributes `in_channels` and `out_channels`: a `WhiteningConv2d`.
    pool : "max" or "mean"
        What remains of a channel: its largest value or its mean, over all places.
    dropout : callable, optional
        Makes the dropout before the logits.

    Raises
    ------
    ValueError
        For numbers that are not whole and above 0, another pool, a whitening for other images; on
        call, for images too small to be halved in every stage.

    References
    ----------
    The stage is that of K. Jordan, 94% on CIFAR-10 in 3.29 seconds on a single GPU,
    arXiv:2404.00498, 2024 (there with a third convolution in its larger networks).
    """

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 128),
        num_classes: int = 10,
        in_channels: int = 1,
        *,
        norm: Callable[[int], nn.Module] | None = nn.BatchNorm2d,
        activation: Callable[[], nn.Module] = nn.GELU,
        whitening: nn.Module | None = None,
        pool: Literal["max", "mean"] = "max",
        dropout: Callable[[], nn.Module] | None = None,
    ) -> None:
        super().__init__()
        widths = tuple(widths)
        check_arguments(widths, num_classes, in_channels, whitening, pool)
        channels = in_channels if whitening is None else int(whitening.out_channels)
        inputs = (channels, *widths[:-1])
        self.whitening = whitening if whitening is not None else nn.Identity()
        self.stages = nn.Sequential(
            *(stage(*io, norm, activation) for io in zip(inputs, widths, strict=True))
        )
        self.pool = pool
        self.dropout = dropout() if dropout is not None else nn.Identity()
        self.fc = nn.Linear(widths[-1], num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """(N, in_channels, H, W) → logits (N, num_classes)."""
        x = self.whitening(images)
        check_size(x, len(self.stages))
        x = self.stages(x)
        x = x.amax((2, 3)) if self.pool == "max" else x.mean((2, 3))
        return self.fc(self.dropout(x))


def stage(
    in_channels: int,
    channels: int,
    norm: Callable[[int], nn.Module] | None,
    activation: Callable[[], nn.Module],
) -> nn.Sequential:
    """Convolve, halve, norm, activate; convolve, norm, activate.

    The pool stands before the norm: the norm and what follows it then work on a quarter of the
    numbers. An odd side is rounded up.
    """

    def conv(of: int) -> nn.Conv2d:
        return nn.Conv2d(of, channels, kernel_size=3, padding=1, bias=norm is None)

    def normed() -> list[nn.Module]:
        return [activation()] if norm is None else [norm(channels), activation()]

    pool = nn.MaxPool2d(2, ceil_mode=True)
    return nn.Sequential(conv(in_channels), pool, *normed(), conv(channels), *normed())


def check_arguments(
    widths: tuple, num_classes: int, in_channels: int, whitening: nn.Module | None, pool: str
) -> None:
    """Raise ValueError for what no network can be made of."""
    if not widths or not all(isinstance(n, int) and n > 0 for n in widths):
        raise ValueError(f"widths must be whole numbers above 0, at least one, got {widths!r}")
    for name, n in {"num_classes": num_classes, "in_channels": in_channels}.items():
        if not isinstance(n, int) or n < 1:
            raise ValueError(f"{name} must be a whole number above 0, got {n!r}")
    if whitening is not None and whitening.in_channels != in_channels:
        raise ValueError(
            f"whitening must take the images' in_channels={in_channels}, "
            f"got one for {whitening.in_channels}"
        )
    if pool not in ("max", "mean"):
        raise ValueError(f"pool must be 'max' or 'mean', got {pool!r}")


def check_size(x: Tensor, stages: int) -> None:
    """Raise ValueError unless something is left to be halved in the last stage."""
    least = 2 ** (stages - 1) + 1
    if x.dim() != 4 or min(x.shape[-2:]) < least:
        raise ValueError(
            f"images must reach the {stages} stages as (N, C, H, W) with at least {least} pixels "
            f"a side, got {tuple(x.shape)}"
        )
