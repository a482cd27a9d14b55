"""Which answers to a question have more in common than two students have by themselves?

What was handed out, what a known answer has (the reference, alternatives, known mistakes) and what
many of the class have is taken out first. Of what is left in one student's answer, the score is the
share that stands in the other's answer or in cells of the other's own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

from .prints import Prints

SCORE = 0.5  # pairs from here on are reported
ENOUGH = 8  # fingerprints that must be left of an answer, else nothing can be said of it
COMMON = 0.05  # of the class; what more of them have is common
AT_LEAST = 4  # students who may have something before it counts as common


@dataclass(frozen=True)
class Piece:
    """A student's answer to one question, and the cells of their own."""

    student: str
    source: str
    answer: Prints
    own: Prints = field(default_factory=dict)

    def everything(self) -> set[int]:
        """The fingerprints of the answer and of all cells of their own."""
        return set(self.answer) | set(self.own)


@dataclass(frozen=True)
class Pair:
    """Two answers that are alike; `shared` are fingerprints."""

    one: Piece
    other: Piece
    score: float
    shared: frozenset[int]


def pairs(pieces: list[Piece], known: Iterable[int] = ()) -> list[Pair]:
    """Pairs from `SCORE` on, the most alike first; `known` fingerprints count for nothing."""
    common = set(known) | too_common(pieces)
    left = {p.student: set(p.answer) - common for p in pieces}
    where = defaultdict(list)
    for piece in pieces:
        for one in piece.everything() - common:
            where[one].append(piece.student)
    by_name, found = {p.student: p for p in pieces}, {}
    for student, mine in left.items():
        if len(mine) < ENOUGH:
            continue
        shared = Counter(other for one in mine for other in where[one] if other != student)
        for other, count in shared.items():
            names = tuple(sorted((student, other)))
            score = count / len(mine)
            if score >= SCORE and (names not in found or found[names].score < score):
                one, two = by_name[names[0]], by_name[names[1]]
                same = frozenset((one.everything() & two.everything()) - common)
                found[names] = Pair(one, two, score, same)
    return sorted(found.values(), key=lambda p: (-p.score, p.one.student, p.other.student))


def too_common(pieces: list[Piece]) -> set[int]:
    """The fingerprints that more of the class have than copy from each other."""
    most = max(AT_LEAST, ceil(COMMON * len(pieces)))
    counts = Counter(one for piece in pieces for one in piece.everything())
    return {one for one, count in counts.items() if count > most}


def score(one: Prints, other: Prints, known: Iterable[int] = ()) -> float | None:
    """The score of two answers; None where too little is left of both."""
    known = set(known)
    mine, theirs = set(one) - known, set(other) - known
    shares = [len(mine & theirs) / len(a) for a in (mine, theirs) if len(a) >= ENOUGH]
    return max(shares, default=None)
