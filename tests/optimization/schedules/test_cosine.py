"""Cosines: restarts in the right place."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from deeptricks.optimization import (
    CosineAnnealingWarmRestarts,
    cosine,
    cosine_restarts,
)
from tests.optimization.schedules.compared import (
    SEARCH,
    assert_equal,
    both,
    optimizer,
)


def test_restarts_resume_in_the_right_cycle_where_the_framework_does_not():
    arguments = {"T_0": 10, "T_mult": 2}  # cycles begin at 0, 10, 30, 70
    schedule = CosineAnnealingWarmRestarts(optimizer(), **arguments)
    for _ in range(25):
        schedule.step()
    expected = schedule.get_last_lr()
    assert expected == pytest.approx([cosine(15, 20, lr=lr) for lr in (0.5, 0.02)])
    resumed = CosineAnnealingWarmRestarts(schedule.optimizer, **arguments, last_epoch=24)
    assert resumed.get_last_lr() == pytest.approx(expected)
    theirs = lr_scheduler.CosineAnnealingWarmRestarts
    wrong = theirs(schedule.optimizer, **arguments, last_epoch=24)
    assert wrong.get_last_lr() == pytest.approx([cosine(5, 20, lr=lr) for lr in (0.5, 0.02)])


def test_restarts_at_the_right_epoch_where_the_framework_does_not():
    ours, theirs = both("CosineAnnealingWarmRestarts", {"T_0": 1, "T_mult": 3})
    restart = sum(3**i for i in range(5))
    ours.step(restart)
    theirs.step(restart)
    assert ours.get_last_lr() == [0.5, 0.02]
    assert theirs.get_last_lr() == pytest.approx([0, 0])


@SEARCH
@given(
    epochs=st.lists(st.floats(0, 50), min_size=1, max_size=5),
    T_0=st.integers(1, 9),
    T_mult=st.sampled_from([1, 2]),
)
def test_restarts_take_fractions_of_epochs(epochs, T_0, T_mult):
    ours, theirs = both("CosineAnnealingWarmRestarts", {"T_0": T_0, "T_mult": T_mult})
    for epoch in epochs:
        n = math.floor(math.log2(epoch / T_0 + 1)) if T_mult == 2 else 0
        if T_mult == 2 and abs(epoch - T_0 * (2**n - 1)) < 1e-9:
            continue  # the framework's logarithm decides by rounding
        ours.step(epoch)
        theirs.step(epoch)
        assert_equal(ours, theirs, rtol=1e-9, atol=1e-9)
        ours.step()
        theirs.step()
        assert ours.last_epoch == theirs.last_epoch
        assert_equal(ours, theirs, rtol=1e-9, atol=1e-9)


def test_restarts_do_not_go_back_beyond_the_start():
    with pytest.raises(ValueError, match="epoch"):
        CosineAnnealingWarmRestarts(optimizer(), 2).step(-1)


def test_values_that_the_formulas_promise():
    assert [cosine(t, 8, 0.2, 1.0) for t in (0, 4, 8, 16)] == pytest.approx([1, 0.6, 0.2, 1])
    restarts = [cosine_restarts(t, 2, 2) for t in (0, 1, 2, 4, 6, 10)]
    assert restarts == pytest.approx([1, 0.5, 1, 0.5, 1, 0.5])


def test_formulas_take_fractions():
    assert cosine(0.5, 1.0) == pytest.approx(0.5)
    assert cosine_restarts(0.75, 0.5) == pytest.approx(0.5)
