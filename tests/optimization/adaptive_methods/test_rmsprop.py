"""RMSprop: the framework's, its long first step, and what it divides by."""

import pytest
import torch
from torch.nn import Parameter

from deeptricks.optimization.adaptive_methods.rmsprop import RMSprop
from tests.optimization.contract import Contract, combinations


class TestRMSprop(Contract):
    ours, theirs = RMSprop, torch.optim.RMSprop
    options = (
        *combinations(centered=[False, True], momentum=[0.0, 0.9], weight_decay=[0.0, 0.1]),
        {"alpha": 0.5, "eps": 1e-3, "momentum": 0.5, "maximize": True},
        {"alpha": 0.9, "weight_decay": 0.1, "maximize": True, "centered": True},
    )
    later = (
        ("weight_decay", [0.0, 0.2]),
        ("alpha", [0.99, 0.5]),
        ("eps", [1e-8, 1e-2]),
        ("maximize", [True, False]),
    )


def directions(gradients, **options):
    """How far a weight goes at each of the gradients, for a rate of 1."""
    weight = Parameter(torch.zeros((), dtype=torch.float64))
    optimizer, path = RMSprop([weight], lr=1.0, eps=0.0, **options), [0.0]
    for gradient in gradients:
        weight.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        path.append(weight.item())
    return -torch.tensor(path, dtype=torch.float64).diff()


@pytest.mark.parametrize("alpha", [0.99, 0.9])
@pytest.mark.parametrize("gradient", [1e-3, 1.0, -1e6])
def test_the_first_step_is_longer_by_the_root_of_the_memory(alpha, gradient):
    steps = directions([gradient] * 1500, alpha=alpha) * (1 if gradient > 0 else -1)
    assert steps[0] == pytest.approx((1 - alpha) ** -0.5, rel=1e-12)
    assert steps[-1] == pytest.approx(1.0, abs=1e-6)


def test_centered_divides_by_the_deviation_of_the_gradients():
    """In the long run, of gradients that are 3 − 1 and 3 + 1 in turn: (3 ± 1) / 1."""
    gradients = [2.0, 4.0] * 500
    centered = directions(gradients, alpha=0.99, centered=True)[-2:]
    torch.testing.assert_close(centered, torch.tensor([2.0, 4.0]).double(), rtol=0.01, atol=0)
    around_zero = directions(gradients, alpha=0.99)[-2:]
    expected = torch.tensor([2.0, 4.0]).double() / 10**0.5
    torch.testing.assert_close(around_zero, expected, rtol=0.01, atol=0)


def test_momentum_sums_directions():
    gradients = [1.0, -2.0, 0.5, 3.0]
    plain, sums = directions(gradients), directions(gradients, momentum=0.8)
    expected, running = [], 0.0
    for direction in plain.tolist():
        running = 0.8 * running + direction
        expected.append(running)
    torch.testing.assert_close(
        sums, torch.tensor(expected, dtype=torch.float64), rtol=1e-12, atol=0
    )
