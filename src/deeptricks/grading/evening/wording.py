"""What a student may read of a reason. Values and errors are texts of the student's own code.

Code that has seen a hidden test's inputs could return or raise them as a text, to read them in the
feedback. So only known sentences pass, and no number in them is of the student's choice: a shape of
four axes would carry a dozen digits a check. The instructor reads all.
"""

import builtins
import re
import sys

from ..compare import CHANGED
from ..results.pictures import plain

SHAPE = r"\((?:\d{1,5}(?:, \d{1,5}){0,3},?)?\)"
ASKED = (
    r"(numbers are asked|a dictionary is asked|another answer is right|\d{1,3} values are asked)"
)
COUNTED = re.compile(r"value \d{1,3} of \d{1,3}: (.*)", re.DOTALL)  # of what no student sees
BEFORE = re.compile(r"(at the key '[\w .-]{1,40}'): (.*)", re.DOTALL)
PLACE = re.compile(r" \[cell (\d{1,4}), line (\d{1,4})\]$")  # as the worker ends its words
SENTENCES = re.compile(
    "the values differ from the right ones"
    "|there are values that are infinite or not a number"
    "|it returns lists that make no array of numbers where one is asked"
    r"|the key '[\w .-]{1,40}' is missing"
    rf"|the shape is {SHAPE} where ({SHAPE}|a single number) is asked"
    rf"|it returns (None|True|False|a dict|a list|a tuple|an array of shape {SHAPE}) where {ASKED}"
    r"|it returns \d{1,3} values where \d{1,3} are asked"
    r"|it took longer than \d{1,4} seconds|it was ended by signal \d{1,3}"
    "|it gave no answer|it ended without an answer|its answer cannot be read"
)
OF_THEIRS = re.compile(rf"(?<=^the shape is ){SHAPE}")
OF_AN_ARRAY = re.compile(rf"(?<=^it returns )an array of shape {SHAPE}")
HOW_MANY = re.compile(r"(?<=^it returns )(\d{1,3}) values where (\d{1,3}) are asked")
ENDS = re.compile(r"it returns .* where " + ASKED, re.DOTALL)
NO_VALUE = "it returns something that is no number, text, array or collection of these"
ERRORS = {
    name
    for name in dir(builtins)
    if isinstance(getattr(builtins, name), type)
    and issubclass(getattr(builtins, name), BaseException)
} | {"ModuleNotFoundError", "LinAlgError"}
MODULES = sys.stdlib_module_names | {
    "torch", "torchvision", "tensorflow", "keras", "jax", "scipy", "sklearn", "pandas", "numpy",
    "matplotlib", "seaborn", "deeptricks", "google", "IPython", "ipywidgets", "tqdm", "cv2", "PIL",
}  # fmt: skip


def of_comparison(reason: str, parts: tuple[str, ...] = ()) -> str | None:
    """What a student may read of a difference that was found; None if nothing.

    `parts` are the names that the check has for its values.
    """
    if reason in [CHANGED.format(part) for part in parts]:
        return reason
    if counted := COUNTED.fullmatch(reason):
        return of_comparison(counted.group(1))
    for part in parts:
        if reason.startswith(f"{part}: "):
            rest = of_comparison(reason.removeprefix(f"{part}: "))
            return f"{part}: {rest}" if rest else None
    if before := BEFORE.fullmatch(reason):
        rest = of_comparison(before.group(2))
        return f"{before.group(1)}: {rest}" if rest else None
    if SENTENCES.fullmatch(reason):
        return _without_choice(reason)
    if reason.endswith("which is no number, text, array or collection of these"):
        return NO_VALUE
    if ended := ENDS.fullmatch(reason):
        return f"it returns something else where {ended.group(1)}"
    return None


def _without_choice(sentence):
    """The sentence without numbers that a student can choose: ? for a length that nobody asked."""
    theirs, _, asked = sentence.partition(" where ")
    known = {"1", *re.findall(r"\d+", asked)}
    theirs = OF_THEIRS.sub(
        lambda shape: re.sub(r"\d+", lambda n: n[0] if n[0] in known else "?", shape[0]), theirs
    )
    theirs = OF_AN_ARRAY.sub(_with_axes, theirs)
    return HOW_MANY.sub(_more_or_fewer, f"{theirs} where {asked}" if asked else theirs)


def _with_axes(match):
    axes = len(re.findall(r"\d+", match[0]))
    return f"an array with {axes} {'axis' if axes == 1 else 'axes'}"


def _more_or_fewer(match):
    more = int(match[1]) > int(match[2])
    return f"{'more' if more else 'fewer'} values than the {match[2]} that are asked"


def of_error(
    reason: str, names: set[str] = frozenset(), lines: dict[int, int] | None = None
) -> str | None:
    """What a student may read of an error: its type, and of its text what cannot carry more.

    `lines` tells how many lines each cell has: a place in one of them may be named.
    """
    kind, _, message = reason.partition(":")
    if kind not in ERRORS:
        return None
    if kind == "NotImplementedError":
        return "there is no answer yet"
    if found := re.fullmatch(r" name '(\w+)' is not defined.*", message, re.DOTALL):
        return f"{found[1]!r} is not defined" if found[1] in names else "a name is not defined"
    if found := re.match(r" No module named '(\w+)", message):
        return f"{kind}: No module named {found[1]!r}" if found[1] in MODULES else kind
    return f"it stops with {kind}{_place(reason, lines or {})}"


def _place(reason, lines):
    found = PLACE.search(reason)
    cell, line = map(int, found.groups()) if found else (0, 0)
    return f" in cell {cell}, line {line}" if 0 < line <= lines.get(cell, 0) else ""


def on_one_line(text: str, longest: int = 300) -> str:
    """A text of anyone's, for a terminal or a cell of a table."""
    return " ".join(plain(text).split())[:longest]
