"""Decaying rates: the formulas, and where they resume."""

import pytest

from deeptricks.optimization import (
    ExponentialLR,
    PowerLR,
    exponential_decay,
    multistep_decay,
    power_decay,
    step_decay,
)
from tests.optimization.schedules.compared import (
    optimizer,
)


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


def test_a_zero_rate_stays_zero():
    schedule = ExponentialLR(optimizer(), 0.0)
    schedule.step()
    schedule.step()
    assert schedule.get_last_lr() == [0, 0]


@pytest.mark.parametrize(
    ("schedule", "named"),
    [(lambda o: PowerLR(o, 0), "r must"), (lambda o: PowerLR(o, 3, -1), "c must")],
)
def test_bad_arguments_are_named(schedule, named):
    with pytest.raises(ValueError, match=named):
        schedule(optimizer())


def test_values_that_the_formulas_promise():
    assert [step_decay(t, 2, 0.5) for t in range(5)] == [1, 1, 0.5, 0.5, 0.25]
    assert [multistep_decay(t, [3, 1, 3], 0.5) for t in range(5)] == [1, 0.5, 0.5, 0.125, 0.125]
    assert exponential_decay(7, 10 ** (-1 / 7), lr=3.0) == pytest.approx(0.3)
    assert [power_decay(t, 10, lr=2.0) for t in (0, 10, 30)] == [2.0, 1.0, 0.5]
    assert power_decay(30, 10, 0.5) == 0.5


def test_formulas_take_fractions():
    """So that they can be drawn, and used over a progress between 0 and 1."""
    assert step_decay(0.75, 0.5) == 0.1
    assert multistep_decay(0.75, [0.5, 0.7]) == pytest.approx(0.01)
