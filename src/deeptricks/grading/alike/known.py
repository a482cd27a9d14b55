"""What an answer may have in common with others without a reason to look: what is known already."""

from ..assignment import Assignment, grade_id
from ..audit import blank
from ..handout import markers
from ..questions import Question
from .prints import Prints, prints
from .tokens import tokens

LONG = 120  # tokens of the reference: shorter answers are often the one way to write them


def compared(assignment: Assignment) -> list[Question]:
    """The questions whose answers are code, and long enough to tell one hand from another."""
    return [
        question
        for question in assignment.questions
        if not question.manual and len(tokens(answers(assignment, question.name)[0])) >= LONG
    ]


def answers(assignment: Assignment, name: str) -> list[str]:
    """The right answers that are known: the reference, then the alternatives."""
    others = [a.source for a in assignment.alternatives if a.question == name]
    return [_filled_in(assignment, text) for text in (assignment.solution(name), *others)]


def slips(assignment: Assignment, name: str) -> list[str]:
    """The reference with each known mistake."""
    solution = assignment.solution(name)
    return [
        _filled_in(assignment, mistake.changed(solution))
        for mistake in assignment.mistakes
        if mistake.question == name
    ]


def handed_out(assignment: Assignment) -> set[int]:
    """The fingerprints of the code in the student's version."""
    found: set[int] = set()
    for cell in blank(assignment).cells:
        if cell.cell_type == "code" and grade_id(cell):
            found |= set(readable(cell.source))
    return found


def fingerprints(assignment: Assignment, name: str) -> set[int]:
    """Those of all that is known of a question."""
    texts = [*answers(assignment, name), *slips(assignment, name)]
    return handed_out(assignment).union(*(readable(text) for text in texts))


def readable(source: str) -> Prints:
    """The fingerprints of a cell, none where it is no code."""
    try:
        return prints(source)
    except ValueError:
        return {}


def _filled_in(assignment, source):
    lines = [line for line in source.split("\n") if not markers.kind(line)]
    return assignment.filled_in("\n".join(lines), code=True)
