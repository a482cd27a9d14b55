"""Warm-up: LinearLR alone, SequentialLR with another schedule after it."""

import copy
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from deeptricks import optimization
from deeptricks.optimization import (
    CosineAnnealingLR,
    LinearWarmup,
    MultiStepLR,
    ReduceLROnPlateau,
    StepLR,
    linear_warmup,
    step_decay,
)
from tests.optimization.schedules.compared import (
    SEARCH,
    assert_equal_on_the_way,
    common,
    optimizer,
    same_state,
)


def test_warmup_resumes_as_linear_lr():
    resumed = []
    for cls in (LinearWarmup, lr_scheduler.LinearLR):
        schedule = cls(optimizer(), 0.1, total_iters=6)
        for _ in range(4):
            schedule.step()
        resumed.append(cls(schedule.optimizer, 0.1, total_iters=6, last_epoch=3))
    assert_equal_on_the_way(*resumed, 5)
    assert resumed[0].get_last_lr() == pytest.approx([0.5, 0.02])


@SEARCH
@given(st.floats(0.01, 1), st.integers(1, 50))
def test_warmup_alone_is_linear_lr(start_factor, total_iters):
    ours = LinearWarmup(optimizer(), start_factor, total_iters)
    theirs = lr_scheduler.LinearLR(optimizer(), start_factor, 1.0, total_iters)
    assert_equal_on_the_way(ours, theirs, 60)
    same_state(ours.state_dict(), theirs.state_dict())
    loaded = LinearWarmup(optimizer(), 0.7, 3)
    loaded.load_state_dict(theirs.state_dict())
    assert loaded.rate(0, 1.0) == start_factor


@common
@pytest.mark.parametrize("total_iters", [0, 1, 4])
def test_warmup_with_another_after_it_is_sequential(name, arguments, total_iters):
    for module in (optimization, lr_scheduler):
        of = optimizer()
        after = getattr(module, name)(of, **copy.deepcopy(arguments))
        ours = LinearWarmup(of, 0.1, total_iters, after)
        of = optimizer()
        then = getattr(lr_scheduler, name)(of, **copy.deepcopy(arguments))
        first = lr_scheduler.LinearLR(of, 0.1, total_iters=total_iters)
        theirs = lr_scheduler.SequentialLR(of, [first, then], [total_iters])
        assert_equal_on_the_way(ours, theirs, 20)


def test_warmup_undoes_the_first_step_of_what_comes_after():
    """A milestone at 0 takes effect when the schedule is built, and again when its turn comes."""
    of = optimizer()
    ours = LinearWarmup(of, 0.1, 4, MultiStepLR(of, [0, 3], 0.5))
    assert ours.get_last_lr() == pytest.approx([0.05, 0.002])
    of = optimizer()
    then = lr_scheduler.MultiStepLR(of, [0, 3], 0.5)
    first = lr_scheduler.LinearLR(of, 0.1, total_iters=4)
    assert_equal_on_the_way(ours, lr_scheduler.SequentialLR(of, [first, then], [4]), 9)


def test_warmup_saves_and_loads_what_comes_after():
    def made(factor=0.1, T_max=20):
        of = optimizer()
        return LinearWarmup(of, factor, 4, CosineAnnealingLR(of, T_max))

    for taken in (2, 4, 9):
        source, loaded = made(), made(0.9, 5)
        for _ in range(taken):
            source.step()
        loaded.load_state_dict(copy.deepcopy(source.state_dict()))
        loaded.optimizer.load_state_dict(copy.deepcopy(source.optimizer.state_dict()))
        assert loaded.after.optimizer is loaded.optimizer
        assert_equal_on_the_way(loaded, source, 8)
    with pytest.raises(ValueError, match="a state of `after`"):
        LinearWarmup(optimizer()).load_state_dict(source.state_dict())
    with pytest.raises(ValueError, match="no state for `after`"):
        made().load_state_dict(LinearWarmup(optimizer()).state_dict())


def test_warmup_jumps_to_an_epoch_on_either_side():
    of = optimizer()
    schedule = LinearWarmup(of, 0.1, 4, StepLR(of, 5))
    for epoch in (2, 4, 11, 3):
        with pytest.warns(UserWarning, match="epoch") if epoch != 4 else warnings.catch_warnings():
            schedule.step(epoch)
        factor = linear_warmup(epoch, 4, 0.1) if epoch < 4 else step_decay(epoch - 4, 5)
        assert schedule.get_last_lr() == pytest.approx([0.5 * factor, 0.02 * factor])


def test_warmup_of_length_zero_is_none():
    assert LinearWarmup(optimizer(), 0.1, 0).get_last_lr() == [0.5, 0.02]
    stuck = lr_scheduler.LinearLR(optimizer(), 0.1, total_iters=0)
    stuck.step()
    assert stuck.get_last_lr() == pytest.approx([0.05, 0.002])


def test_after_must_be_one_schedule():
    of = optimizer()
    several = lr_scheduler.ChainedScheduler([StepLR(of, 3)], of)
    for wrong in (several, "cosine", StepLR):
        with pytest.raises(TypeError, match="after must be one learning rate schedule"):
            LinearWarmup(of, after=wrong)


def test_values_that_the_formula_promises():
    assert [linear_warmup(t, 4, 0.2) for t in (0, 2, 4, 9)] == pytest.approx([0.2, 0.6, 1, 1])
    assert linear_warmup(0, 0) == 1
    assert linear_warmup(0.05, 0.1, 0.0) == 0.5


@pytest.mark.parametrize(
    ("schedule", "named"),
    [
        (lambda o: LinearWarmup(o, 0.0), "factor"),
        (lambda o: LinearWarmup(o, 1.1), "factor"),
        (lambda o: LinearWarmup(o, 0.1, -1), "total_iters"),
        (lambda o: LinearWarmup(o, after=ReduceLROnPlateau(o)), "after"),
        (lambda o: LinearWarmup(o, after=lr_scheduler.ReduceLROnPlateau(o)), "after"),
        (lambda o: LinearWarmup(o, after=StepLR(optimizer(), 3)), "after"),
        (lambda o: LinearWarmup(o, after=StepLR(o, 3), last_epoch=2), "last_epoch"),
    ],
)
def test_bad_arguments_are_named(schedule, named):
    with pytest.raises(ValueError, match=named):
        schedule(optimizer())
