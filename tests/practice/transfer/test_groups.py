"""Rates fall toward the input; what is frozen is in no group."""

import pytest
import torch
from torch import nn

from deeptricks.practice import EfficientNetLite0, freeze, groups, replace_head


def network():
    body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 4))
    return nn.ModuleDict({"body": body, "head": nn.Linear(4, 2)})


def test_each_layer_has_its_rate():
    model = network()
    found = groups(model, 0.1, decay=0.5)
    assert [g["lr"] for g in found] == [0.025, 0.05, 0.1]
    assert [g["layers"] for g in found] == [["body.0", "body.1"], ["body.3"], ["head"]]
    members = [id(p) for g in found for p in g["params"]]
    assert members == [id(p) for p in model.parameters()]


def test_frozen_parts_are_out_and_do_not_count():
    model = network()
    freeze(model["body"][0])
    found = groups(model, 0.1, decay=0.5)
    assert [g["layers"] for g in found] == [["body.1"], ["body.3"], ["head"]]
    freeze(model["body"])
    (head,) = groups(model, 0.1, decay=0.5)
    assert head["lr"] == 0.1
    with pytest.raises(ValueError, match="trainable"):
        groups(freeze(model), 0.1)


def test_an_optimizer_takes_them_and_the_rates_are_those():
    model = network()
    rule = torch.optim.SGD(groups(model, 0.1, decay=0.1), momentum=0.9)
    before = [p.clone() for p in model.parameters()]
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    rule.step()
    moved = [(b - p).mean().item() for b, p in zip(before, model.parameters(), strict=True)]
    assert moved == pytest.approx([1e-3, 1e-3, 1e-3, 1e-3, 1e-2, 1e-2, 0.1, 0.1], rel=1e-3)


def test_shared_and_loose_parameters_once():
    model = nn.Module()
    model.token = nn.Parameter(torch.zeros(1, 3))
    model.first = nn.Linear(3, 3)
    model.last = nn.Linear(3, 3)
    model.last.weight = model.first.weight
    found = groups(model, 1.0, decay=0.5)
    assert [g["layers"] for g in found] == [["(model)"], ["first", "last"]]
    assert sum(len(g["params"]) for g in found) == 4


def test_of_a_published_network():
    model = EfficientNetLite0()
    assert len(groups(model, 0.1)) == 1 + 16 + 1 + 1
    freeze(model)
    replace_head(model, 10)
    assert [g["layers"] for g in groups(model, 0.1)] == [["_fc"]]


@pytest.mark.parametrize(
    "bad", [{"rate": 0.0}, {"rate": 1.0, "decay": -1.0}, {"rate": float("inf")}]
)
def test_bad_arguments(bad):
    with pytest.raises(ValueError, match="must be a finite number above 0"):
        groups(network(), **bad)
