"""Travels in the zip for Gradescope: the checks of a term, run among the student's names by otter.

Unlike in our own grader, this is the student's process. What a failure prints is therefore made
here and never by the student's code: whatever that code raised or returned could be a hidden input.
"""

import base64
import builtins
import io
import json
import pickle
import signal
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from ..compare import difference
from ..sandbox.wire import packed, unpacked

SECONDS = 10  # for each check; a cell has no limit of its own but that of Gradescope's container


def visible(names: dict, question: str) -> None:
    """Run the visible tests of `question` again; AssertionError where one of them fails."""
    _run(lambda: exec(compile(_data()[question]["visible"], "<visible>", "exec"), dict(names)))


def hidden(names: dict, question: str, number: int) -> None:
    """Run one check of `question` among the student's `names`; AssertionError if it fails."""
    check = _data()[question]["checks"][number]
    inputs = {name: unpacked(value) for name, value in check["inputs"].items()}
    body = "\n".join("    " + line for line in check["run"].splitlines())
    here = dict(names)

    def returned():
        exec(compile(f"def _check({', '.join(inputs)}):\n{body}\n", "<check>", "exec"), here)
        return unpacked(json.loads(json.dumps(packed(here["_check"](**inputs)))))

    value = _run(returned)
    if check["judge"]:
        wrong = judge_from(check["judge"])(value)
    else:
        wrong = difference(value, unpacked(check["expected"]), check["tolerance"])
    if wrong:
        raise AssertionError(wrong)


def judge_from(text: str):
    """The function in `text`, which this kit wrote when the zip was made."""
    return _Unpickler(io.BytesIO(base64.b64decode(text))).load()


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        """The zip has some files of our package, under another name."""
        ours = __package__.rpartition(".")[0]
        return super().find_class(module.replace("deeptricks.grading", ours), name)


@cache
def _data() -> dict:
    return json.loads((Path(__file__).parents[1] / "checks.json").read_text("utf-8"))


def _run(act):
    """What `act` returns; an AssertionError in our words, whatever it raises."""
    try:
        with _time_limit():
            return act()
    except BaseException as error:  # SystemExit, too, would end otter without a result
        raise AssertionError(f"your code stops with {_kind(error)}") from None


@contextmanager
def _time_limit():
    if not hasattr(signal, "SIGALRM"):  # `otter run` on Windows; Gradescope has it
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(*_):
    raise TimeoutError


def _kind(error: BaseException) -> str:
    """The type of an error; a type that the student made could have any text for its name."""
    kind = type(error)
    known = any(kind is one for one in vars(builtins).values())
    return kind.__name__ if known else "an error of its own"
