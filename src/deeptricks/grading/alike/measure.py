"""How often the report is wrong, measured on the assignments' own answers.

Independent: the reference and the alternatives of a question, by pairs. What is known is not taken
out for these (the pair itself is known), only what was handed out. They were written to differ, so
students' independent answers will have more in common: the numbers are a lower bound.
"""

from collections.abc import Iterator
from itertools import combinations, pairwise

from ..assignment import Assignment
from . import copies, known
from .pairs import SCORE, score
from .prints import prints

INDEPENDENT = "two right answers, independent"
SLIPS = "reference, two different slips"
SLIPS_KNOWN = "the same, what is known taken out"
DISGUISES = {
    "copy: names, comments, layout": lambda s: (copies.renamed(s), ""),
    "copy: statements reordered": lambda s: (copies.reordered(s), ""),
    "copy: moved to another cell": copies.moved,
    "copy: all of these": copies.all_of_it,
}
HALF = "copy: its first half"


def rows(assignments: list[Assignment]) -> list[dict]:
    """A row for each kind: how many pairs there are, how many would be listed, their scores."""
    scores: dict[str, list[float | None]] = {}
    for assignment in assignments:
        for kind, found in _scores(assignment):
            scores.setdefault(kind, []).append(found)
    return [_row(kind, found) for kind, found in scores.items()]


def _row(kind, found):
    told = [one or 0.0 for one in found]
    return {
        "pairs": kind,
        "number": len(told),
        "listed": sum(one >= SCORE for one in told),
        "lowest": f"{min(told):.2f}",
        "mean": f"{sum(told) / len(told):.2f}",
        "highest": f"{max(told):.2f}",
    }


def _scores(assignment) -> Iterator[tuple[str, float | None]]:
    given = known.handed_out(assignment)
    for question in known.compared(assignment):
        texts = known.answers(assignment, question.name)
        slips = known.slips(assignment, question.name)
        all_known = known.fingerprints(assignment, question.name)
        for one, other in combinations(texts, 2):
            yield INDEPENDENT, score(prints(one), prints(other), given)
        for one, other in pairwise(slips):
            yield SLIPS, score(prints(one), prints(other), given)
            yield SLIPS_KNOWN, score(prints(one), prints(other), all_known)
        for place, text in enumerate(texts):
            for kind, disguise in DISGUISES.items():
                yield kind, _of_copy(text, *disguise(text), given)
            other = copies.half(text, texts[place - 1])
            yield HALF, score(prints(text), prints(other), given)


def _of_copy(text, answer, own, given):
    """Between an answer and its copy, part of which may stand in another cell."""
    original, copy, elsewhere = prints(text), prints(answer), prints(own)
    return max(score(original, copy | elsewhere, given) or 0.0, score(copy, original, given) or 0.0)
