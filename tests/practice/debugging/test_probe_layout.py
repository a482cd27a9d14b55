import pytest
import torch
from torch import nn
from torch.nn import functional

from deeptricks.practice.debugging.case import Case, Clock
from deeptricks.practice.debugging.probe_layout import check_layout
from deeptricks.practice.debugging.setup import Setup
from deeptricks.practice.debugging.snapshot import Snapshot


def pictures(smooth=True):
    noise = torch.randn(120, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    return functional.avg_pool2d(noise, 5, 1, 2) if smooth else noise


def sequences():
    steps = torch.randn(150, 30, 2, generator=torch.Generator().manual_seed(0))
    return steps.cumsum(1)


def found(x):
    model, batches = nn.Linear(1, 1), [(x, torch.zeros(len(x)))]
    case = Case(Setup(model, batches, functional.mse_loss), Snapshot(model), Clock(10))
    case.data = batches
    check_layout(case)
    return [item.code for item in case.findings]


@pytest.mark.parametrize("x", [pictures(), pictures(smooth=False), sequences()])
def test_data_as_they_should_be(x):
    assert found(x) == []


def test_channels_last_permuted_is_well_and_reshaped_is_not():
    last = pictures().permute(0, 2, 3, 1).contiguous()
    assert found(last.permute(0, 3, 1, 2)) == []
    assert found(last.reshape(120, 3, 12, 12)) == ["data.layout"]


def test_time_first_reshaped_to_samples_first():
    recorded = sequences().transpose(0, 1).contiguous()
    assert found(recorded.reshape(150, 30, 2)) == ["data.layout"]


def test_two_sensors_that_agree_are_no_layout():
    x = torch.randn(200, 40, 1, generator=torch.Generator().manual_seed(0))
    assert found(x + 0.1 * torch.randn(200, 40, 2)) == []
