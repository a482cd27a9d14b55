"""Adagrad: the framework's, and steps that shrink with all that a weight was told."""

import pytest
import torch
from torch.nn import Parameter

from deeptricks.optimization.adaptive_methods.adagrad import Adagrad
from tests.optimization.contract import Contract, combinations


class TestAdagrad(Contract):
    ours, theirs = Adagrad, torch.optim.Adagrad
    sparse = True
    options = (
        *combinations(lr_decay=[0.0, 0.1], weight_decay=[0.0, 0.1]),
        *combinations(initial_accumulator_value=[0.5], eps=[1e-10, 1e-2], lr_decay=[0.0, 0.1]),
        {"weight_decay": 0.1, "maximize": True, "initial_accumulator_value": 0.1},
    )
    later = (
        ("weight_decay", [0.0, 0.2]),
        ("lr_decay", [0.0, 0.5]),
        ("eps", [1e-10, 1e-2]),
        ("maximize", [True, False]),
    )

    def test_the_state_is_there_from_the_beginning(self):
        self.twins(self.options[-1]).check()

    def test_sums_of_a_parameter_that_came_later_start_where_the_others_did(self):
        twins = self.twins({"initial_accumulator_value": 0.5})
        late = [Parameter(torch.ones(3, dtype=torch.float64)) for _ in "ab"]
        for p, optimizer in zip(late, twins.optimizers, strict=True):
            optimizer.add_param_group({"params": [p], "initial_accumulator_value": 7.0})
        twins.parameters.append(tuple(late))
        twins.step()
        twins.check()
        grown = twins.ours.state[late[0]]["sum"] - late[0].grad ** 2
        torch.testing.assert_close(grown, torch.full_like(grown, 0.5), rtol=0, atol=1e-12)


def moved(gradients, **options):
    """Where a weight that starts at 0 is after each of the gradients."""
    weight = Parameter(torch.zeros((), dtype=torch.float64))
    optimizer, path = Adagrad([weight], lr=0.1, eps=0.0, **options), []
    for gradient in gradients:
        weight.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        path.append(weight.item())
    return torch.tensor(path, dtype=torch.float64)


@pytest.mark.parametrize("gradient", [1e-3, 1.0, -1e6])
def test_equal_gradients_of_any_size_make_steps_of_one_over_root_t(gradient):
    t = torch.arange(1, 20, dtype=torch.float64)
    expected = -0.1 * (1 if gradient > 0 else -1) * (1 / t.sqrt()).cumsum(0)
    torch.testing.assert_close(moved([gradient] * 19), expected, rtol=1e-13, atol=0)


def test_the_rate_decays_on_top_of_it():
    t = torch.arange(1, 20, dtype=torch.float64)
    expected = -0.1 * (1 / t.sqrt() / (1 + (t - 1) / 2)).cumsum(0)
    torch.testing.assert_close(moved([3.0] * 19, lr_decay=0.5), expected, rtol=1e-13, atol=0)


def test_a_rare_gradient_makes_a_long_step():
    often, rarely = moved([1.0] * 100), moved([1.0] + [1e-9] * 98 + [1.0])
    last = [path[-2] - path[-1] for path in (often, rarely)]
    assert last[0] == pytest.approx(0.1 / 10)
    assert last[1] == pytest.approx(0.1 / 2**0.5)
