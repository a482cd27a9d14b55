"""What a set-up raises is told once, blamed on what raised it, with a cure that fits."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from deeptricks.practice.debugging.checkup import checkup

from .patients import cut, network, rows, well

X, Y = rows()


class Two(nn.Module):
    """Takes two inputs."""

    def __init__(self):
        super().__init__()
        self.net = network()

    def forward(self, one, other):
        return self.net(one + other)


class Broken(torch.utils.data.Dataset):
    """One picture is missing."""

    def __len__(self):
        return len(X)

    def __getitem__(self, index):
        if index == 200:
            raise ValueError("picture 200 is missing")
        return X[index], Y[index]


def unreduced(output, y):
    return functional.cross_entropy(output, y, reduction="none")


@pytest.mark.parametrize(
    ("changes", "code", "cure"),
    [
        ({"batches": [((X, X), Y)], "model": Two()}, "data.layout", "called as model(x)"),
        ({"batches": cut(X.double(), Y)}, "data.layout", "the type of the parameters"),
        ({"loss": unreduced}, "loss.unsuitable", "return one number"),
        ({"loss": lambda o, y: (unreduced(o, y).mean(), 0)}, "loss.unsuitable", "one number"),
        ({"batches": torch.utils.data.DataLoader(Broken(), 32)}, "data.degenerate", "reads"),
    ],
)
def test_an_exception_is_told_once_with_a_cure_that_fits(changes, code, cure):
    report = checkup(**well(changes.pop("model", None), **changes), seconds=3)
    (found,) = report.findings
    assert (found.code, found.severity) == (code, "fatal")
    assert cure in found.cure


def test_a_model_without_parameters_has_none_that_are_frozen():
    setup = well() | {"model": nn.Flatten(), "optimizer": None}
    codes = [item.code for item in checkup(**setup, seconds=3).findings]
    assert codes == ["model.unregistered"]
