"""The plateau rule: the framework's at every metric."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from deeptricks.optimization import (
    ReduceLROnPlateau,
    plateau_decay,
)
from tests.optimization.schedules.compared import (
    SEARCH,
    assert_equal,
    both,
    optimizer,
    same_state,
)


@SEARCH
@given(
    metrics=st.lists(st.floats(-2, 2) | st.just(math.nan), max_size=40),
    arguments=st.fixed_dictionaries(
        {
            "mode": st.sampled_from(["min", "max"]),
            "factor": st.floats(0, 0.99),
            "patience": st.integers(0, 4),
            "threshold": st.floats(0, 0.5),
            "threshold_mode": st.sampled_from(["rel", "abs"]),
            "cooldown": st.integers(0, 3),
            "min_lr": st.sampled_from([0, 0.01, [0.1, 0.001], (0.0, 0.3)]),
            "eps": st.sampled_from([1e-8, 0.05]),
        }
    ),
)
def test_plateau_equals_the_framework(metrics, arguments):
    ours, theirs = both("ReduceLROnPlateau", arguments)
    for metric in metrics:
        ours.step(metric)
        theirs.step(torch.tensor(metric, dtype=torch.float64))
        assert_equal(ours, theirs)
        assert ours.in_cooldown == theirs.in_cooldown
        same_state(ours.state_dict(), theirs.state_dict())


def test_plateau_lowers_groups_that_were_added():
    for cls in (ReduceLROnPlateau, lr_scheduler.ReduceLROnPlateau):
        schedule = cls(optimizer(), patience=0)
        fixed = cls(optimizer(), patience=0, min_lr=[0.0, 0.0])
        for each in (schedule, fixed):
            each.optimizer.add_param_group({"params": [torch.zeros(2)], "lr": 1.0})
            each.step(1.0)
        schedule.step(1.0)
        assert schedule.get_last_lr() == pytest.approx([0.05, 0.002, 0.1])
        with pytest.raises(RuntimeError, match="min_lr"):
            fixed.step(1.0)


def test_values_that_are_promised():
    rates = plateau_decay([3, 2, 2, 2, 1], lr=0.1, factor=0.5, patience=1)
    assert rates == [0.1, 0.1, 0.1, 0.1, 0.05, 0.05]


def test_numbers_of_numpy_leave_numbers_of_python():
    """Rates go into checkpoints, and `torch.load` refuses NumPy's."""
    arguments = {"factor": 0.5, "patience": 1, "threshold": 0.1, "min_lr": 0.03, "cooldown": 1}
    metrics = [3, 2, 2, 2, 2, 2, 2, 2]
    expected = plateau_decay(metrics, lr=0.1, **arguments)
    assert expected[-1] == 0.03
    arguments = {name: np.array(value)[()] for name, value in arguments.items()}
    rates = plateau_decay(np.array(metrics), lr=np.float64(0.1), **arguments)
    assert rates == expected
    assert all(type(rate) is float for rate in rates[4:])
