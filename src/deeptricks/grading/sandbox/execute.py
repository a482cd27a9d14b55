"""A student's notebook, run for its values, in a sandbox that has no expected value in it."""

import re
import time
from dataclasses import dataclass, field

from ..assignment import Assignment
from ..compare import difference
from .answers import Answers
from .jobs import job, visible_tests
from .launch import launched
from .limits import Limits

AT_A_LIMIT = re.compile(  # of time, memory, files, processes and threads
    r"TimeoutError: the cell took longer|MemoryError|BlockingIOError"
    r"|OSError: \[Errno (11|12|24|27|28)\]|RuntimeError: can't start new thread"
)


@dataclass
class Outcome:
    """What came out of a notebook.

    Attributes
    ----------
    cells
        Index → error, for each cell that did not run to its end.
    values, errors
        (question, check) → what it returned, or why it returned nothing.
    notes
        What a person should look at: each cell or check that ended a run and was left out of
        the next, and each run that did not reach its end. Empty where nothing happened.
    visible
        Question → whether its visible tests pass, where they were asked for.
    met
        Room → limits that a run met, or came near to, and went on.
    """

    cells: dict[int, str] = field(default_factory=dict)
    values: dict[tuple[str, str], object] = field(default_factory=dict)
    errors: dict[tuple[str, str], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    visible: dict[str, bool] = field(default_factory=dict)
    met: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ended(self) -> str | None:
        """The notes in one line; None where every run reached its end undisturbed."""
        return "; ".join(self.notes) or None


def run(
    assignment: Assignment,
    notebook,
    *,
    limits: Limits | None = None,
    sandboxed: bool = True,
    slot: int = 0,
    visible: bool = False,
) -> Outcome:
    """Run a notebook in each room that its questions need, one room after the other.

    Parameters
    ----------
    assignment, notebook
        The questions, and the submission whose cells they are about.
    limits
        What one run may use; `Limits()` if not given.
    sandboxed
        Without the sandbox the code has all rights of the caller: for code that one trusts.
    slot
        Of those who run at the same time each needs a number of its own, from 0.
    visible
        Whether to run the visible tests as well, after all checks.

    Raises
    ------
    NoSandbox
        Where the sandbox is not to be had (a ValueError).
    """
    outcome, limits = Outcome(), limits or Limits()
    for room in sorted({q.room for q in assignment.questions if q.checks}):
        task = job(assignment, notebook, room)
        tests = visible_tests(assignment, notebook, room) if visible else []
        task["checks"] += tests
        _run_room(outcome, task, room, limits, sandboxed, slot)
        for key in (tuple(test["id"]) for test in tests):
            outcome.visible[key[0]] = outcome.values.pop(key, None) is True
            outcome.errors.pop(key, None)
    return outcome


def _run_room(outcome, task, room, limits, sandboxed, slot):
    """Run, and run again without the cell or check at which a run ended before its time."""
    for attempt in range(limits.restarts + 1):
        answers, begin = Answers(task), time.monotonic()
        reason = launched(task, answers, room, limits, sandboxed, slot)
        spent = time.monotonic() - begin
        if spent > limits.seconds_a_room / 2:
            told = f"the run took {spent:.0f} seconds of {limits.seconds_a_room:g}"
            outcome.met.setdefault(room, []).append(told)
        at = answers.step()
        if answers.ended and reason is None and at is None:
            break
        why = reason or "the process ended"
        where = _named(at)
        again = at is not None and answers.ready and attempt < limits.restarts
        rest = "left out, and the rest was run again" if again else "the run ended there"
        outcome.notes.append(f"room {room}, {where}: {why} ({rest})")
        if not again:
            break
        _leave_out(task, at, why, outcome)
    outcome.cells.update({k: error for k, error in answers.cells.items() if error})
    stopped = [f"cell {k}: {e}" for k, e in sorted(outcome.cells.items()) if AT_A_LIMIT.match(e)]
    if stopped:
        outcome.met.setdefault(room, []).extend(stopped)
    outcome.values.update(answers.values)
    outcome.errors.update(answers.errors)
    for check in task["checks"]:
        key = tuple(check["id"])
        if key not in outcome.values and key not in outcome.errors:
            outcome.errors[key] = f"the run ended before it: {outcome.notes[-1]}"


def _leave_out(task, at, why, outcome):
    kind, which = at
    if kind == "cell":
        outcome.cells[which] = why
        task["cells"] = [cell for cell in task["cells"] if cell["index"] != which]
    else:
        outcome.errors[which] = why
        task["checks"] = [check for check in task["checks"] if tuple(check["id"]) != which]


def _named(at):
    if at is None:
        return "at the end"
    kind, which = at
    return f"cell {which}" if kind == "cell" else f"check {which[1]!r} of {which[0]!r}"


def points(
    assignment: Assignment, outcome: Outcome
) -> dict[tuple[str, str], tuple[int, str | None]]:
    """For each check what it earned, and why no more."""
    result = {}
    for question in assignment.questions:
        for check in question.checks:
            wrong = _wrong(check, (question.name, check.name), outcome)
            result[question.name, check.name] = (0 if wrong else check.points, wrong)
    return result


def _wrong(check, key, outcome):
    """Why a check earns nothing, or None. The value may be of any kind; judges are not ready for
    all of them."""
    if key not in outcome.values:
        return outcome.errors.get(key, "it gave no answer")
    try:
        if check.judge:
            return check.judge(outcome.values[key])
        return difference(outcome.values[key], check.expected, check.tolerance, check.parts)
    except Exception as error:
        return f"its answer is of a kind that cannot be judged ({type(error).__name__})"
