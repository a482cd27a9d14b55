"""Values come through as they were; what is no value is refused, and never breaks the reader."""

import base64
import json
import math
from array import array as typed
from collections import deque
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from deeptricks.grading.sandbox.answers import Answers
from deeptricks.grading.sandbox.wire import Other, packed, readable, unpacked

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(TEXTS, inner)
    ),
    max_leaves=20,
)  # fmt: skip
DTYPES = (
    arrays.boolean_dtypes() | arrays.integer_dtypes() | arrays.unsigned_integer_dtypes()
    | arrays.floating_dtypes(sizes=(16, 32, 64))
)  # fmt: skip
ARRAYS = arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, min_side=0, max_dims=4))
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
JOB = {"cells": [{"index": 4}, {"index": 7}], "checks": [{"id": ["q", "a"]}, {"id": ["q", "b"]}]}


def sent(value):
    """`value` after its way through the pipe."""
    return unpacked(json.loads(json.dumps(packed(value))))


@PATIENT
@given(VALUES)
def test_a_value_comes_through(value):
    assert sent(value) == value
    assert type(sent(value)) is type(value)


@PATIENT
@given(ARRAYS)
def test_an_array_comes_through(array):
    result = sent(array)
    assert result.shape == array.shape
    assert result.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(result, array)


ODD = [
    np.arange(6.0).reshape(2, 3).T, np.arange(9)[::-2], np.arange(3, dtype=">i4"), np.float32(2),
    np.longdouble(1.5), np.ma.masked_array([1.0, 2.0]),
]  # fmt: skip


@pytest.mark.parametrize("array", ODD, ids=lambda array: str(array.dtype))
def test_an_array_of_odd_layout_comes_through(array):
    np.testing.assert_array_equal(sent(array), np.asarray(array))


def test_a_tensor_comes_through_and_a_float_that_is_no_number():
    torch = pytest.importorskip("torch")
    assert sent(torch.arange(3.0, requires_grad=True)).tolist() == [0, 1, 2]
    assert math.isnan(sent(math.nan))
    assert sent(-math.inf) == -math.inf


@pytest.mark.parametrize(
    "value",
    [2**63, -(10**30), object(), {1, 2}, iter([]), 1j, np.array(object()), np.array("x", "S"),
     np.array([1j]), Decimal("sNaN"), Fraction(10**400), np.array("2026-01-01", "M8[D]")],
)  # fmt: skip
def test_what_is_no_value_comes_as_its_description(value):
    assert isinstance(sent(value), Other)


@pytest.mark.parametrize(
    ("value", "comes"),
    [
        (Fraction(3, 8), 0.375),
        (Fraction(10**400 + 1, 10**400), 1.0),
        (Decimal("0.125"), 0.125),
        (2 + 0j, 2.0),
        (np.str_("rows"), "rows"),
        (np.array("rows"), "rows"),
        (np.array(["a", "bc"]), ["a", "bc"]),
        (np.array([[Fraction(1, 2), Decimal(2)], [3, True]]), [[0.5, 2.0], [3, True]]),
        (range(3), [0, 1, 2]),
        (deque([1.5, None]), [1.5, None]),
    ],
)  # fmt: skip
def test_numbers_and_texts_of_every_kind_come_through(value, comes):
    assert sent(value) == comes


@pytest.mark.parametrize(
    ("value", "comes"),
    [
        (np.matrix([[1.0, 2.0]]), [[1.0, 2.0]]),
        (np.array([2 + 0j, 3]), [2.0, 3.0]),
        (typed("d", [1.0, 2.0]), [1.0, 2.0]),
        (np.float64(7), 7.0),
    ],
)
def test_arrays_of_every_kind_come_as_arrays(value, comes):
    assert isinstance(sent(value), np.ndarray)
    np.testing.assert_array_equal(sent(value), comes)


class Half(Fraction):
    numerator = property(lambda self: 7)


def test_a_fraction_cannot_lie():
    assert sent(Half(1, 2)) == 0.5


def test_a_line_of_a_million_lists_is_not_even_read():
    line = json.dumps({"event": "check", "check": ["q", "a"], "value": [[]] * 10**6}).encode()
    answers = Answers(JOB)
    answers.add(line)
    assert not answers.values
    assert not answers.errors
    answers.add(json.dumps({"event": "check", "check": ["q", "a"], "value": 1}).encode())
    assert answers.values == {("q", "a"): 1}


class Liar(np.ndarray):
    shape = property(lambda self: (9, 9))

    def __array__(self, *_):
        raise SystemExit

    __eq__ = astype = tobytes = __array__


class Number(float):
    __repr__ = __float__ = __str__ = lambda self: "8"


class Items(dict):
    items = __iter__ = keys = lambda self: iter([("b", 2)])


class Row(list):
    def __iter__(self):
        return iter("lies")

    __class__ = property(lambda self: np.ndarray)


@pytest.mark.parametrize(
    ("value", "honest"), [(Number(7), 7.0), (Items(a=1), {"a": 1}), (Row([1, 2]), [1, 2])]
)
def test_a_subclass_is_what_it_is_below(value, honest):
    assert sent(value) == honest


def test_an_array_cannot_lie_about_its_shape():
    np.testing.assert_array_equal(sent(np.arange(3.0).view(Liar)), [0, 1, 2])


def test_a_value_of_too_many_levels_is_refused_at_once():
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="nested deeper than 20 levels"):
        packed(endless)


def array(**changes):
    data = base64.b64encode(bytes(8)).decode()
    return {"is": "array", "dtype": "<f8", "shape": [1], "data": data} | changes


def deep(levels):
    message = None
    for _ in range(levels):
        message = {"is": "list", "items": [message]}
    return message


BROKEN = [
    1.5, 2**63, [], [1], {}, {"is": "list"}, {"is": "list", "items": 3}, {"is": []}, deep(22),
    {"is": "dict", "items": [["a"]]}, {"is": "dict", "items": [[["a"], 1]]},
    {"is": "float", "text": "one"}, {"is": "float", "text": []}, {"is": "other"},
    array(dtype="<O8"), array(dtype="|V8"), array(dtype="<f16"), array(dtype="<M8"), array(dtype=8),
    array(dtype=">f8"), array(shape=[2]), array(shape=[-1]), array(shape=[True]), array(shape=1),
    array(shape=[1.0]), array(shape=[1] * 40), array(shape=[0, 2**39, 2**39], data=""),
    array(shape=[2**40]), array(data="%%%%"), array(data="é"), array(data=None), array(data="AAA"),
]  # fmt: skip


@pytest.mark.parametrize("message", BROKEN, ids=lambda message: repr(message)[:40])
def test_a_message_that_is_no_value_is_refused(message):
    with pytest.raises(ValueError, match=r"."):
        unpacked(message)


def test_the_message_that_the_broken_ones_are_made_from_is_whole():
    assert unpacked(array()).tolist() == [0]
    assert unpacked(deep(20)) is not None


def test_a_boolean_is_true_or_false_whatever_byte_was_sent():
    flags = unpacked(array(dtype="|b1", shape=[3], data=base64.b64encode(b"\0\1\7").decode()))
    assert flags.view("u1").tolist() == [0, 1, 1]


def test_a_text_can_be_written_to_any_file():
    assert readable("a\ud800b\0") == "a?b?"
    assert unpacked("\ud800") == "?"
    assert unpacked({"is": "dict", "items": [["\ud800", 1]]}) == {"?": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from(["array", "list", "dict", "float", "other", "<f8", "q", "a"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["is", "items", "text", "dtype", "shape", "data"]), inner),
)  # fmt: skip
EVENTS = st.fixed_dictionaries(
    {"event": st.sampled_from(["cell", "check", "done", "ready", "end"]) | JSON},
    optional={name: JSON for name in ("index", "check", "value", "error", "how")},
)
NAMES = st.sampled_from([["q", "a"], ["q", "c"], ["q"], "qa", [["q"], "a"], None])


@PATIENT
@given(JSON)
def test_no_message_does_more_than_being_refused(message):
    with suppress(ValueError):
        unpacked(message)


NAMED = EVENTS.flatmap(lambda event: NAMES.map(lambda name: event | {"check": name}))


@PATIENT
@given(st.lists(st.binary() | EVENTS | NAMED))
@example([b"[" * 100_000])
@example([b'{"a":' * 100_000])
@example([b"1" * 100_000])
@example([b'{"event": "check", "check": ["q", "a"], "value": ' + b"1" * 5000 + b"}"])
@example([b"\xff\xfe", b"\0" * 9, b"NaN", b"-Infinity"])
def test_no_line_breaks_the_reader_or_answers_what_was_not_asked(lines):
    answers = Answers(JOB)
    for line in lines:
        answers.add(line if isinstance(line, bytes) else json.dumps(line).encode())
    assert set(answers.values) | set(answers.errors) <= {("q", "a"), ("q", "b")}
    assert set(answers.cells) <= {4, 7}
    assert all(len(text) <= 300 for text in answers.errors.values())


def told(*events):
    answers = Answers(JOB)
    for event in events:
        answers.add(json.dumps(event).encode())
    return answers


def test_what_was_not_asked_is_passed_over():
    check = {"event": "check", "value": 1}
    answers = told(check | {"check": ["q", "c"]}, check | {"check": ["a", "q"]},
                   {"event": "cell", "index": 5, "error": "no"})  # fmt: skip
    assert (answers.values, answers.errors, answers.cells) == ({}, {}, {})


def test_the_first_answer_counts():
    check = {"event": "check", "check": ["q", "a"]}
    answers = told(check | {"value": 1}, check | {"value": 2}, check | {"error": "late"})
    assert (answers.values, answers.errors) == ({("q", "a"): 1}, {})


def test_a_check_that_ends_without_an_answer_has_a_reason():
    answers = told({"event": "done", "check": ["q", "a"]},
                   {"event": "done", "check": ["q", "b"], "how": "too long"})  # fmt: skip
    assert answers.errors == {("q", "a"): "it ended without an answer", ("q", "b"): "too long"}


def test_the_step_is_the_first_thing_that_was_not_told():
    cell = {"event": "cell", "error": None}
    assert told().step() == ("cell", 4)
    assert told(cell | {"index": 4}).step() == ("cell", 7)
    both = [cell | {"index": 4}, cell | {"index": 7}]
    assert told(*both).step() == ("check", ("q", "a"))
    done = [{"event": "done", "check": c["id"]} for c in JOB["checks"]]
    assert told(*both, *done).step() is None
