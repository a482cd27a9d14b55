"""Schedules: equal to the framework's at every step, and to their formulas in closed form."""

import copy
import math
import warnings

import pytest
import torch
from hypothesis import given, settings
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
    one_cycle_momentum,
    plateau_decay,
    power_decay,
    step_decay,
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


def test_plateau_replaces_all_methods_of_the_framework_and_is_known_as_one():
    theirs, ours = lr_scheduler.ReduceLROnPlateau, ReduceLROnPlateau
    functions = {name for name, each in vars(theirs).items() if callable(each)}
    assert {*functions, "in_cooldown"} <= vars(ours).keys()
    made = optimizer()
    with pytest.raises(ValueError, match="ReduceLROnPlateau"):
        lr_scheduler.SequentialLR(made, [ours(made), StepLR(made, 3)], [2])


@common
def test_defaults_order_and_names_of_arguments(name, arguments):
    import inspect

    ours, theirs = (inspect.signature(getattr(m, name)) for m in (optimization, lr_scheduler))
    assert [(p.name, p.default) for p in ours.parameters.values()] == [
        (p.name, p.default) for p in theirs.parameters.values()
    ]


def test_defaults_of_plateau():
    test_defaults_order_and_names_of_arguments("ReduceLROnPlateau", {})


# A schedule's state --------------------------------------------------------------------------


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


def test_power_resumes_where_it_was():
    schedule = PowerLR(optimizer(), 3)
    for _ in range(5):
        schedule.step()
    resumed = PowerLR(schedule.optimizer, 3, last_epoch=4)
    for t in (5, 6):
        assert resumed.get_last_lr() == pytest.approx(
            [power_decay(t, 3, lr=r) for r in (0.5, 0.02)]
        )
        resumed.step()


def test_warmup_resumes_as_linear_lr():
    resumed = []
    for cls in (LinearWarmup, lr_scheduler.LinearLR):
        schedule = cls(optimizer(), 0.1, total_iters=6)
        for _ in range(4):
            schedule.step()
        resumed.append(cls(schedule.optimizer, 0.1, total_iters=6, last_epoch=3))
    assert_equal_on_the_way(*resumed, 5)
    assert resumed[0].get_last_lr() == pytest.approx([0.5, 0.02])


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


# Between steps, and among others ---------------------------------------------------------------


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
def test_copies_and_warnings_are_the_frameworks(name, arguments):
    schedule = getattr(optimization, name)(optimizer(), **arguments)
    assert isinstance(schedule, lr_scheduler.LRScheduler)
    with pytest.warns(UserWarning, match="get_last_lr"):
        schedule.get_lr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule.optimizer.step()
        for _ in range(9):
            schedule.step()


# Formulas ------------------------------------------------------------------------------------


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


def test_values_that_the_formulas_promise():
    assert [step_decay(t, 2, 0.5) for t in range(5)] == [1, 1, 0.5, 0.5, 0.25]
    assert [multistep_decay(t, [3, 1, 3], 0.5) for t in range(5)] == [1, 0.5, 0.5, 0.125, 0.125]
    assert exponential_decay(7, 10 ** (-1 / 7), lr=3.0) == pytest.approx(0.3)
    assert [power_decay(t, 10, lr=2.0) for t in (0, 10, 30)] == [2.0, 1.0, 0.5]
    assert power_decay(30, 10, 0.5) == 0.5
    assert [cosine(t, 8, 0.2, 1.0) for t in (0, 4, 8, 16)] == pytest.approx([1, 0.6, 0.2, 1])
    restarts = [cosine_restarts(t, 2, 2) for t in (0, 1, 2, 4, 6, 10)]
    assert restarts == pytest.approx([1, 0.5, 1, 0.5, 1, 0.5])
    assert [linear_warmup(t, 4, 0.2) for t in (0, 2, 4, 9)] == pytest.approx([0.2, 0.6, 1, 1])
    assert linear_warmup(0, 0) == 1
    assert one_cycle(0, 10) == pytest.approx(1 / 25)
    assert one_cycle(2, 10, max_lr=3.0) == 3.0
    assert one_cycle(9, 10) == pytest.approx(1 / 25 / 1e4)
    momenta = [one_cycle_momentum(t, 10) for t in (0, 2, 9)]
    assert momenta == pytest.approx([0.95, 0.85, 0.95])
    assert [one_cycle(t, 10, three_phase=True) for t in (0, 4)] == pytest.approx([0.04, 0.04])
    assert one_cycle_momentum(9, 10, three_phase=True) == 0.95
    rates = plateau_decay([3, 2, 2, 2, 1], lr=0.1, factor=0.5, patience=1)
    assert rates == [0.1, 0.1, 0.1, 0.1, 0.05, 0.05]


def test_formulas_take_fractions():
    """So that they can be drawn, and used over a progress between 0 and 1."""
    assert cosine(0.5, 1.0) == pytest.approx(0.5)
    assert cosine_restarts(0.75, 0.5) == pytest.approx(0.5)
    assert step_decay(0.75, 0.5) == 0.1
    assert multistep_decay(0.75, [0.5, 0.7]) == pytest.approx(0.01)
    assert linear_warmup(0.05, 0.1, 0.0) == 0.5
    assert one_cycle(14.5, 30) < one_cycle(14, 30)


def test_a_zero_rate_stays_zero():
    schedule = ExponentialLR(optimizer(), 0.0)
    schedule.step()
    schedule.step()
    assert schedule.get_last_lr() == [0, 0]


# Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "named"),
    [
        (lambda o: StepLR(o, 0), "step_size"),
        (lambda o: StepLR(o, 2.5), "step_size"),
        (lambda o: StepLR(o, math.inf), "step_size"),
        (lambda o: StepLR(o, 3, -0.1), "gamma"),
        (lambda o: MultiStepLR(o, [2, 3.5]), "milestones"),
        (lambda o: MultiStepLR(o, [-1]), "milestones"),
        (lambda o: MultiStepLR(o, [1], math.nan), "gamma"),
        (lambda o: ExponentialLR(o, math.inf), "gamma"),
        (lambda o: PowerLR(o, 0), "r must"),
        (lambda o: PowerLR(o, 3, -1), "c must"),
        (lambda o: CosineAnnealingLR(o, 0), "T_max"),
        (lambda o: CosineAnnealingWarmRestarts(o, 0), "T_0"),
        (lambda o: CosineAnnealingWarmRestarts(o, 2.0), "T_0"),
        (lambda o: CosineAnnealingWarmRestarts(o, 2, 0), "T_mult"),
        (lambda o: CosineAnnealingWarmRestarts(o, 2, 1, "0"), "eta_min"),
        (lambda o: CosineAnnealingWarmRestarts(o, 2).step(-1), "epoch"),
        (lambda o: OneCycleLR(o, 1.0), "total_steps"),
        (lambda o: OneCycleLR(o, 1.0, 0), "total_steps"),
        (lambda o: OneCycleLR(o, 1.0, epochs=2), "steps_per_epoch"),
        (lambda o: OneCycleLR(o, 1.0, epochs=0, steps_per_epoch=2), "epochs"),
        (lambda o: OneCycleLR(o, [1.0], 9), "max_lr"),
        (lambda o: OneCycleLR(o, 1.0, 9, pct_start=1), "pct_start"),
        (lambda o: OneCycleLR(o, 1.0, 9, pct_start=1.5), "pct_start"),
        (lambda o: OneCycleLR(o, 1.0, 9, pct_start=0.9, three_phase=True), "pct_start"),
        (lambda o: OneCycleLR(o, 1.0, 9, anneal_strategy="sin"), "anneal_strategy"),
        (lambda o: OneCycleLR(o, 1.0, 9, max_momentum=[0.9]), "max_momentum"),
        (lambda o: OneCycleLR(o, 1.0, 9, div_factor=0), "div_factor"),
        (lambda o: LinearWarmup(o, 0.0), "start_factor"),
        (lambda o: LinearWarmup(o, 1.1), "start_factor"),
        (lambda o: LinearWarmup(o, 0.1, -1), "total_iters"),
        (lambda o: LinearWarmup(o, after=ReduceLROnPlateau(o)), "after"),
        (lambda o: LinearWarmup(o, after=lr_scheduler.ReduceLROnPlateau(o)), "after"),
        (lambda o: LinearWarmup(o, after=StepLR(optimizer(), 3)), "after"),
        (lambda o: LinearWarmup(o, after=StepLR(o, 3), last_epoch=2), "last_epoch"),
        (lambda o: ReduceLROnPlateau(o, factor=1.0), "factor"),
        (lambda o: ReduceLROnPlateau(o, factor=-0.1), "factor"),
        (lambda o: ReduceLROnPlateau(o, mode="low"), "mode"),
        (lambda o: ReduceLROnPlateau(o, threshold_mode="none"), "threshold_mode"),
        (lambda o: ReduceLROnPlateau(o, min_lr=[0.1]), "min_lr"),
    ],
)
def test_bad_arguments_are_named(schedule, named):
    with pytest.raises(ValueError, match=named):
        schedule(optimizer())


@pytest.mark.parametrize(
    ("name", "arguments"),
    [*COMMON, ("PowerLR", {"r": 3}), ("LinearWarmup", {}), ("ReduceLROnPlateau", {})],
)
def test_something_that_is_no_optimizer(name, arguments):
    with pytest.raises(TypeError, match="not an Optimizer"):
        getattr(optimization, name)([torch.zeros(1)], **arguments)


def test_a_cycle_of_momentum_needs_one():
    with pytest.raises(ValueError, match="momentum"):
        OneCycleLR(optimizer(torch.optim.Adagrad), 1.0, 9)
    without = OneCycleLR(optimizer(torch.optim.Adagrad), 1.0, 9, cycle_momentum=False)
    assert without.get_last_lr() == pytest.approx([0.04, 0.04])


# Warm-up -------------------------------------------------------------------------------------


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
