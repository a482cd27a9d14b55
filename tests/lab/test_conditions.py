"""What a claim asks: the bounds as they are written, and numbers of every kind."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from deeptricks.lab.conditions import condition, numbers, rounded

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("value", "asked", "held"),
    [
        (3.0, {"at_least": 3}, True),
        (math.nextafter(3, 0), {"at_least": 3}, False),
        (3.0, {"at_most": 3}, True),
        (math.nextafter(3, 4), {"at_most": 3}, False),
        (3.0, {"equals": 3}, True),
        (math.nextafter(3, 4), {"equals": 3}, False),
        (3.5, {"equals": 3, "tolerance": 0.5}, True),
        (2.5, {"equals": 3, "tolerance": 0.5}, True),
        (3.51, {"equals": 3, "tolerance": 0.5}, False),
        (2.49, {"equals": 3, "tolerance": 0.5}, False),
        (3.0, {"between": (3, 4)}, True),
        (4.0, {"between": (3, 4)}, True),
        (2.99, {"between": (3, 4)}, False),
        (4.01, {"between": (3, 4)}, False),
        (0.0, {"at_least": 0}, True),  # a bound of zero is a bound
        (-1.0, {"at_least": 0}, False),
    ],
)
def test_bounds_belong_to_the_condition(value, asked, held):
    assert condition(**asked).holds(value) is held


@pytest.mark.parametrize("value", [NAN, INF, -INF])
@pytest.mark.parametrize(
    "asked",
    [
        {"at_least": 3},
        {"at_most": 3},
        {"equals": 3, "tolerance": 1e308},
        {"between": (-9e307, 9e307)},
    ],
)
def test_no_value_that_is_not_finite_holds_by_accident(value, asked):
    assert condition(**asked).holds(value) is False


def test_infinity_holds_where_it_is_asked_for():
    never_arrived = condition(at_least=3, infinite=True)
    assert [never_arrived.holds(v) for v in (INF, -INF, NAN, 2)] == [True, False, False, False]


@pytest.mark.parametrize("given", [{}, {"at_least": 1, "at_most": 2}, {"at_least": 0, "equals": 0}])
def test_exactly_one_condition(given):
    with pytest.raises(TypeError, match="one of at_least, at_most, equals, between"):
        condition(**given)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"at_least": NAN}, "at_least must be finite"),
        ({"equals": INF}, "equals must be finite"),
        ({"between": (2, 1)}, "between"),
        ({"between": 2}, "between must be two numbers, got 2"),
        ({"at_most": (1, 2)}, "at_most must be a number"),
        ({"equals": 1, "tolerance": -1}, "tolerance"),
        ({"at_least": 1, "tolerance": 1}, "tolerance"),
        ({"at_most": 1, "infinite": True}, "infinite goes with at_least, not with at_most"),
    ],
)
def test_bad_conditions(given, match):
    with pytest.raises(ValueError, match=match):
        condition(**given)


@pytest.mark.filterwarnings("error")  # a warning would be an output of the notebook
@pytest.mark.parametrize(
    "value",
    [
        3,
        np.int64(3),
        np.float32(3),
        np.array(3),
        torch.tensor(3),
        torch.tensor(3.0, dtype=torch.bfloat16),
        torch.tensor(3.0, requires_grad=True),
    ],
)
def test_one_number_of_any_kind(value):
    assert numbers(value, "measured") == ([3.0], False)
    assert numbers([value, value], "measured") == ([3.0, 3.0], True)
    assert numbers({"a": value}, "measured") == ([3.0], True)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values",
    [
        (1, 2),
        np.array([1, 2], np.uint8),
        pd.Series([1.0, 2.0], index=["a", "b"]),
        torch.tensor([1, 2]),
        torch.tensor([1.0, 2.0], dtype=torch.float16),
        torch.tensor([1.0, 2.0], requires_grad=True),
    ],
)
def test_several_numbers_of_any_kind(values):
    assert numbers(values, "measured") == ([1.0, 2.0], True)


@pytest.mark.parametrize("values", [[], [[1, 2]], torch.ones(1, 1), {}])
def test_neither_a_number_nor_a_row_of_them(values):
    with pytest.raises(ValueError, match="measured must be a number or a 1-D array"):
        numbers(values, "measured")


@pytest.mark.parametrize("value", [1j, np.array([1j]), torch.tensor([1 + 5j])])
def test_complex_numbers_have_no_order(value):
    with pytest.raises(TypeError, match="measured must be real"):
        numbers(value, "measured")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.46951, "1.47"),
        (99828.1, "99,800"),
        (20_000, "20,000"),
        (1000, "1000"),
        (61_100_840, "61,100,840"),
        (61_100_840.5, "6.11e+07"),
        (-0.0, "0"),
        (-4.75e-6, "−4.75e−06"),
        (NAN, "nan"),
        (-INF, "−inf"),
    ],
)
def test_numbers_are_told_to_three_digits_and_counts_whole(value, text):
    assert rounded(value) == text


def test_the_last_bits_do_not_decide_a_half():
    assert rounded(math.nextafter(19.45, 20)) == rounded(math.nextafter(19.45, 0)) == "19.4"
    assert rounded(math.nextafter(0.1875, 0)) == rounded(math.nextafter(0.1875, 1)) == "0.188"


def test_a_bound_is_told_to_four_digits_and_holds_to_the_last():
    asked = condition(between=(3, 13.28159))
    assert asked.text == "between 3 and 13.28"
    assert asked.holds(13.28159)
