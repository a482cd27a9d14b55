"""The networks of most experiments: a perceptron, a small convolutional net, a small residual one.

Weights and biases start as the framework's layers start them: seed before the call.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Tensor, nn

Layer = Callable[[], nn.Module]
Norm = Callable[[int], nn.Module]


def mlp(
    sizes: Sequence[int],
    activation: Layer = nn.ReLU,
    norm: Norm | None = None,
    norm_after: bool = False,
    dropout: Layer | None = None,
) -> nn.Sequential:
    """Make a multilayer perceptron: linear layers, a nonlinearity between them, none at the end.

    Maps (N, sizes[0]) to (N, sizes[-1]). Without norms it has Σ (n_in + 1) n_out parameters:
    2410 for (64, 32, 10).

    Parameters
    ----------
    sizes
        Units of each layer, inputs first.
    activation
        Called once for each hidden layer, ``nn.Tanh`` for example.
    norm
        Called with the number of units of each hidden layer, ``nn.BatchNorm1d`` for example. A
        normalization that subtracts a mean makes the bias before it useless; it is kept, as most
        code keeps it.
    norm_after
        Whether the norm stands behind the activation instead of before it.
    dropout
        Called once for each hidden layer, ``nn.Dropout`` for example; it stands last of it all.

    Raises
    ------
    ValueError
        Unless there are at least two sizes, inputs and outputs.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must hold at least inputs and outputs, got {sizes!r}")
    layers: list[nn.Module] = []
    for units_in, units in pairwise(sizes[:-1]):
        behind = [activation()]
        if norm is not None:
            behind.insert(int(norm_after), norm(units))
        if dropout is not None:
            behind.append(dropout())
        layers += [nn.Linear(units_in, units), *behind]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


def conv_net(
    widths: Sequence[int] = (8, 16),
    classes: int = 10,
    channels: int = 1,
    activation: Layer = nn.ReLU,
    norm: Norm | None = None,
    dropout: Layer | None = None,
) -> nn.Sequential:
    """Make a small convolutional net for images of any size, 8 × 8 or 28 × 28 among them.

    Maps (N, channels, H, W) to (N, classes): for each width a 3 × 3 convolution, the norm, the
    activation and a maximum over 2 × 2, then the mean over what is left of the image, and a
    linear layer. H and W must be at least 2 to the number of widths. Without norms the default
    has 1418 parameters: 80 + 1168 in the convolutions, 170 in the linear layer.

    Parameters
    ----------
    widths
        Channels of each convolution.
    classes, channels
        Of the outputs and of the images.
    activation
        Called once for each convolution.
    norm
        Called with the channels of each convolution, ``nn.BatchNorm2d`` for example.
    dropout
        Called once for each convolution, ``nn.Dropout2d`` for example; it stands behind the
        activation, before the maximum.
    """
    layers: list[nn.Module] = []
    for width_in, width in pairwise([channels, *widths]):
        layers += [*_convolution(width_in, width, norm), activation()]
        layers += [nn.MaxPool2d(2)] if dropout is None else [dropout(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, *_head([channels, *widths][-1], classes))


def residual_net(
    widths: Sequence[int] = (8, 16),
    blocks: int = 1,
    classes: int = 10,
    channels: int = 1,
    activation: Layer = nn.ReLU,
    norm: Norm | None = nn.BatchNorm2d,
    dropout: Layer | None = None,
    branch: Callable[[int], nn.Module] | None = None,
) -> nn.Sequential:
    """Make a small residual net: for each width, `blocks` blocks x + f(x) of two convolutions.

    Maps (N, channels, H, W) to (N, classes). A first 3 × 3 convolution makes `widths[0]`
    channels; the first block of each further width halves the image's sides, with a 1 × 1
    convolution on the way around; the mean over the image and a linear layer end it. Without
    norms the default has 5050 parameters: 80 in the first convolution, 1168 and 3632 in the two
    blocks, 170 in the linear layer.

    Parameters
    ----------
    widths
        Channels, which double as the image's sides halve.
    blocks
        How many blocks for each width.
    classes, channels
        Of the outputs and of the images.
    activation
        Called once for each place where it stands.
    norm
        Called with the channels after each convolution; None for none.
    dropout
        Called once for each block, ``nn.Dropout2d`` for example; it stands between the block's
        two convolutions, behind the activation.
    branch
        Called with the number of each block, from 0; stands at the end of f, before the sum.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, Deep residual learning for image recognition, CVPR 2016,
    section 4.2 (the networks for small images).
    """
    layers = [*_convolution(channels, widths[0], norm), activation()]
    for place, (width_in, width) in enumerate(pairwise([widths[0], *widths])):
        for block in range(blocks):
            first = block == 0
            stride = 2 if first and place > 0 else 1
            number = place * blocks + block
            extra = {
                "dropout": None if dropout is None else dropout(),
                "branch": None if branch is None else branch(number),
            }
            width_before = width_in if first else width
            layers.append(ResidualBlock(width_before, width, stride, activation, norm, **extra))
    return nn.Sequential(*layers, *_head(widths[-1], classes))


class ResidualBlock(nn.Module):
    """The activation of x + f(x), with f: convolution, norm, activation, convolution, norm.

    Maps (N, width_in, H, W) to (N, width, H / stride, W / stride), rounded up. Where shapes
    change, x goes through a 1 × 1 convolution (and norm) of its own. `dropout` stands behind the
    activation within f, `branch` at the end of f.
    """

    def __init__(
        self,
        width_in: int,
        width: int,
        stride: int,
        activation: Layer,
        norm: Norm | None,
        dropout: nn.Module | None = None,
        branch: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            *_convolution(width_in, width, norm, stride=stride),
            activation(),
            *([] if dropout is None else [dropout]),
            *_convolution(width, width, norm),
            *([] if branch is None else [branch]),
        )
        around = _convolution(width_in, width, norm, size=1, stride=stride)
        self.shortcut = nn.Sequential(*(around if stride > 1 or width_in != width else ()))
        self.activation = activation()

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's outputs."""
        return self.activation(self.shortcut(x) + self.residual(x))


def _convolution(
    width_in: int, width: int, norm: Norm | None, size: int = 3, stride: int = 1
) -> list[nn.Module]:
    convolution = nn.Conv2d(width_in, width, size, stride=stride, padding=size // 2)
    return [convolution] if norm is None else [convolution, norm(width)]


def _head(width: int, classes: int) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)]
