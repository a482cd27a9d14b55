"""What otter-grader reads, made from an assignment: test files, the data of checks, versions."""

import base64
import sys
from importlib.metadata import version

from ..assignment import Assignment, grade_id
from ..compare import difference
from ..questions import ROOMS, Check, Question
from ..sandbox.wire import packed, unpacked

PACKAGE = "deeptricks_gradescope"  # the folder in the zip that holds data, comparison and driver
OTTER_NEEDS = ("pandas", "cloudpickle")  # besides what the room has: otter, and our judges
HEAD = """{title!r}

from otter.test_files import test_case
from {package}.otter.check import hidden, visible

OK_FORMAT = False
name = {name!r}
points = None
"""
PUBLIC = """

@test_case(name="visible tests", points=0, hidden=False, failure_message={says!r})
def visible_tests(env):
    visible(env, name)
"""
HIDDEN = """

@test_case(name="check {order}", points={points}, hidden=True, failure_message={says!r})
def check_{order}(env):
    hidden(env, name, {number})
"""
VISIBLE_FAILS = (
    "A visible test of this question fails here. Restart your notebook and run all of its cells, "
    "from top to bottom, to see which."
)


def rooms(assignment: Assignment) -> list[str]:
    """The rooms that an assignment needs; each becomes a zip, so that none has torch by the way."""
    return sorted({q.room for q in assignment.questions if q.checks})


def graded(assignment: Assignment, room: str) -> list[Question]:
    """The questions of one room that checks decide."""
    return [q for q in assignment.questions if q.checks and q.room == room]


def test_file(question: Question) -> str:
    """The test file of one question: a case for each check, hidden, and the visible tests for 0.

    It holds no input and no expected value, and checks go by number: otter prints the line that
    failed.
    """
    text = HEAD.format(title=question.title, package=PACKAGE, name=question.name)
    text += PUBLIC.format(says=VISIBLE_FAILS)
    for number, check in enumerate(question.checks):
        text += HIDDEN.format(order=number + 1, number=number, points=check.points, says=check.says)
    return text


def data(assignment: Assignment, room: str) -> dict:
    """What the checks of a room need: driver texts, inputs, expected values, and judges.

    Raises
    ------
    ValueError
        Where an expected value or a judge cannot be put in a file.
    """
    sources = {grade_id(cell): cell.source for cell in assignment.notebook().cells}
    return {
        question.name: {
            "visible": sources[f"{question.name}_tests"],
            "checks": [_check_data(question, check) for check in question.checks],
        }
        for question in graded(assignment, room)
    }


def _check_data(question: Question, check: Check) -> dict:
    return {
        "run": check.run,
        "inputs": {name: packed(value) for name, value in check.inputs.items()},
        "expected": _expected(question, check),
        "tolerance": check.tolerance,
        "judge": _judge(question, check),
    }


def _expected(question, check):
    if check.judge:
        return None
    message = packed(check.expected)
    if difference(unpacked(message), check.expected, check.tolerance):
        raise ValueError(
            f"check {check.name!r} of {question.name!r}: what is expected cannot be written as "
            f"data; it is a {type(check.expected).__name__}"
        )
    return message


def _judge(question, check):
    """A judge by value: with what it refers to, but without the oracles of checks.py."""
    if not check.judge:
        return None
    import cloudpickle  # dill, which otter brings, follows a recursive function without an end

    try:
        return base64.b64encode(cloudpickle.dumps(check.judge)).decode()
    except Exception as error:
        raise ValueError(
            f"check {check.name!r} of {question.name!r}: its judge cannot be written to a file; it "
            f"must not refer to what lives in this process only ({error})"
        ) from error


def requirements(room: str) -> str:
    """The versions with which the checks were tried, for pip."""
    pins = [f"{name}=={version(name).split('+')[0]}" for name in (*ROOMS[room], *OTTER_NEEDS)]
    if room == "torch":  # without it pip would bring 3 GB for graphics cards
        pins.insert(0, "--extra-index-url https://download.pytorch.org/whl/cpu")
    return "\n".join(pins) + "\n"


def python() -> str:
    """The Python for the zip: this one, because a judge is stored as its byte code."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"
