import pytest
import torch
from torch import nn

from deeptricks.practice.debugging.probe_loop import first_steps

from .patients import cut, well, with_step
from .ready import ready, said


def step_with(sign):
    def change(model, optimizer, loss):
        def step(x, y):
            optimizer.zero_grad()
            value = loss(model(x), y)
            (sign * value).backward()
            optimizer.step()
            return value.item()

        return step

    return change


@pytest.mark.parametrize(("sign", "codes"), [(1, []), (-1, ["loss.sign"])])
def test_a_step_that_climbs_the_loss_handed_over(sign, codes):
    assert said(first_steps, with_step(step_with(sign))) == codes


def test_an_update_that_climbs_its_gradient():
    setup = well()
    climbing = torch.optim.SGD(setup["model"].parameters(), 0.01, maximize=True)
    assert said(first_steps, setup | {"optimizer": climbing}) == ["loss.sign"]


@pytest.mark.parametrize("clipped", [False, True])
def test_a_loss_scaled_up_and_down_again_is_not_clipped(clipped):
    """As in mixed precision; clipped to a thousandth after it was scaled down it is."""

    def change(model, optimizer, loss):
        def step(x, y):
            optimizer.zero_grad()
            value = loss(model(x), y)
            (2.0**16 * value).backward()
            for parameter in model.parameters():
                parameter.grad /= 2**16
            if clipped:
                nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
            optimizer.step()
            return value.item()

        return step

    case = ready(with_step(change))
    first_steps(case)
    assert (case.numbers["clipped to"] < 0.1) == clipped
    assert clipped or case.numbers["clipped to"] == pytest.approx(1, rel=0.2)


def test_sparse_gradients_are_compared_too():
    words = torch.randint(0, 30, (96, 5), generator=torch.Generator().manual_seed(0))
    model = nn.EmbeddingBag(30, 4, sparse=True)
    optimizer = torch.optim.SparseAdam(model.parameters(), 0.05)
    setup = well(model, batches=cut(words, words[:, 0] % 4), optimizer=optimizer)
    assert said(first_steps, setup) == []
