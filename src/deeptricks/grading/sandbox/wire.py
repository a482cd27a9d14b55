"""Values as JSON: what goes into the sandbox and what comes out of it.

Nothing is ever unpickled. An array travels as its bytes with its shape and type; whatever else a
student returns is reduced to numbers, texts, lists, tuples and dictionaries, or to its description.
What a visible test takes for a number, a text or an array is one: Fractions and Decimals, NumPy's
texts, arrays of objects, complex numbers that are real.
This file is also mounted in the sandbox, where the package is not: it imports numpy, no more.
"""

import builtins

__builtins__ = dict(vars(builtins))  # ours stay what they are, whatever becomes of the student's

from array import array as typed
from base64 import b64decode as decoded
from base64 import b64encode as encoded
from collections import deque
from decimal import Decimal
from fractions import Fraction
from math import prod

from numpy import asarray, frombuffer, generic, ndarray

KINDS = "biuf"  # booleans, signed and unsigned integers, floats
DEEPEST = 20  # levels of nesting
PIECES = 400_000  # of one answer as JSON: each takes a hundred bytes in memory, or several
SIZES = {"b": "1", "i": "1248", "u": "1248", "f": "248"}  # bytes of a number


def derives(kind, base):
    """Whether a type has `base` among its ancestors; `issubclass` can be lied to, this cannot."""
    return base in type.__dict__["__mro__"].__get__(kind)


def packed(value, depth=0):
    """`value` as JSON. Raises ValueError where it is nested deeper than 20 levels.

    Subclasses of numbers, texts and collections count as what they are below: whatever their own
    methods say is not asked.
    """
    if depth > DEEPEST:
        raise ValueError(f"the returned value is nested deeper than {DEEPEST} levels")
    kind = type(value)
    if value is None or kind is bool:
        return value
    if derives(kind, str):  # NumPy's as well
        return str.__str__(value)
    if any(derives(kind, base) for base in (generic, ndarray, typed)):
        return _packed_array(asarray(value), depth)
    if derives(kind, int):
        value = int.__int__(value)
        return value if abs(value) < 2**63 else _other("an integer of over 64 bits")
    if derives(kind, float):
        return {"is": "float", "text": float.__repr__(value)}
    if derives(kind, Fraction) or derives(kind, Decimal) or derives(kind, complex):
        return _packed_exact(value, kind)
    for base in (list, tuple, range, deque):
        if derives(kind, base):
            items = [packed(v, depth + 1) for v in base.__iter__(value)]
            return {"is": "tuple" if base is tuple else "list", "items": items}
    if derives(kind, dict):
        items = [[_key(k), packed(v, depth + 1)] for k, v in dict.items(value)]
        return {"is": "dict", "items": items}
    if hasattr(kind, "detach") and hasattr(kind, "numpy"):  # a tensor of torch
        array = value.detach().cpu().numpy()
        fine = derives(type(array), ndarray)
        return _packed_array(asarray(array), depth) if fine else _other("something like a tensor")
    return _other(f"an object of type {type.__getattribute__(kind, '__name__')}")


def _key(key):
    return str.__str__(key) if derives(type(key), str) else str(key)


def _other(text):
    return {"is": "other", "text": text[:200]}


def _packed_exact(value, kind):
    """A number of Python that is neither integer nor float, as a float."""
    try:
        if derives(kind, Decimal):
            return packed(Decimal.__float__(value))
        if derives(kind, Fraction):
            above, below = Fraction.numerator, Fraction.denominator
            return packed(above.__get__(value) / below.__get__(value))
    except (OverflowError, ValueError):
        return _other("a number that is no float")
    if complex.imag.__get__(value):
        return _other("a complex number")
    return packed(complex.real.__get__(value))


def _packed_array(array, depth):
    if array.dtype.kind in "OU":
        return packed(array.tolist(), depth + 1)
    if array.dtype.kind == "c" and not array.imag.any():
        array = array.real
    if array.dtype.kind not in KINDS:
        return _other(f"an array of dtype {array.dtype}")
    if array.dtype.itemsize > 8:  # long double: another format on each machine
        array = array.astype("f8")
    little = array.dtype.newbyteorder("<")
    return {
        "is": "array",
        "dtype": little.str,
        "shape": list(array.shape),
        "data": encoded(array.astype(little).tobytes()).decode(),
    }


def unpacked(message, depth=0):
    """The value of what `packed` gave; ValueError for anything else, however ill-meant."""
    if depth > DEEPEST:
        raise ValueError("not a packed value: nested too deep")
    if message is None or type(message) is bool:
        return message
    if type(message) is str:
        return readable(message)
    if type(message) is int and abs(message) < 2**63:
        return message
    if type(message) is not dict:
        raise ValueError("not a packed value")
    kind, items = message.get("is"), message.get("items")
    if kind == "float" and type(message.get("text")) is str:
        return float(message["text"][:40])
    if kind == "array":
        return _unpacked_array(message)
    if kind == "other" and type(message.get("text")) is str:
        return Other(readable(message["text"])[:200])
    if kind in ("list", "tuple") and type(items) is list:
        values = [unpacked(v, depth + 1) for v in items]
        return values if kind == "list" else tuple(values)
    if kind == "dict" and type(items) is list and all(_is_item(i) for i in items):
        return {readable(k): unpacked(v, depth + 1) for k, v in items}
    raise ValueError("not a packed value")


def _is_item(item):
    return type(item) is list and len(item) == 2 and type(item[0]) is str


def _unpacked_array(message):
    text, shape, data = (message.get(k) for k in ("dtype", "shape", "data"))
    if type(text) is not str or type(data) is not str or type(shape) is not list:
        raise ValueError("not a packed array")
    if len(text) != 3 or text[0] not in "<|" or text[2] not in SIZES.get(text[1], ""):
        raise ValueError("not a packed array: unknown dtype")
    if len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise ValueError("not a packed array: impossible shape")
    raw = decoded(data, validate=True)
    if len(raw) != prod(shape) * int(text[2]):
        raise ValueError("not a packed array: its bytes do not fill its shape")
    if text[1] == "b":  # any byte but 0 and 1 would make an impossible boolean
        return (frombuffer(raw, "u1") != 0).reshape(shape)
    return frombuffer(raw, text).reshape(shape).copy()


def pieces(line: bytes) -> int:
    """How many things a line of JSON holds, or more: counted before it is read."""
    return sum(line.count(mark) for mark in (b"[", b"{", b","))


def described(error: BaseException) -> str:
    """An exception in one line, even where it does not want to be described.

    Behind it, in brackets, the innermost line of a student's cell.
    """
    kind = type.__getattribute__(type(error), "__name__")
    step, place = BaseException.__traceback__.__get__(error), ""
    while step is not None:  # the innermost line of a cell
        file = step.tb_frame.f_code.co_filename
        place = f" [{file}, line {step.tb_lineno}]" if file[:5] == "cell " else place
        step = step.tb_next
    try:
        return f"{kind}: {error}"[:260] + place
    except BaseException:
        return f"{kind}, without a readable message"


def readable(text: str) -> str:
    """`text` without what no file or database takes: lone surrogates and zero characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


class Other:
    """Something that is neither numbers nor text: only its description came through."""

    def __init__(self, text: str):
        self.text = text

    def __repr__(self):
        return self.text
