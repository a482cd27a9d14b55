"""The network that most experiments use: linear layers, a nonlinearity, perhaps a normalization."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import nn


def mlp(
    sizes: Sequence[int],
    activation: Callable[[], nn.Module] = nn.ReLU,
    norm: Callable[[int], nn.Module] | None = None,
    norm_after: bool = False,
) -> nn.Sequential:
    """A multilayer perceptron: maps (N, sizes[0]) to (N, sizes[-1]), no nonlinearity at the end.

    activation: called once a hidden layer, `nn.Tanh` for example.
    norm: called with the number of units of each hidden layer, `nn.BatchNorm1d` for example. It
        stands before the activation, or behind it with `norm_after`. A normalization that
        subtracts a mean makes the bias before it useless; it is kept, as most code keeps it.

    Weights and biases start as the framework's `nn.Linear` starts them; seed before the call.
    Raises ValueError unless there are at least two sizes, inputs and outputs.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must hold at least inputs and outputs, got {sizes!r}")
    layers: list[nn.Module] = []
    for units_in, units in pairwise(sizes[:-1]):
        behind = [activation()]
        if norm is not None:
            behind.insert(int(norm_after), norm(units))
        layers += [nn.Linear(units_in, units), *behind]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))
