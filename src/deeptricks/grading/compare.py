"""Is an answer what was expected? Numbers meet numbers; nothing of the student runs here.

Before an array is made of an answer its shape must be the expected one: no answer, however it is
built, takes more memory here than what is expected of it.
"""

import math

import numpy as np

from .sandbox.wire import Other

EXACT = 2**53  # beyond it neighboring integers are the same float
CHANGED = "the function changes its {}"
WHOLE = 1e-6  # how far from an integer a float may be that stands for it


def difference(value, expected, tolerance: float = 1e-6, parts: tuple = ()) -> str | None:
    """What is wrong with `value`, in words that do not tell `expected`; None if nothing is.

    Arrays must agree in shape, and in every number to `tolerance` times the largest expected
    number; where integers are expected, 3.0 passes for 3 and nothing near 4 does. A list of
    numbers passes for an array, an array with one number for a number, a list with one text for a
    text; a tuple for a list; float32 for float64 where `tolerance` allows. Of an expected
    dictionary each key must be there, more may be. In arrays True is 1; a single True, False or
    None must be itself. In texts neither capitals nor spaces count. It takes whatever
    `wire.unpacked` gives, and raises nothing. `parts` are the names of the values that are
    expected, for the words: one that is called "argument x" has been changed where it differs.
    """
    if isinstance(expected, Other):  # what a mistake has returned
        return f"it returns {_described(value)} where another answer is right"
    if isinstance(value, Other):
        return f"it returns {value.text}, which is no number, text, array or collection of these"
    if isinstance(expected, dict):
        return _of_dicts(value, expected, tolerance)
    if isinstance(expected, tuple | list):
        return _of_sequences(value, expected, tolerance, parts)
    if expected is None or isinstance(expected, str | bool):
        same = _same(value, expected)
        return None if same else f"it returns {_described(value)} where another answer is right"
    return _of_numbers(value, np.asarray(expected), tolerance)


def _same(value, expected):
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind == "b":
        value = bool(value.item())  # what `np.all(x)` returns
    if isinstance(expected, str):
        if isinstance(value, list) and len(value) == 1:  # an array of one text
            value = value[0]
        return isinstance(value, str) and _plain(value) == _plain(expected)
    return type(value) is type(expected) and value == expected


def _plain(text):
    return " ".join(text.split()).casefold()


def _of_dicts(value, expected, tolerance):
    if not isinstance(value, dict):
        return f"it returns {_described(value)} where a dictionary is asked"
    for key in expected:
        if str(key) not in value:
            return f"the key {key!r} is missing"
        if wrong := difference(value[str(key)], expected[key], tolerance):
            return f"at the key {key!r}: {wrong}"
    return None


def _of_sequences(value, expected, tolerance, parts):
    is_array = isinstance(value, np.ndarray) and value.ndim > 0
    if not is_array and not isinstance(value, tuple | list):
        return f"it returns {_described(value)} where {len(expected)} values are asked"
    if len(value) != len(expected):
        return f"it returns {len(value)} values where {len(expected)} are asked"
    for position, (one, other) in enumerate(zip(value, expected, strict=True), start=1):
        if wrong := difference(one, other, tolerance):
            name = parts[position - 1] if parts else f"value {position} of {len(expected)}"
            return CHANGED.format(name) if name.startswith("argument ") else f"{name}: {wrong}"
    return None


def _of_numbers(value, expected, tolerance):
    try:
        shape = _shape(value)
    except TypeError:
        return f"it returns {_described(value)} where numbers are asked"
    except ValueError:
        return "it returns lists that make no array of numbers where one is asked"
    single = expected.shape == () and math.prod(shape) == 1
    if shape != expected.shape and not single:
        asked = f"{expected.shape} is asked" if expected.shape else "a single number is asked"
        return f"the shape is {shape} where {asked}"
    array = np.asarray(value).reshape(expected.shape)
    with np.errstate(all="ignore"):
        return _of_arrays(array, expected, tolerance)


def _shape(value):
    """Of numbers in lists and arrays. TypeError for anything else, ValueError for ragged lists."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf":
        return value.shape
    if isinstance(value, int | float):
        if abs(value) >= 2**63 and isinstance(value, int):
            raise TypeError
        return ()
    if not isinstance(value, list | tuple):
        raise TypeError
    first = None
    for one in value:
        shape = _shape(one)
        first = shape if first is None else first
        if shape != first:
            raise ValueError
    return (len(value), *(first or ()))


def _of_arrays(array, expected, tolerance):
    if array.dtype.kind != "f" and expected.dtype.kind != "f":
        return None if np.array_equal(array, expected) else "the values differ from the right ones"
    whole = expected.dtype.kind != "f"
    array, expected = array.astype(float), expected.astype(float)
    known = np.isfinite(expected)
    if not np.isfinite(array[known]).all():
        return "there are values that are infinite or not a number"
    if not np.array_equal(array[~known], expected[~known], equal_nan=True):
        return "the values differ from the right ones"
    array, expected = array[known], expected[known]
    scale = np.abs(expected).max(initial=0.0)
    allowed = (WHOLE if scale < EXACT else 0.0) if whole else tolerance * (scale or 1.0)
    near = np.abs(array - expected) <= allowed
    return None if near.all() else "the values differ from the right ones"


def _described(value) -> str:
    """A value in a few words."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" if value.shape else f"the number {value}"
    if isinstance(value, str):
        return f"the text {value[:60]!r}"
    if type(value) is int and abs(value) >= 2**63:
        return "an integer of over 64 bits"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    return f"a {type(value).__name__}"
