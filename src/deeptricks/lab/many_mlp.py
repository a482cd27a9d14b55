"""M multilayer perceptrons along a first axis: one matrix product per layer moves them all."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


class ManyMLP(nn.Module):
    """M multilayer perceptrons of one shape, one per seed.

    Network m draws its weights from N(0, 1/fan_in) with ``seeds[m]``; biases start at 0. Maps
    (N, D) or (M, N, D) to (M, N, C).

    Parameters
    ----------
    sizes
        Units of each layer, inputs first.
    seeds
        One for each network.
    activation
        A function, applied between the layers.

    Raises
    ------
    ValueError
        Unless there are at least two sizes, inputs and outputs.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        seeds: Sequence[int],
        activation: Callable[[Tensor], Tensor] = torch.tanh,
    ) -> None:
        super().__init__()
        if len(sizes) < 2:
            raise ValueError(f"sizes must hold at least inputs and outputs, got {sizes!r}")
        self.activation = activation
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        generators = [torch.Generator().manual_seed(int(seed)) for seed in seeds]
        for fan_in, fan_out in pairwise(sizes):
            draws = [torch.randn(fan_in, fan_out, generator=g) for g in generators]
            self.weights.append(nn.Parameter(torch.stack(draws) / math.sqrt(fan_in)))
            self.biases.append(nn.Parameter(torch.zeros(len(seeds), 1, fan_out)))

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs of all networks."""
        h = x.expand(len(self.biases[0]), *x.shape[-2:])
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            h = torch.baddbmm(bias, h if layer == 0 else self.activation(h), weight)
        return h


def losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy of each network: logits (M, B, C), labels (M, B)."""
    each = cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
    return each.view(labels.shape).mean(dim=1)
