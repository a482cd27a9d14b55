"""Schedules of ours and of the framework, side by side, each on an optimizer of its own."""

import copy
import warnings

import pytest
import torch
from hypothesis import settings
from torch.optim import lr_scheduler

from deeptricks import optimization
from deeptricks.optimization import (
    CosineAnnealingWarmRestarts,
)

SEARCH = settings(max_examples=40, deadline=None, derandomize=True)


CLOSE = {"rtol": 1e-12, "atol": 1e-12}


COMMON = [  # with their framework's namesakes: one typical set of arguments each
    ("StepLR", {"step_size": 3}),
    ("MultiStepLR", {"milestones": [2, 5, 5, 9], "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("CosineAnnealingLR", {"T_max": 5, "eta_min": 0.01}),
    ("CosineAnnealingWarmRestarts", {"T_0": 3, "T_mult": 2, "eta_min": 0.01}),
    ("OneCycleLR", {"max_lr": [1.0, 0.3], "total_steps": 30}),
]


common = pytest.mark.parametrize(("name", "arguments"), COMMON, ids=[name for name, _ in COMMON])


def optimizer(kind=torch.optim.SGD, rates=(0.5, 0.02), **arguments):
    """Two groups with different rates; nothing is trained."""
    groups = [
        {"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in copy.deepcopy(rates)
    ]
    made = kind(groups, **arguments)
    made._opt_called = True  # so that no schedule warns of steps before the optimizer's
    return made


def both(name, arguments, **of_optimizer):
    """Ours and the framework's, each on an optimizer of its own."""
    classes = getattr(optimization, name), getattr(lr_scheduler, name)
    return [cls(optimizer(**of_optimizer), **copy.deepcopy(arguments)) for cls in classes]


def settings_of(schedule):
    """All that a schedule sets: rates, and the momenta of a cycle."""
    groups = schedule.optimizer.param_groups
    rates = [float(group["lr"]) for group in groups]
    assert [float(lr) for lr in schedule.get_last_lr()] == rates
    momenta = [group["momentum"] for group in groups if "momentum" in group]
    return [*rates, *momenta, *(beta for group in groups for beta in group.get("betas", ()))]


def assert_equal(ours, theirs, **tolerance):
    torch.testing.assert_close(
        torch.tensor(settings_of(ours), dtype=torch.float64),
        torch.tensor(settings_of(theirs), dtype=torch.float64),
        **(tolerance or CLOSE),
    )


def assert_equal_on_the_way(ours, theirs, steps):
    assert_equal(ours, theirs)
    for _ in range(steps):
        ours.step()
        theirs.step()
        assert ours.last_epoch == theirs.last_epoch
        assert_equal(ours, theirs)


def quiet_step(schedule, epoch):
    with (
        pytest.warns(UserWarning, match="epoch") if counts(schedule) else warnings.catch_warnings()
    ):
        schedule.step(epoch)


def counts(schedule):
    return not isinstance(
        schedule, CosineAnnealingWarmRestarts | lr_scheduler.CosineAnnealingWarmRestarts
    )


def same_state(ours, theirs):
    def plain(state):
        return {key: [value] if isinstance(value, float) else value for key, value in state.items()}

    ours, theirs = plain(ours), plain(theirs)
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        if isinstance(value, list) and not any(isinstance(v, dict) for v in value):
            assert value == pytest.approx(theirs[key], rel=1e-12, abs=1e-12, nan_ok=True), key
        else:
            assert value == theirs[key], key
