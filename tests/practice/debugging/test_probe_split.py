import pytest
import torch
from torch import nn
from torch.nn import functional

from deeptricks.practice.debugging.probe_split import check_harm, check_split

from .patients import cut, rows, well
from .ready import said

X, Y = rows(600)
TRAIN, (XV, YV) = cut(X[:400], Y[:400]), (X[400:], Y[400:])


def split_of(x, y=YV):
    return said(check_split, well(batches=TRAIN, val_batches=cut(x, y)))


def test_validation_data_of_the_same_source_are_well():
    assert split_of(XV) == []


def test_training_samples_in_the_validation_data():
    assert split_of(torch.cat([XV[:100], X[:100]])) == ["data.leakage"]


def test_near_copies_of_training_samples():
    assert split_of(X[:200] + 1e-3 * torch.randn(200, 8)) == ["data.leakage"]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda x: x, []),
        (lambda x: x / 20, ["data.train_val_mismatch"]),
        (lambda x: x + 4, ["data.train_val_mismatch"]),
    ],
)
def test_what_is_prepared_otherwise_is_said_where_it_does_harm(change, codes):
    def both(case):
        check_split(case)
        check_harm(case)

    setup = well(batches=TRAIN, val_batches=cut(change(XV), YV), steps=60)
    assert said(both, setup, trained=True) == codes


def test_a_column_that_stands_still_in_few_rows_is_no_other_preparation():
    x = X.clone()
    x[:, 0] = (torch.arange(600) % 40 == 3).float()
    x[400:, 0] = 0
    setup = well(batches=cut(x[:400], Y[:400]), val_batches=cut(x[400:], YV), steps=5)

    def both(case):
        check_split(case)
        check_harm(case)

    assert said(both, setup, trained=True) == []


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table, self.head = nn.Embedding(20, 8), nn.Linear(8, 2)

    def forward(self, tokens):
        return self.head(self.table(tokens).mean(1))


@pytest.mark.parametrize(("shift", "codes"), [(0, []), (10, ["data.train_val_mismatch"])])
def test_validation_of_another_vocabulary(shift, codes):
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(0, 10, (500, 6), generator=generator)
    y = (tokens[:, 0] + tokens[:, 1] > 9).long()
    model = Words()
    setup = well(
        model,
        batches=cut(tokens[:400], y[:400]),
        val_batches=cut((tokens[400:] + shift) % 20, y[400:]),
        optimizer=torch.optim.Adam(model.parameters(), 0.01),
        steps=60,
    )

    def both(case):
        check_split(case)
        if case.numbers.get("split differs"):
            case.findings.append(case.numbers["split differs"])

    assert said(both, setup) == codes


def test_nodes_of_one_graph_may_be_learned_and_asked():
    known = torch.arange(400) % 2 == 0
    train = [(X[:400], torch.where(known, Y[:400], -100))]
    val = [(X[:400], torch.where(known, -100, Y[:400]))]

    def loss(output, y):
        return functional.cross_entropy(output, y, ignore_index=-100)

    assert said(check_split, well(batches=train, val_batches=val, loss=loss)) == []
    assert said(check_split, well(batches=train, val_batches=train, loss=loss)) == ["data.leakage"]
