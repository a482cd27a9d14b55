import pytest
import torch
from torch import nn
from torch.nn import functional

from deeptricks.practice.debugging.probe_answer import (
    check_answer,
    check_copied,
    check_next,
    check_targets,
)

from .patients import cut, network, rows, well
from .ready import noise, said

X, Y = rows()


def test_a_column_that_is_the_target():
    x = torch.cat([X[:, :7], Y[:, None].float()], 1)
    binary = (Y > 1).long()
    assert said(check_answer, well(batches=cut(X, Y))) == []
    with_answer = torch.cat([X[:, :7], binary[:, None].float()], 1)
    assert said(check_answer, well(batches=cut(with_answer, binary))) == ["data.leakage"]
    assert x.shape == (384, 8)


@pytest.mark.parametrize(("last", "codes"), [(7, ["data.leakage"]), (8, [])])
def test_a_series_whose_window_reaches_the_target(last, codes):
    series = 0.1 * noise(400, 9).cumsum(1) + noise(400, 1, seed=1)  # neighbors resemble each other
    window, y = series[:, :8], series[:, last][:, None]
    setup = well(network(8, 1), batches=cut(window, y), loss=functional.mse_loss)
    assert said(check_answer, setup) == codes


class Reader(nn.Module):
    def __init__(self, both=False):
        super().__init__()
        torch.manual_seed(0)
        self.table = nn.Embedding(6, 8)
        self.cell = nn.GRU(8, 8, batch_first=True, bidirectional=both)
        self.head = nn.Linear(16 if both else 8, 6)

    def forward(self, tokens):
        return self.head(self.cell(self.table(tokens))[0])


def text(shift, both=False):
    tokens = torch.randint(0, 6, (64, 11), generator=torch.Generator().manual_seed(0))
    batches = cut(tokens[:, :10], tokens[:, shift : shift + 10])

    def loss(output, y):
        return functional.cross_entropy(output.transpose(1, 2), y)

    return well(Reader(both), batches=batches, loss=loss)


@pytest.mark.parametrize(("shift", "codes"), [(0, ["data.leakage"]), (1, [])])
def test_targets_that_were_not_shifted(shift, codes):
    assert said(check_copied, text(shift)) == codes


@pytest.mark.parametrize(("both", "codes"), [(True, ["data.leakage"]), (False, [])])
def test_a_next_word_that_the_model_can_see(both, codes):
    assert said(check_next, text(1, both)) == codes


@pytest.mark.parametrize(("shift", "codes"), [(0, []), (3, ["data.train_val_mismatch"])])
def test_classes_that_training_does_not_know(shift, codes):
    model = network(8, 8)
    setup = well(model, batches=cut(X[:200], Y[:200]), val_batches=cut(X[200:], Y[200:] + shift))
    assert said(check_targets, setup) == codes
