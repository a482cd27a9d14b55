"""SGD: the framework's, with momentum and without."""

import copy

import pytest
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


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
@pytest.mark.parametrize("loader", [0, 1], ids=["ours", "theirs"])
def test_a_state_of_sparse_momentum_is_exchanged(loader):
    """The framework keeps momentum sparse while gradients are; ours is dense and loads either."""
    weights = [torch.zeros(6, 2, dtype=torch.float64, requires_grad=True) for _ in "ab"]
    kinds = zip((SGD, torch.optim.SGD), weights, strict=True)
    optimizers = [kind([w], 0.1, momentum=0.9) for kind, w in kinds]
    generator = torch.Generator().manual_seed(0)
    for step in range(6):
        rows = torch.randint(6, (1, 4), generator=generator)
        values = torch.randn(4, 2, generator=generator, dtype=torch.float64)
        for w, optimizer in zip(weights, optimizers, strict=True):
            w.grad = torch.sparse_coo_tensor(rows, values, (6, 2))
            optimizer.step()
        if step == 2:
            other = copy.deepcopy(optimizers[1 - loader].state_dict())
            assert other["state"][0]["momentum_buffer"].is_sparse == (loader == 0)
            optimizers[loader].load_state_dict(other)
    torch.testing.assert_close(*weights, rtol=1e-12, atol=1e-12)
