"""What the results of a class need of a run: visible tests, and marks of wrong values."""

import numpy as np
import pytest

from deeptricks.grading.evening.seen import MOST, TELLING, _gather, mark
from deeptricks.grading.sandbox import execute
from deeptricks.grading.sandbox.wire import Other
from tests.grading.masters import doctored

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=(4, 3))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (VALUES, VALUES * (1 + 1e-12), True),
        (VALUES, VALUES + 0.01, False),
        (VALUES, VALUES.T, False),
        (VALUES, VALUES.astype("float32"), True),
        ((VALUES, 1), (VALUES, 2), False),
        ({"W": VALUES}, {"V": VALUES}, False),
        ("same", "opposite", False),
        (None, 0, False),
        (np.array([1e-17, 1.0]), np.array([-3e-18, 1.0]), True),
        (float("nan"), float("nan"), True),
    ],
)
def test_equal_marks_are_equal_values(one, other, same):
    assert (mark(one) == mark(other)) is same


@pytest.mark.parametrize(
    ("value", "tells"),
    [
        (VALUES, True),
        ([VALUES[0], 0], True),
        (np.zeros((3, 3)), False),
        (np.arange(12.0), False),
        (np.full(9, 1 / 3), False),
        (np.array([12000.0, 23000.0, 34000.0]), False),
        (2.718281828, False),
        ("12345 23456 34567", False),
        (np.zeros((12345, 0)), False),
        (Other("an object"), False),
        (np.array([[0.123456, 9.87654], [3.14159, 2.0]]), True),
    ],
)
def test_only_what_nobody_has_by_chance_tells(value, tells):
    assert mark(value).startswith(TELLING) is tells


def test_of_a_value_without_end_the_beginning_counts():
    leaves = []
    _gather([[[1.5] * 1000] * 1000] * 3, leaves)
    assert len(leaves) < 3 * MOST
    assert mark(np.zeros(10**7)) != mark(np.zeros(10**7 + 1))


@pytest.fixture(scope="module")
def how(sandboxed):
    return {"sandboxed": sandboxed}


def test_visible_tests_run_where_they_are_asked_for(tmp_path, how):
    toy = doctored(tmp_path)
    right = execute.run(toy, toy.notebook(), visible=True, **how)
    assert right.visible == {"recall": True, "standardize": True}
    assert not right.errors
    assert {key[1] for key in right.values} == {"variance", "square", "untouched"}
    assert execute.run(toy, toy.notebook(), **how).visible == {}
    wrong = toy.notebook({"standardize": "def standardize(x):\n    return 1"})
    found = execute.run(toy, wrong, visible=True, **how)
    assert found.visible == {"recall": True, "standardize": False}
    assert not found.errors
