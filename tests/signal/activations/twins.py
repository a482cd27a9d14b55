"""Every activation of ours beside the framework's."""

import pytest
import torch
from torch import nn

from deeptricks import signal

CASES = [
    ("Sigmoid", {}),
    ("Tanh", {}),
    ("ReLU", {}),
    ("LeakyReLU", {}),
    ("LeakyReLU", {"negative_slope": 0.3}),
    ("LeakyReLU", {"negative_slope": -0.5}),
    ("LeakyReLU", {"negative_slope": 0.0}),
    ("PReLU", {}),
    ("PReLU", {"num_parameters": 3, "init": 0.1}),
    ("ELU", {}),
    ("ELU", {"alpha": 0.3}),
    ("SELU", {}),
    ("GELU", {}),
    ("GELU", {"approximate": "tanh"}),
    ("SiLU", {}),
]
IN_PLACE = ["ReLU", "LeakyReLU", "ELU", "SELU", "SiLU"]
REFUSE_INTEGERS = ["LeakyReLU", "ELU", "SELU", "GELU", "SiLU"]
everyone = pytest.mark.parametrize(("name", "arguments"), CASES)


def pair(name, arguments, dtype=torch.float64):
    """Ours and the framework's, with the same state."""
    ours, theirs = getattr(signal, name)(**arguments), getattr(nn, name)(**arguments)
    return ours.to(dtype), theirs.to(dtype)


def through(module, x, upstream):
    """Output and all gradients."""
    x = x.detach().clone().requires_grad_()
    module.zero_grad()
    y = module(x)
    y.backward(upstream)
    return [y.detach(), x.grad, *(p.grad for p in module.parameters())]


def assert_same(ours, theirs, **tolerance):
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, equal_nan=True, **tolerance)
