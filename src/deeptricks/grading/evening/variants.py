"""What known mistakes return: the reference with each of them, and with two of them at once.

They are run in the sandbox of students, once a term, many in one start: every check there has a
process of its own, in which the solution with the mistake takes the place of the reference.
"""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from itertools import combinations

from ..assignment import Assignment, grade_id
from ..questions import Check, Question
from ..sandbox.execute import Outcome, points
from ..sandbox.limits import MB, Limits
from ..sandbox.wire import packed

PAIRS = 60  # of a question, at most: those that cost least
A_RUN = 100  # checks in one start of the sandbox
LIMITS = Limits(seconds_a_room=600, seconds_a_check=60, answers=64 * MB)  # it is our own code
SOLUTION = """
from contextlib import suppress
with suppress(Exception):
    exec(compile(solution_, "<solution>", "exec"), globals())
"""
TESTS = "exec(compile(tests_, '<tests>', 'exec'), globals())\nreturn True"

Places = tuple[int, ...]  # of mistakes, in the list of the assignment
Run = Callable[[Assignment, object, Limits], Outcome]


def computed(assignment: Assignment, run: Run) -> Iterator[dict]:
    """For each variant its places, and how every check of its question ended (see `ended`)."""
    for question in assignment.questions:
        sources = variants(assignment, question)
        for some in shares(sources, question):
            yield from _outcomes(assignment, question, some, run)


def unseen(assignment: Assignment, run: Run) -> list[int]:
    """The places of the mistakes with which all visible tests of their question pass."""
    found = []
    for question in assignment.questions:
        sources = {p: s for p, s in variants(assignment, question).items() if len(p) == 1}
        found += [p[0] for p in passing(assignment, question, sources, run)]
    return found


def passing(assignment: Assignment, question: Question, sources: dict[Places, str], run: Run):
    """Those of the solutions of a question with which all its visible tests pass."""
    cells = {grade_id(cell): cell.source for cell in assignment.notebook().cells}
    tests = {"tests_": cells.get(f"{question.name}_tests", "")}
    check = Check("seen", 1, TESTS, "Visible tests.", tests, expected=True)
    found = []
    for some in shares(sources, replace(question, checks=(check,))) if sources else ():
        _, earned = ran(assignment, replace(question, checks=(check,)), some, run)
        found += [p for p in some if not earned[question.name, named(check, p)][1]]
    return found


def shares(sources: dict[Places, str], question: Question) -> Iterator[dict[Places, str]]:
    """As many of the variants as go into one start, again and again."""
    items, several = list(sources.items()), max(1, A_RUN // max(1, len(question.checks)))
    for start in range(0, len(items), several):
        yield dict(items[start : start + several])


def variants(assignment: Assignment, question: Question) -> dict[Places, str]:
    """The solutions with one mistake, then those with two that leave each other alone."""
    own = [(i, m) for i, m in enumerate(assignment.mistakes) if m.question == question.name]
    if not own:
        return {}
    source = assignment.solution(question.name)
    found = {(i,): mistake.changed(source) for i, mistake in own}
    pairs = []
    for (i, one), (j, other) in combinations(own, 2):
        cost = (one.cost or question.points) + (other.cost or question.points)
        if cost < question.points and (both := _both(one, other, source)):
            pairs.append((cost, (i, j), both))
    return found | {places: both for _, places, both in sorted(pairs)[:PAIRS]}


def _both(one, other, source):
    """The solution with both mistakes; None where one of them changes what the other does."""
    try:
        first, second = other.changed(one.changed(source)), one.changed(other.changed(source))
    except ValueError:
        return None
    return first if first == second else None


def ran(assignment: Assignment, question: Question, sources: dict[Places, str], run: Run):
    """(outcome, points) of the checks of a question for each variant, all in one start."""
    part = copy(assignment)
    checks = tuple(
        _check(check, places, assignment.filled_in(source, code=True))
        for places, source in sources.items()
        for check in question.checks
    )
    part.__dict__["questions"] = (replace(question, checks=checks),)
    outcome = run(part, assignment.notebook({question.name: "pass"}), LIMITS)
    return outcome, points(part, outcome)


def _outcomes(assignment, question, sources, run):
    """How the checks of some variants ended; a pair that hides one of the two is left out."""
    outcome, earned = ran(assignment, question, sources, run)
    for places in sources:
        keys = {c.name: (question.name, named(c, places)) for c in question.checks}
        lost = sum(c.points - earned[keys[c.name]][0] for c in question.checks)
        costs = [assignment.mistakes[i].cost for i in places]
        if len(places) == 1 or sum(costs) <= lost:
            checks = {name: ended(outcome, key, earned[key][1]) for name, key in keys.items()}
            yield {"places": places, "checks": checks}


def _check(check: Check, places, source):
    inputs = check.inputs | {"solution_": source}
    return replace(check, name=named(check, places), run=SOLUTION + check.run, inputs=inputs)


def named(check, places):
    return f"{'+'.join(map(str, places))}: {check.name}"


def ended(outcome: Outcome, key: tuple[str, str], reason: str | None) -> dict:
    """How a check ended: passed (empty), with a wrong value, or with an error of some type."""
    if not reason:
        return {}
    if key in outcome.values:
        try:
            return {"value": packed(outcome.values[key]), "why": reason}
        except ValueError:
            return {"error": None}
    return {"error": outcome.errors.get(key, "").partition(":")[0]}
