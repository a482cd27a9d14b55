"""Models that are given the labels and return their loss: examined, and not blamed for it."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional

from deeptricks.practice.debugging.checkup import checkup

from .patients import cut, network, rows, well
from .ready import ready

X, Y = rows()


class WithLoss(nn.Module):
    """As in libraries: a dict with labels in, an object with loss and logits out."""

    def __init__(self, *last):
        super().__init__()
        self.net = network(8, 4, *last)

    def forward(self, batch):
        logits = self.net(batch["x"])
        loss = functional.cross_entropy(logits, batch["labels"])
        return SimpleNamespace(logits=logits, loss=loss)


@pytest.mark.parametrize(("rate", "healthy"), [(0.1, True), (0.0, False)])
def test_a_loss_from_inside_the_model(rate, healthy):
    batches = [({"x": x, "labels": y}, y) for x, y in cut(X, Y)]
    setup = well(WithLoss(), rate, batches=batches, loss=lambda output, y: output.loss)
    report = checkup(**setup, seconds=5)
    assert report.healthy == healthy, report
    assert healthy or report.findings[0].code == "optimizer.lr_too_low"


def test_a_target_among_the_inputs_of_an_ordinary_model_is_a_leak():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = network(9)

        def forward(self, x):
            return self.net(torch.cat([x["x"], x["labels"][:, None].float()], 1))

    batches = [({"x": x, "labels": y}, y) for x, y in cut(X, Y)]
    codes = [item.code for item in checkup(**well(Both(), batches=batches), seconds=5).findings]
    assert "data.leakage" in codes


def test_of_a_loss_from_inside_nothing_is_asked_about_other_outputs():
    batches = [({"x": x, "labels": y}, y) for x, y in cut(X, Y)]
    case = ready(well(WithLoss(), batches=batches, loss=lambda output, y: output.loss))
    assert case.kind == "other"
    assert "asked" not in case.numbers
