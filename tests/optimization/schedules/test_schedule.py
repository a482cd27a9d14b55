"""What all schedules share with the framework: rates at every step, jumps, state, company."""

import copy
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from deeptricks import optimization
from deeptricks.optimization import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LinearWarmup,
    MultiStepLR,
    OneCycleLR,
    PowerLR,
    ReduceLROnPlateau,
    StepLR,
    cosine,
    cosine_restarts,
    exponential_decay,
    linear_warmup,
    multistep_decay,
    one_cycle,
    power_decay,
    step_decay,
)
from tests.optimization.schedules.compared import (
    CLOSE,
    COMMON,
    SEARCH,
    assert_equal,
    assert_equal_on_the_way,
    both,
    common,
    optimizer,
    quiet_step,
    same_state,
)

gammas = st.floats(0, 1.2)


steps_of_one = st.integers(1, 40)


ARGUMENTS = {
    "StepLR": st.fixed_dictionaries({"step_size": steps_of_one, "gamma": gammas}),
    "MultiStepLR": st.fixed_dictionaries(
        {"milestones": st.lists(st.integers(0, 60), max_size=6), "gamma": gammas}
    ),
    "ExponentialLR": st.fixed_dictionaries({"gamma": gammas}),
    "CosineAnnealingLR": st.fixed_dictionaries(
        {"T_max": steps_of_one, "eta_min": st.floats(0, 0.1)}
    ),
    "CosineAnnealingWarmRestarts": st.fixed_dictionaries(
        {"T_0": steps_of_one, "T_mult": st.integers(1, 4), "eta_min": st.floats(0, 0.1)}
    ),
}


@pytest.mark.parametrize("name", ARGUMENTS)
@SEARCH
@given(data=st.data())
def test_equal_to_the_framework_at_every_step(name, data):
    ours, theirs = both(name, data.draw(ARGUMENTS[name]))
    assert_equal_on_the_way(ours, theirs, 70)


@pytest.mark.parametrize("name", ARGUMENTS)
@SEARCH
@given(data=st.data())
def test_step_to_an_epoch_is_the_frameworks_closed_form(name, data):
    arguments = data.draw(ARGUMENTS[name].filter(lambda a: a.get("T_mult") != 3))
    ours, theirs = both(name, arguments)
    for epoch in data.draw(st.lists(st.integers(0, 80), min_size=1, max_size=4)):
        quiet_step(ours, epoch)
        quiet_step(theirs, epoch)
        assert_equal_on_the_way(ours, theirs, 2)


@common
@pytest.mark.parametrize("to_ours", [True, False])
@pytest.mark.parametrize("taken", [0, 4, 7, 13])
def test_state_goes_both_ways(name, arguments, to_ours, taken):
    pair = both(name, arguments)
    for schedule in pair:
        for _ in range(taken):
            schedule.step()
    same_state(pair[0].state_dict(), pair[1].state_dict())
    reference = pair[1]
    source, kind = (pair[1], optimization) if to_ours else (pair[0], lr_scheduler)
    other = {k: v for k, v in arguments.items() if k in ("max_lr", "milestones")}
    other |= {"StepLR": {"step_size": 99}, "ExponentialLR": {"gamma": 0.1}}.get(name, {})
    other |= {"CosineAnnealingLR": {"T_max": 99}}.get(name, {})
    other |= {"CosineAnnealingWarmRestarts": {"T_0": 99}}.get(name, {})
    other |= {"OneCycleLR": {"total_steps": 99}}.get(name, {})
    loaded = getattr(kind, name)(optimizer(), **other)
    loaded.load_state_dict(copy.deepcopy(source.state_dict()))
    loaded.optimizer.load_state_dict(copy.deepcopy(source.optimizer.state_dict()))
    assert_equal_on_the_way(loaded, reference, 12)


@common
@pytest.mark.parametrize("taken", [1, 3, 5, 6, 8])
def test_resuming_by_last_epoch(name, arguments, taken):
    if "T_mult" in arguments:
        arguments = {**arguments, "T_mult": 1}  # others: see restarts in the right cycle, below
    resumed = []
    for schedule, cls in zip(
        both(name, arguments),
        (getattr(optimization, name), getattr(lr_scheduler, name)),
        strict=True,
    ):
        for _ in range(taken):
            schedule.step()
        resumed.append(cls(schedule.optimizer, **arguments, last_epoch=schedule.last_epoch - 1))
        assert resumed[-1].last_epoch == taken
    assert_equal_on_the_way(*resumed, 10)


@pytest.mark.parametrize(
    ("name", "arguments"), [*COMMON, ("PowerLR", {"r": 3}), ("LinearWarmup", {})]
)
def test_resuming_an_optimizer_that_never_had_a_schedule(name, arguments):
    with pytest.raises(KeyError, match="initial_lr"):
        getattr(optimization, name)(optimizer(), **arguments, last_epoch=3)


@common
def test_rates_changed_by_hand(name, arguments):
    ours, theirs = both(name, arguments)
    for t in range(14):
        if t in (1, 6):
            for schedule in (ours, theirs):
                schedule.optimizer.param_groups[1]["lr"] *= 0.3
        ours.step()
        theirs.step()
        assert_equal(ours, theirs)


@common
@pytest.mark.parametrize("ours_first", [True, False])
def test_in_the_frameworks_sequential_and_chained(name, arguments, ours_first):
    for combine in (sequential, chained):
        made = []
        for module in (optimization, lr_scheduler):
            of = optimizer()
            one = getattr(module, name)(of, **copy.deepcopy(arguments))
            with_it = lr_scheduler.LinearLR(of, 0.5, total_iters=3)
            made.append(combine(of, [one, with_it] if ours_first else [with_it, one]))
        for _ in range(12):
            groups = [[g["lr"] for g in m.optimizer.param_groups] for m in made]
            torch.testing.assert_close(*map(torch.tensor, groups), **CLOSE)
            for schedule in made:
                schedule.step()


def sequential(of, schedules):
    return lr_scheduler.SequentialLR(of, schedules, [4])


def chained(of, schedules):
    return lr_scheduler.ChainedScheduler(schedules, of)


@common
def test_rates_that_are_tensors_stay_the_same_tensors(name, arguments):
    arguments = {**arguments, "max_lr": 1.0} if "max_lr" in arguments else arguments
    ours, theirs = both(name, arguments, rates=(torch.tensor(0.5), torch.tensor(0.02)))
    before = [group["lr"] for group in ours.optimizer.param_groups]
    for _ in range(8):
        ours.step()
        theirs.step()
        assert_equal(ours, theirs, rtol=1e-6, atol=0)
    after = [group["lr"] for group in ours.optimizer.param_groups]
    assert all(a is b for a, b in zip(after, before, strict=True))


def test_tensors_stay_in_a_fall_and_in_a_warmup_too():
    rates = torch.tensor(0.5), torch.tensor(0.02)
    for schedule in (
        ReduceLROnPlateau(optimizer(rates=rates), patience=0, factor=0.5),
        LinearWarmup(of := optimizer(rates=rates), 0.5, 3, OneCycleLR(of, 1.0, 9)),
    ):
        groups = schedule.optimizer.param_groups
        before = [group["lr"] for group in groups]
        values = [float(lr) for lr in before]
        taken = schedule.get_last_lr()
        for _ in range(2):
            metric = (1.0,) if isinstance(schedule, ReduceLROnPlateau) else ()
            schedule.step(*metric)
        assert all(group["lr"] is lr for group, lr in zip(groups, before, strict=True))
        assert [float(lr) for lr in before] != values
        assert [float(lr) for lr in taken] == values  # a copy


@common
def test_steps_do_not_warn(name, arguments):
    schedule = getattr(optimization, name)(optimizer(), **arguments)
    assert isinstance(schedule, getattr(lr_scheduler, name))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule.optimizer.step()
        for _ in range(9):
            schedule.step()


@pytest.mark.parametrize(
    ("schedule", "formula"),
    [
        (lambda o: StepLR(o, 4, 0.3), lambda t, lr: step_decay(t, 4, 0.3, lr)),
        (lambda o: MultiStepLR(o, [7, 2, 2]), lambda t, lr: multistep_decay(t, [7, 2, 2], lr=lr)),
        (lambda o: ExponentialLR(o, 0.8), lambda t, lr: exponential_decay(t, 0.8, lr)),
        (lambda o: PowerLR(o, 3), lambda t, lr: power_decay(t, 3, lr=lr)),
        (lambda o: PowerLR(o, 0.5, 0.7), lambda t, lr: power_decay(t, 0.5, 0.7, lr)),
        (lambda o: CosineAnnealingLR(o, 6, 0.01), lambda t, lr: cosine(t, 6, 0.01, lr)),
        (
            lambda o: CosineAnnealingWarmRestarts(o, 4, 3, 0.01),
            lambda t, lr: cosine_restarts(t, 4, 3, 0.01, lr),
        ),
        (lambda o: OneCycleLR(o, [0.5, 0.02], 29), lambda t, lr: one_cycle(t, 29, max_lr=lr)),
        (lambda o: LinearWarmup(o, 0.2, 7), lambda t, lr: linear_warmup(t, 7, 0.2, lr)),
    ],
)
def test_step_by_step_is_the_closed_form(schedule, formula):
    stepping = schedule(optimizer())
    for t in range(29):
        expected = [formula(t, lr) for lr in (0.5, 0.02)]
        assert stepping.get_last_lr() == pytest.approx(expected, rel=1e-12, abs=1e-12)
        stepping.step()
    jumping = schedule(optimizer())
    quiet_step(jumping, 20)
    assert jumping.get_last_lr() == pytest.approx([formula(20, lr) for lr in (0.5, 0.02)])


NUMPYS = [
    ("StepLR", {"step_size": np.int64(3), "gamma": np.float64(0.5)}),
    ("MultiStepLR", {"milestones": np.array([2, 5]), "gamma": np.float64(0.5)}),
    ("ExponentialLR", {"gamma": np.float64(0.9)}),
    ("CosineAnnealingLR", {"T_max": np.int64(5)}),
    ("CosineAnnealingWarmRestarts", {"T_0": np.int64(3), "T_mult": np.int32(2)}),
    ("OneCycleLR", {"max_lr": np.float64(1.0), "total_steps": np.int64(9)}),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": np.int64(3), "steps_per_epoch": np.int64(3)}),
    ("PowerLR", {"r": np.int64(3), "c": np.float64(0.5)}),
    ("LinearWarmup", {"start_factor": np.float64(0.1), "total_iters": np.int64(4)}),
]


@pytest.mark.parametrize(("name", "arguments"), NUMPYS)
def test_numbers_of_numpy_are_numbers(name, arguments):
    plain = {k: v if v is None else v.tolist() if hasattr(v, "tolist") else v
             for k, v in arguments.items()}  # fmt: skip
    made = [getattr(optimization, name)(optimizer(), **each) for each in (arguments, plain)]
    assert_equal_on_the_way(*made, 8)
