"""What is no set-up is said with the way out; the ordinary step serves every optimizer."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from deeptricks.practice.debugging.checkup import checkup
from deeptricks.practice.debugging.setup import NoPairsError, ordinary_step

from .patients import cut, network, rows, well

X, Y = rows()


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ({"pixels": X, "labels": Y}, r"a dict: \[\(batch, batch\['labels'\]\) for batch in loader"),
        ((X, Y, Y), r"a tuple of 3: pair them, such as \(\(x1, x2\), y\)"),
        ([X], r"a list of 1: without labels give \(x, x\)"),
        (X, r"a Tensor: without labels give \(x, x\)"),
        ((X.numpy(), Y), "must give tensors, got a numpy ndarray as x"),
        ((X, np.int64(1)), "must give tensors, got a numpy int64 as y"),
    ],
)
def test_batches_that_are_no_pairs_of_tensors(batch, words):
    with pytest.raises(NoPairsError, match=words):
        checkup(network(), [batch], functional.cross_entropy)
    with pytest.raises(ValueError, match="batches has no batch"):
        checkup(network(), [], functional.cross_entropy)


def test_an_optimizer_that_computes_the_loss_again_gets_its_closure():
    model = network()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=4)
    step = ordinary_step(model, functional.cross_entropy, optimizer)
    losses = [float(step(X, Y)) for _ in range(6)]
    assert losses[-1] < 0.5 * losses[0]
    setup = well(network(), batches=cut(X, Y, 128), steps=20)
    optimizer = torch.optim.LBFGS(setup["model"].parameters(), lr=0.5, max_iter=4)
    assert checkup(**setup | {"optimizer": optimizer}).healthy
