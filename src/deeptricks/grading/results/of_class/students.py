"""Who needs a word, and about what. A reason is a reason to talk, none to take points away."""

import statistics
from collections import defaultdict

from ...evening.seen import TELLING
from .work import Class

BELOW = 0.25  # of all points: so far below what the other assignments let expect
SOLVED, ELSEWHERE = 0.6, 0.7  # the class on a question; this student on all others
RARE = 3  # students at most who share a wrong answer, where that is worth a word


def who(group: Class, others: list[Class]) -> list[dict]:
    """Each student with reasons, those with most of them first."""
    found = defaultdict(list)
    for student in group.missing:
        found[student].append("No submission.")
    for work in group.unread:
        found[work.student].append(f"The submission could not be read: {work.unread}.")
    for kind in (_blank, _flagged, _together, lambda g: _below(g, others), _one_question):
        for student, reason in kind(group):
            found[student].append(reason)
    order = sorted(found, key=lambda student: (-len(found[student]), student))
    return [{"student": student, "reasons": found[student]} for student in order]


def _blank(group):
    for work in group.works:
        empty = [group.titles[name] for name, answer in work.answers.items() if answer.blank]
        if work.blank:
            yield work.student, "Handed in, and nothing is answered."
        elif len(empty) > 1:
            yield work.student, f"Left without an answer ({_listed(empty)})."


def _flagged(group):
    for work in group.works:
        reasons = defaultdict(list)
        for name, answer in work.answers.items():
            for reason in answer.flags:
                reasons[reason].append(group.titles[name])
        for reason, titles in reasons.items():
            yield work.student, f"Flagged ({_listed(titles)}): {reason}."


def _below(group, others):
    """Far below their own other results, each of them beside the middle of the class."""
    before = defaultdict(list)
    for other in others:
        for student, away in from_the_middle(other).items():
            before[student].append(away)
    for student, here in from_the_middle(group).items():
        usual = statistics.mean(before[student]) if before[student] else None
        if usual is not None and here <= usual - BELOW and here < 0:
            told = f"here {_away(here)} the middle of the class, elsewhere {_away(usual)} it"
            yield student, f"Far below their own other results: {told}."


def from_the_middle(group: Class) -> dict[str, float]:
    """Student → distance from the median of the class, as a share of all points."""
    shares = group.shares()
    middle = statistics.median(shares.values()) if shares else 0
    return {student: share - middle for student, share in shares.items()}


def _away(distance):
    hundredths = round(100 * distance)
    side = "above" if hundredths > 0 else "below"
    return f"{abs(hundredths)} of 100 points {side}" if hundredths else "at"


def _one_question(group):
    """Nothing on one question that most have solved, from somebody who did well on the rest."""
    counted = group.counted
    for name in counted:
        others = [one for one in counted if one != name]
        rest = sum(group.most[one] for one in others)
        mean = statistics.mean(w.total([name]) for w in group.works) if group.works else 0
        if not rest or mean < SOLVED * group.most[name]:
            continue
        for work in group.works:
            answer, share = work.answers[name], work.total(others) / rest
            if answer.points == 0 and share >= ELSEWHERE:
                how = "left it out" if answer.blank else "has nothing"
                usual = f"{mean:.1f} of {group.most[name]:g}"
                told = f"the class has {usual} on average, and they have {share:.0%} of the rest"
                yield work.student, f"{group.titles[name]}: {how}; {told}."


def _together(group):
    """The same wrong values, rare, telling, and of no known mistake."""
    for name, same in wrong_answers(group).items():
        for works in same.values():
            answers = [work.answers[name] for work in works]
            telling = any(value.startswith(TELLING) for _, value in answers[0].wrong)
            known = any(a.entry.get("hint") for a in answers)
            if telling and not known and 2 <= len(works) <= RARE:
                for work in works:
                    with_whom = [w.student for w in works if w is not work]
                    yield (
                        work.student,
                        (
                            f"{group.titles[name]}: the same rare wrong answer, number for number, "
                            f"as {_listed(with_whom)}."
                        ),
                    )


def wrong_answers(group: Class) -> dict[str, dict[tuple, list]]:
    """Question → marks of wrong values → the works that have them."""
    found = {name: defaultdict(list) for name in group.titles}
    for work in group.works:
        for name, answer in work.answers.items():
            if answer.tried and answer.wrong:
                found[name][answer.wrong].append(work)
    return found


def _listed(texts):
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
