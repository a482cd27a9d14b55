"""One cycle: the framework's to its last step, and sensible after it."""

import inspect

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from deeptricks.optimization import (
    OneCycleLR,
    one_cycle,
    one_cycle_momentum,
)
from tests.optimization.schedules.compared import (
    SEARCH,
    assert_equal_on_the_way,
    both,
    optimizer,
)

ONE_CYCLE = st.fixed_dictionaries(
    {
        "total_steps": st.integers(1, 60),
        "pct_start": st.floats(0, 0.5),
        "anneal_strategy": st.sampled_from(["cos", "linear"]),
        "div_factor": st.floats(1, 100),
        "final_div_factor": st.floats(1, 1e5),
        "three_phase": st.booleans(),
        "max_lr": st.floats(1e-3, 2) | st.tuples(st.floats(1e-3, 2), st.floats(1e-3, 2)),
        "base_momentum": st.floats(0.5, 0.9) | st.just([0.5, 0.6]),
        "max_momentum": st.floats(0.9, 0.99) | st.just([0.95, 0.9]),
        "cycle_momentum": st.booleans(),
    }
)


@SEARCH
@given(
    arguments=ONE_CYCLE,
    kind=st.sampled_from([torch.optim.SGD, torch.optim.Adam]),
)
def test_one_cycle_equals_the_framework(arguments, kind):
    total = arguments["total_steps"]
    try:
        ours, theirs = both("OneCycleLR", arguments, kind=kind)
        assert_equal_on_the_way(ours, theirs, total - 1)
    except ZeroDivisionError:  # the framework's, at a phase without length
        phases = lr_scheduler_phases(arguments)
        assert any(a == b for a, b in zip([0, *phases], phases, strict=False))


def lr_scheduler_phases(arguments):
    """Where the phases end, from the framework's documentation."""
    total, part = arguments["total_steps"], arguments["pct_start"]
    middle = [2 * part * total - 2] if arguments["three_phase"] else []
    return [part * total - 1, *middle, total - 1]


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_one_cycle_by_epochs(kind):
    length = {"epochs": 3, "steps_per_epoch": 5}
    ours, theirs = both("OneCycleLR", {"max_lr": 1, **length}, kind=kind)
    assert ours.total_steps == 15
    assert_equal_on_the_way(ours, theirs, 14)


@pytest.mark.parametrize("strategy", ["cos", "linear"])
def test_after_its_last_step_one_cycle_stays_low_where_the_framework_goes_on(strategy):
    ours, theirs = both(
        "OneCycleLR", {"max_lr": 1.0, "total_steps": 9, "anneal_strategy": strategy}
    )
    assert_equal_on_the_way(ours, theirs, 8)
    last = ours.get_last_lr()
    ours.step()
    theirs.step()
    assert ours.get_last_lr() == pytest.approx(last, rel=1e-12)
    assert last == pytest.approx([1 / 25 / 1e4] * 2)
    assert (min(theirs.get_last_lr()) < 0) is (strategy == "linear")
    for schedule in (ours, theirs):
        with pytest.raises(ValueError, match="total"):
            schedule.step()


def test_a_phase_without_length_is_over_at_once():
    assert one_cycle(0, 10, pct_start=0.1) == 1.0  # the framework divides by zero
    assert OneCycleLR(optimizer(), 1.0, 10, pct_start=0.1).get_last_lr() == [1.0, 1.0]
    with pytest.raises(ZeroDivisionError):
        lr_scheduler.OneCycleLR(optimizer(), 1.0, 10, pct_start=0.1)


def test_values_that_the_formulas_promise():
    assert one_cycle(0, 10) == pytest.approx(1 / 25)
    assert one_cycle(2, 10, max_lr=3.0) == 3.0
    assert one_cycle(9, 10) == pytest.approx(1 / 25 / 1e4)
    momenta = [one_cycle_momentum(t, 10) for t in (0, 2, 9)]
    assert momenta == pytest.approx([0.95, 0.85, 0.95])
    assert [one_cycle(t, 10, three_phase=True) for t in (0, 4)] == pytest.approx([0.04, 0.04])
    assert one_cycle_momentum(9, 10, three_phase=True) == 0.95
    assert one_cycle(14.5, 30) < one_cycle(14, 30)


def test_the_signature_is_the_framework_s():
    assert inspect.signature(OneCycleLR) == inspect.signature(lr_scheduler.OneCycleLR)
