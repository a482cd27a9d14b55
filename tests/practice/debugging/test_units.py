"""Units that are off for every input."""

import torch
from torch import nn

from deeptricks.practice.debugging.units import DeadUnits


def test_a_unit_is_dead_only_if_it_was_off_in_all_looks():
    units, model = DeadUnits(), nn.Sequential(nn.Linear(2, 4, bias=False), nn.ReLU())
    weight = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    model[0].weight.data = weight
    for x, share in ((torch.tensor([[1.0, -1.0]]), 0.75), (torch.tensor([[-1.0, -1.0]]), 0.5)):
        units.start(model)
        model(x)
        units.end()
        assert units.shares == {"1": share}
    assert units.looks == 2


def test_channels_are_units_and_dropout_is_none():
    units = DeadUnits()
    model = nn.Sequential(nn.ReLU(), nn.Dropout(0.9))
    units.start(model)
    model(torch.tensor([[[-1.0, 2.0], [-1.0, -3.0]]]))
    assert units.shares == {"0": 0.5}


def test_hooks_are_gone():
    units, model = DeadUnits(), nn.ReLU()
    units.start(model)
    units.end()
    assert not model._forward_hooks
