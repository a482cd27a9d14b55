"""What the solutions of another term earn when they are handed in again."""

from collections.abc import Iterator
from dataclasses import dataclass

from .assignment import Assignment, grade_id
from .sandbox.execute import points, run


@dataclass(frozen=True)
class Kept:
    """What the solutions of another term earn in this one; question → (earned, possible)."""

    assignment: str
    last: int
    seed: int
    questions: dict[str, tuple[int, int]]

    @property
    def points(self) -> tuple[int, int]:
        """(earned, possible) on all questions that checks decide."""
        earned, possible = zip(*self.questions.values(), strict=True)
        return sum(earned), sum(possible)


def last_term(assignment: Assignment, seed: int, **how) -> Kept:
    """Hand in the solutions of the term `seed`; `how` is handed to `execute.run`."""
    other = Assignment(assignment.folder, seed).notebook()
    answers = {grade_id(cell): cell.source for cell in other.cells if grade_id(cell)}
    questions = {q.name: q for q in assignment.questions if q.checks}
    copied = assignment.notebook({name: answers[name] for name in questions})
    earned = points(assignment, run(assignment, copied, **how))
    return Kept(assignment.name, seed, assignment.seed, {
        name: (sum(p for (question, _), (p, _) in earned.items() if question == name), q.points)
        for name, q in questions.items()
    })  # fmt: skip


def rows(found: list[Kept]) -> Iterator[list[dict]]:
    """A table of each assignment in each term; of several terms one more, fewest points first."""
    yield [
        {"assignment": one.assignment, "last term": one.last, "this term": one.seed,
         "earned": "{} of {}".format(*one.points),
         "by question": ", ".join(f"{q} {a}/{b}" for q, (a, b) in one.questions.items())}
        for one in found
    ]  # fmt: skip
    terms = {one.seed: [o for o in found if o.seed == one.seed] for one in found}
    if len(terms) > 1:
        every = {seed: [sum(p) for p in zip(*(one.points for one in kept), strict=True)]
                 for seed, kept in terms.items()}  # fmt: skip
        yield [
            {"this term": seed, "all assignments": f"{earned} of {possible}"}
            for seed, (earned, possible) in sorted(every.items(), key=lambda row: row[1])
        ]
