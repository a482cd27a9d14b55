"""A program is stopped at its first step, wherever it stands, and nothing stays behind."""

import contextlib

import pytest
import torch
from torch.optim import optimizer as optimizers

from deeptricks.practice.debugging.interception import FirstStep, until_first_step


def model_and_step(optimizer=torch.optim.SGD):
    weight = torch.ones(2, requires_grad=True)
    return weight, optimizer([weight], lr=0.1)


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam, torch.optim.LBFGS])
def test_before_the_first_step(kind):
    weight, optimizer = model_and_step(kind)
    reached = []

    def program():
        for turn in range(5):
            optimizer.zero_grad()
            weight.pow(2).sum().backward()
            reached.append(turn)
            optimizer.step(lambda: weight.sum())

    caught = until_first_step(program)
    assert reached == [0]
    assert torch.equal(weight, torch.ones(2))
    assert caught.how == "step"
    assert caught.optimizer is optimizer
    assert caught.frames[0][0].f_locals["turn"] == 0
    assert caught.frames[0][0].f_code.co_name == "program"


def test_at_the_second_backward():
    weight, _ = model_and_step()
    caught = until_first_step(lambda: [weight.sum().backward() for _ in range(9)])
    assert caught.how == "backward"
    assert weight.grad.tolist() == [1.0, 1.0]


def test_a_program_without_a_step_ends_by_itself():
    assert until_first_step(lambda: torch.ones(1)) is None


def test_a_broad_except_does_not_keep_it():
    _, optimizer = model_and_step()

    def program():
        for _ in range(1000):
            with contextlib.suppress(Exception):
                optimizer.step()

    assert until_first_step(program).how == "step"


def test_its_own_errors_are_its_own():
    with pytest.raises(ZeroDivisionError):
        until_first_step(lambda: 1 / 0)


@pytest.mark.parametrize("program", [lambda: None, lambda: 1 / 0])
def test_nothing_stays_behind(program):
    hooks, backward = len(optimizers._global_optimizer_pre_hooks), torch.Tensor.backward
    with contextlib.suppress(ZeroDivisionError):
        until_first_step(program)
    weight, optimizer = model_and_step()
    weight.sum().backward()
    weight.sum().backward()
    optimizer.step()
    assert len(optimizers._global_optimizer_pre_hooks) == hooks
    assert torch.Tensor.backward is backward
    assert not issubclass(FirstStep, Exception)
