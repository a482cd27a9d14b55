"""The comparison of answers: right ones pass, wrong ones do not, and nothing makes it fail."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deeptricks.grading.compare import difference
from deeptricks.grading.sandbox.wire import Other, packed, unpacked

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
# A thousandth of a subnormal number is none: it has no digit to hold it.
NUMBERS = st.floats(-1e9, 1e9, allow_subnormal=False)
FLOATS = hnp.arrays(np.float64, SHAPES, elements=NUMBERS)
ARRAYS = hnp.arrays(st.sampled_from(["?", "i1", "u2", "i4", "u8", "i8", "f2", "f4", "f8"]), SHAPES)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(10**300, 10**301), st.text(),
    st.floats(), ARRAYS, st.builds(Other, st.text()),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)
WORDS = st.text("abc XYZ_é0", max_size=6)  # what an author would expect, no control characters
EXPECTED = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**62), 2**62), WORDS, st.floats(), ARRAYS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(WORDS, inner, max_size=3),
    ),
    max_leaves=5,
)


@given(VALUES, EXPECTED)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_comes_it_answers_in_words(value, expected):
    wrong = difference(value, expected)
    assert wrong is None or (isinstance(wrong, str) and len(wrong) < 1000)


@given(EXPECTED)
@settings(deadline=None)
def test_what_is_expected_passes_after_its_journey(expected):
    assert difference(unpacked(packed(expected)), expected) is None


@given(FLOATS, st.data())
def test_a_change_beyond_the_tolerance_fails_and_one_within_passes(expected, data):
    if not expected.size:
        return
    place = data.draw(st.sampled_from(list(np.ndindex(expected.shape))))
    scale = np.abs(expected).max() or 1.0
    for factor, right in ((0.5, True), (2.0, False)):
        for sign in (1, -1):
            value = expected.copy()
            value[place] += sign * factor * 1e-3 * scale
            assert (difference(value, expected, tolerance=1e-3) is None) == right


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_must_be_where_they_are_expected(special):
    expected = np.array([1.0, 2.0])
    assert "infinite or not a number" in difference(np.array([1.0, special]), expected)
    assert difference(np.array([1.0, special]), np.array([1.0, special])) is None
    assert difference(np.array([1.0, 2.0]), np.array([1.0, special]))
    assert difference(special, 1.0)


def test_the_sign_of_infinity_counts():
    assert difference(np.array([-np.inf]), np.array([np.inf]))
    assert difference(np.array([np.nan]), np.array([np.inf]))


def test_an_infinite_expected_value_leaves_the_scale_to_the_others():
    assert difference(np.array([np.inf, 1.1]), np.array([np.inf, 1.0]))


SAME = {
    "float for integer": (3.0, 3),
    "nearly an integer": (0.1 * 30, 3),
    "integer for float": (3, 3.0),
    "float32": (np.float32([0.1, 0.2]), np.array([0.1, 0.2])),
    "list for array": ([[1.0, 2.0], [3.0, 4.0]], np.array([[1.0, 2.0], [3.0, 4.0]])),
    "list of arrays": ([np.ones(2), np.zeros(2)], np.array([[1.0, 1.0], [0.0, 0.0]])),
    "rows for tuple": (np.ones((2, 3)), (np.ones(3), np.ones(3))),
    "list for tuple": ([1.0, None], (1.0, None)),
    "number of shape ()": (np.array(2.0), 2.0),
    "zero": (1e-7, 0.0),
    "ones for booleans": (np.array([1, 0]), np.array([True, False])),
    "booleans for numbers": (np.array([True, False]), np.array([1.0, 0.0])),
    "numpy's boolean": (np.array(True), True),
    "one boolean in an array": (np.array([True]), True),
    "one number in an array": (np.array([[2.0]]), 2.0),
    "one number in a list": ([2.0], 2.0),
    "one whole number in an array": (np.array([3.0]), 3),
    "one text in an array": (["rows"], "rows"),
    "text in capitals": (" Rows\n", "rows"),
    "another kind of integer": (np.array([3], "u1"), np.array([3], "i8")),
    "more keys": ({"mean": 1.0, "n": 3}, {"mean": 1.0}),
    "number as key": ({"1": 2.0}, {1: 2.0}),
    "empty": (np.zeros((0, 3)), np.ones((0, 3))),
    "no values": ([], ()),
    "large integers": (np.array([2**60]), np.array([2**60])),
}
OTHER = {
    "next integer": (4, 3, "the values differ"),
    "between integers": (3.01, 3, "the values differ"),
    "large integer off by one": (np.array([10**8 + 1.0]), np.array([10**8]), "the values differ"),
    "huge integer off by one": (np.array([2**60 + 1]), np.array([2**60]), "the values differ"),
    "shape": (np.ones((2, 1)), np.ones((1, 2)), "the shape is (2, 1) where (1, 2) is asked"),
    "broadcast": (1.0, np.ones(3), "the shape is () where (3,) is asked"),
    "two in an array": (np.ones(2), 1.0, "the shape is (2,) where a single number is asked"),
    "none in an array": (np.ones(0), 1.0, "the shape is (0,) where a single number is asked"),
    "two texts": (["rows", "rows"], "rows", "it returns a list where another answer is right"),
    "two booleans": (np.array([True, True]), True, "where another answer is right"),
    "what a mistake returned": (1.0, Other("an object"), "it returns 1.0 where another"),
    "empty shape": (np.ones((0, 2)), np.ones((0, 3)), "the shape is (0, 2)"),
    "ragged": ([[1.0], [1.0, 2.0]], np.ones((2, 2)), "no array of numbers"),
    "text": ("1.0", 1.0, "the text '1.0' where numbers are asked"),
    "text in a list": (["1.0"], np.ones(1), "where numbers are asked"),
    "nothing": (None, 1.0, "it returns None where numbers are asked"),
    "nothing in a list": ([None], np.ones(1), "where numbers are asked"),
    "dictionary": ({}, np.ones(2), "a dict where numbers are asked"),
    "no dictionary": (1.0, {"a": 1.0}, "it returns 1.0 where a dictionary is asked"),
    "missing key": ({}, {"a": 1.0}, "the key 'a' is missing"),
    "at a key": ({"a": 2.0}, {"a": 1.0}, "at the key 'a': the values differ"),
    "too few": ((1.0,), (1.0, 2.0), "it returns 1 values where 2 are asked"),
    "no sequence": (1.0, (1.0, 2.0), "where 2 values are asked"),
    "a second value": ((1.0, 3.0), (1.0, 2.0), "value 2 of 2: the values differ"),
    "one for True": (1, True, "it returns 1 where another answer is right"),
    "False for True": (False, True, "it returns False where another answer is right"),
    "False for None": (False, None, "it returns False"),
    "other text": ("columns", "rows", "the text 'columns' where another answer is right"),
    "number for text": (1.0, "rows", "it returns 1.0 where another answer is right"),
    "object": (Other("an object of type Liar"), 1.0, "an object of type Liar, which is no number"),
    "object in a list": ([Other("a Liar")], np.ones(1), "where numbers are asked"),
    "huge integer": (10**400, 1.0, "an integer of over 64 bits"),
    "zero missed": (1e-5, 0.0, "the values differ"),
    "nan for integer": (np.nan, 3, "infinite or not a number"),
    "small beside large": (np.array([1e6, 3.0]), np.array([1e6, 1.0]), "the values differ"),
}


@pytest.mark.parametrize("kind", SAME)
def test_these_are_the_same(kind):
    assert difference(*SAME[kind]) is None


@pytest.mark.parametrize("kind", OTHER)
def test_these_are_not(kind):
    value, expected, words = OTHER[kind]
    wrong = difference(value, expected)
    assert wrong is not None
    assert words in wrong


def test_what_is_expected_is_never_told():
    expected = (np.array([123456.5]), "secret", True, {"key": 98765.25})
    for wrong in itertools.product([0.0, None, "x"], repeat=4):
        assert not any(
            w in (difference(wrong, expected) or "") for w in ("123456", "secret", "98765")
        )


def test_a_million_numbers_are_compared():
    expected = np.linspace(0, 1, 10**6)
    value = expected.copy()
    assert difference(value, expected) is None
    value[-1] += 1e-3
    assert difference(value, expected)


def test_a_long_array_is_not_taken_apart_for_a_pair():
    assert "1000000 values where 2" in difference(np.zeros(10**6), (1.0, 2.0))


def test_texts_among_lists_take_no_memory():
    """An answer of some hundred kilobytes would be an array of texts of four gigabytes."""
    answer = ["x" * 65_000, *[""] * 16_000]
    tracemalloc.start()
    wrong = difference(answer, np.zeros(16_001)), difference([answer], np.zeros((1, 16_001)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert wrong == ("it returns a list where numbers are asked",) * 2
    assert most < 2**20


def test_no_array_is_made_of_what_has_another_shape():
    answer, expected = [[0.0] * 1000] * 1000, np.zeros((1000, 999))  # eight megabytes as an array
    tracemalloc.start()
    assert "the shape is (1000, 1000)" in difference(answer, expected)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2**20


def test_a_part_is_called_by_its_name_and_an_argument_was_changed():
    expected, parts = (1.0, np.zeros(3)), ("the mean", "argument x")
    assert difference((1.0, np.zeros(3)), expected, parts=parts) is None
    assert difference((2.0, np.zeros(3)), expected, parts=parts) == (
        "the mean: the values differ from the right ones"
    )
    for changed in (np.ones(3), np.ones(2), None):
        told = difference((1.0, changed), expected, parts=parts)
        assert told == "the function changes its argument x"
