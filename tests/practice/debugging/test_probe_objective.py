import pytest
import torch
from torch import nn

from deeptricks.practice.debugging.probe_loop import first_steps

from .patients import cut, well, with_step
from .ready import said


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


def test_sparse_gradients_are_compared_too():
    words = torch.randint(0, 30, (96, 5), generator=torch.Generator().manual_seed(0))
    model = nn.EmbeddingBag(30, 4, sparse=True)
    optimizer = torch.optim.SparseAdam(model.parameters(), 0.05)
    setup = well(model, batches=cut(words, words[:, 0] % 4), optimizer=optimizer)
    assert said(first_steps, setup) == []
