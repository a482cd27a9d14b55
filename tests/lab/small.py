"""Small things to train."""

import torch
from torch import nn


def sgd(model, rate=0.1):
    return torch.optim.SGD(model.parameters(), lr=rate)


def classes(n=10, width=4, number=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(n, width, generator=generator)
    return inputs, torch.randint(number, (n,), generator=generator)


def small_net(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
