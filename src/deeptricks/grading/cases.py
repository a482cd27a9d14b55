"""The notebooks that an assignment is audited with, and what each of them must earn."""

import ast
from dataclasses import dataclass, field
from functools import partial

from .assignment import Assignment

BLANK, REFERENCE, MISTAKE, ALTERNATIVE = "blank", "reference", "mistake", "alternative"


@dataclass(frozen=True)
class Case:
    """One notebook that must earn what its `kind` says; `wrong` where it cannot even be made."""

    kind: str
    question: str | None
    name: str
    answers: dict[str, str] = field(default_factory=dict, repr=False)
    wrong: str | None = None
    cost: int | None = None


@dataclass(frozen=True)
class Result:
    """What a case earned on its question (on all of them, where it has none), and why no more.

    `earned` is by the checks alone. A mistake has a `cost`, where it states one, and earns
    `after` when one follows through (None where that was not tried), `hinted` if by its own hint.
    """

    kind: str
    question: str | None
    name: str
    earned: int
    possible: int
    reasons: dict[str, str]
    wrong: str | None = None
    cost: int | None = None
    after: int | None = None
    hinted: bool = False

    @property
    def fault(self) -> str | None:
        """How that is not as it should be, as a sentence, or None."""
        got = f"{self.earned} of {self.possible}"
        if self.wrong:
            return self.wrong
        if self.kind == BLANK and self.earned:
            return f"the untouched notebook earns {got}"
        if self.kind == MISTAKE and self.earned == self.possible:
            return f"the mistake {self.name!r} costs nothing on {self.question}"
        if self.kind == MISTAKE and (wrong := self._unfair):
            return f"the mistake {self.name!r} on {self.question} {wrong}"
        if self.kind == REFERENCE and self.earned < self.possible:
            return f"the reference earns {got}: {self.reasons}"
        if self.kind == ALTERNATIVE and self.earned < self.possible:
            return f"the alternative {self.name!r} earns {got} on {self.question}: {self.reasons}"
        return None

    @property
    def _unfair(self):
        """How the cost of a mistake is not what it loses, or None."""
        if self.cost is None:
            return None
        if self.cost > self.possible - self.earned:
            lost = f"its checks take away {self.possible - self.earned} of {self.possible}"
            return f"states a cost of {self.cost}, and {lost}"
        if self.after is not None and self.after != self.possible - self.cost:
            lost = f"loses {self.possible - self.after} when followed through"
            return f"states a cost of {self.cost} and {lost}: is no wrong value returned?"
        return None


def cases(assignment: Assignment) -> list[Case]:
    """The blank notebook, the reference, every mistake and every alternative."""
    found = [Case(BLANK, None, BLANK), Case(REFERENCE, None, REFERENCE)]
    codes = {}
    for mistake in assignment.mistakes:
        found.append(_case(assignment, MISTAKE, mistake, mistake.changed, codes))
    for other in assignment.alternatives:
        found.append(_case(assignment, ALTERNATIVE, other, lambda _, o=other: o.source, codes))
    return found


def _case(assignment, kind, change, source, codes):
    """A change of one solution, which must be code, and other code than every case before."""
    cost = getattr(change, "cost", None)
    case = partial(Case, kind, change.question, change.name, cost=cost)
    here = f"the {kind} {change.name!r}"
    try:
        if assignment.question(change.question).manual:
            return case(wrong=f"{here}: {change.question} is graded by a person")
        original = assignment.solution(change.question)
        changed = source(original)
        codes.setdefault(_code(assignment, original), "the reference")
        code = _code(assignment, changed)
    except (ValueError, SyntaxError) as error:
        return case(wrong=str(error) if repr(change.name) in str(error) else f"{here}: {error}")
    if code in codes:
        return case(wrong=f"{here} is the same code as {codes[code]}, with this term's constants")
    codes[code] = here
    return case(answers={change.question: changed})


def _code(assignment, source):
    """What a cell does: its syntax for this term, without comments, layout and docstrings."""
    tree = ast.parse(assignment.filled_in(source, code=True))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
