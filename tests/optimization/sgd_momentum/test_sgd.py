"""SGD: the framework's, with momentum and without."""

import torch

from deeptricks.optimization.sgd_momentum.sgd import SGD
from tests.optimization.contract import Contract, combinations


class TestSGD(Contract):
    ours, theirs = SGD, torch.optim.SGD
    sparse = True
    options = (
        *combinations(momentum=[0.9], dampening=[0.0, 0.3], weight_decay=[0.0, 0.1]),
        *combinations(momentum=[0.0], weight_decay=[0.0, 0.1], maximize=[False, True]),
        *combinations(momentum=[0.9], nesterov=[True], weight_decay=[0.0, 0.1]),
        {"momentum": 1.1, "dampening": -0.5, "weight_decay": 0.1, "maximize": True},
    )
    later = (
        ("weight_decay", [0.0, 0.2]),
        ("momentum", [0.0, 0.5]),
        ("maximize", [True, False]),
    )
