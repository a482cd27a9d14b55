"""Is a mistake marked as a person would mark it? What it costs, and what the student reads of it.

For the audit: each known mistake goes the way of a student's answer, through the same diagnosis.
"""

from .assignment import Assignment
from .cases import MISTAKE, Result
from .evening import diagnosis, variants
from .evening.variants import Run
from .sandbox.execute import Outcome, points, run

SEEN = 0.5  # of the mistakes the visible tests must catch
HINTED = 0.75  # of the mistakes must be given their own hint
FEW = 10  # mistakes, of which a share says nothing


def known_mistakes(assignment: Assignment, **how) -> list[diagnosis.Known]:
    """What the mistakes return, as an evening of grading knows it; `how` as in `execute.run`."""
    return diagnosis.read(list(variants.computed(assignment, runs(**how))))


def unseen(assignment: Assignment, **how) -> list[str]:
    """The names of the mistakes with which every visible test of their question passes."""
    return [assignment.mistakes[place].name for place in variants.unseen(assignment, runs(**how))]


def refused(assignment: Assignment, **how) -> list[str]:
    """The right answers that a visible test refuses, as sentences."""
    found = []
    for question in assignment.questions:
        if question.manual:
            continue
        right = {"the reference": assignment.solution(question.name)}
        for other in assignment.alternatives:
            if other.question == question.name:
                right[f"the alternative {other.name!r}"] = other.source
        sources = {(number,): source for number, source in enumerate(right.values())}
        passed = variants.passing(assignment, question, sources, runs(**how))
        refusals = [name for place, name in zip(sources, right, strict=True) if place not in passed]
        found += [f"a visible test of {question.name} refuses {name}" for name in refusals]
    return found


def runs(**how) -> Run:
    """How variants are run: with what is said in `how`, as in `execute.run`."""

    def of(part, notebook, limits):
        return run(part, notebook, limits=limits, **how)

    return of


def followed(assignment: Assignment, name: str, outcome: Outcome, known) -> dict:
    """The points of one question as a student gets them, with hint and names of mistakes."""
    question = assignment.question(name)
    earned = points(assignment.only(name), outcome)
    checks = [{"name": c.name, "reason": earned[name, c.name][1]} for c in question.checks]
    got = sum(earned[name, c.name][0] for c in question.checks)
    entry = {"points": got, "most": question.points, "checks": checks}
    return diagnosis.explain(assignment, name, entry, outcome, known)


def costs(found: list[Result]) -> list[dict]:
    """A row for each mistake: its points by the checks alone, and followed through."""
    return [
        {
            "question": r.question,
            "mistake": r.name,
            "of": r.possible,
            "checks alone": r.earned,
            "followed through": r.earned if r.after is None else r.after,
            "cost": "–" if r.cost is None else str(r.cost),
        }
        for r in found
        if r.kind == MISTAKE and not r.wrong
    ]


def faults(mistakes: int, hinted: int, seen: int) -> list[str]:
    """What students would miss, as sentences."""
    found = []
    if mistakes < FEW:
        return found
    if hinted < HINTED * mistakes:
        found.append(f"{hinted} of {mistakes} mistakes are given their own hint: too few")
    if seen < SEEN * mistakes:
        found.append(f"the visible tests catch {seen} of {mistakes} mistakes: too few")
    return found
