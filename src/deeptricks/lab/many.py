"""Many small networks trained as one batch: every rate and every seed at once.

A network of a few thousand weights spends its time waiting, not calculating. Here M networks are
stacked along a first axis, so one batched matrix product moves them all; each still has its own
first weights and its own learning rate, and none sees another.
"""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import cross_entropy


class ManyMLP(nn.Module):
    """M multilayer perceptrons of one shape, one per seed.

    ``sizes``: units of each layer, inputs first. Network m draws its weights from
    N(0, 1/fan_in) with ``seeds[m]``; biases start at 0. Maps (N, D) or (M, N, D) to (M, N, C).
    """

    def __init__(self, sizes, seeds, activation=torch.tanh):
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

    def forward(self, x):
        h = x.expand(len(self.biases[0]), *x.shape[-2:])
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            h = torch.baddbmm(bias, h if layer == 0 else self.activation(h), weight)
        return h


def steps_to_loss(inputs, labels, *, target, rates, seeds, hidden=(32,), max_steps=1000):
    """Steps of full-batch gradient descent until the training loss is below ``target``.

    ``inputs``: (N, D); ``labels``: N integers. One tanh network per rate and seed. Returns a
    (len(rates), len(seeds)) tensor of counts, ``inf`` where ``max_steps`` did not suffice.

    The search ends as soon as every seed has arrived at some rate: the fastest rate of each is
    then known, and slower ones stay ``inf``.
    """
    x = torch.as_tensor(inputs, dtype=torch.float32)
    y = torch.as_tensor(labels)
    rates, seeds = list(rates), list(seeds)
    sizes = (x.shape[1], *hidden, int(y.max()) + 1)
    nets = ManyMLP(sizes, seeds * len(rates)).to(x.device)
    rate = torch.tensor(rates, device=x.device).repeat_interleave(len(seeds)).view(-1, 1, 1)
    steps = torch.full((len(rates) * len(seeds),), math.inf)
    for step in range(max_steps + 1):
        logits = nets(x)
        losses = cross_entropy(logits.flatten(0, 1), y.repeat(len(logits)), reduction="none").view(
            len(logits), -1
        )
        losses = losses.mean(dim=1)
        steps[(losses < target).cpu() & steps.isinf()] = step
        if steps.view(len(rates), -1).isfinite().any(dim=0).all():
            break
        gradients = torch.autograd.grad(losses.sum(), list(nets.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(nets.parameters(), gradients, strict=True):
                parameter -= rate * gradient
    return steps.view(len(rates), -1)
