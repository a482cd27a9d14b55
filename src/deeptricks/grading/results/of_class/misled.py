"""Which question misled: many honest attempts, and signs that the question is at fault."""

from collections import Counter

from .numbers import of_question
from .students import wrong_answers
from .work import Class

TRIED, FEWEST = 0.6, 5  # of the class, and how many at least
FOOLED = 0.3  # of the attempts pass the visible tests, and then fail
COMMON, TOGETHER = 0.15, 3  # of the attempts, and how many, give one and the same wrong answer
LOW = 0.5  # the mean of the attempts
UNRELATED = 0.1  # the correlation with the rest


def which(group: Class) -> list[dict]:
    """Each question with its signs, most of them first."""
    found = [
        {"title": group.titles[name], "signs": signs, "tried": numbers["tried"]}
        for name in group.titles
        if (numbers := of_question(group, name))["tried"] >= max(FEWEST, TRIED * len(group.works))
        and (signs := list(_signs(group, name, numbers)))
    ]
    return sorted(found, key=lambda one: -len(one["signs"]))


def _signs(group, name, numbers):
    tried = numbers["tried"]
    if numbers["fooled"] >= FOOLED * tried:
        yield (
            f"{numbers['fooled']} of {tried} attempts pass the visible tests and fail hidden "
            f"checks, most often: {_most_often(group, name)}"
        )
    common = max(wrong_answers(group)[name].values(), key=len, default=[])
    if len(common) >= max(TOGETHER, COMMON * tried):
        yield (
            f"{len(common)} of {tried} attempts give one and the same wrong answer"
            f"{_known(common[0].answers[name])}."
        )
    if numbers["difficulty"] is not None and numbers["difficulty"] > 1 - LOW:
        yield f"The attempts have {1 - numbers['difficulty']:.0%} of its points on average."
    if numbers["rest"] is not None and numbers["rest"] < UNRELATED:
        yield (
            f"Who does well on the rest does no better here (correlation {numbers['rest']:.2f})."
        )


def _most_often(group, name):
    fooled = [w.answers[name] for w in group.works if w.answers[name].fooled]
    says = Counter(check["says"] for answer in fooled for check in answer.failed)
    return f"“{says.most_common(1)[0][0]}” ({says.most_common(1)[0][1]})"


def _known(answer):
    hint = answer.entry.get("hint")
    return f", a known mistake: “{hint}”" if hint else ", and it is no known mistake"


def failed_checks(group: Class, name: str) -> list[dict]:
    """What was asked and did not hold, by frequency among the attempts."""
    says = Counter(
        check["says"] or "a hidden check"
        for work in group.works
        if work.answers[name].tried
        for check in work.answers[name].failed
    )
    return [{"says": one, "count": count} for one, count in says.most_common()]


def known_mistakes(group: Class, mistakes) -> list[dict]:
    """The known mistakes by frequency: question, name, hint, how many students, what it costs."""
    named = {(m.question, m.name): m for m in mistakes}
    hinted = {(m.question, m.hint): m.name for m in mistakes}
    counts = Counter()
    for work in group.works:
        for name, answer in work.answers.items():
            hint = answer.entry.get("hint")
            for known in answer.entry.get("mistakes") or [hinted.get((name, hint))]:
                if (name, known) in named:
                    counts[name, known] += 1
    return [
        {"question": group.titles[q], "name": n, "hint": named[q, n].hint, "count": count}
        for (q, n), count in counts.most_common()
    ]


def flags(group: Class) -> list[dict]:
    """Flags by frequency: reason, question, and whose they are."""
    whose: dict[tuple[str, str], list[str]] = {}
    for work in group.works:
        for name, answer in work.answers.items():
            for reason in answer.flags:
                whose.setdefault((group.titles[name], reason), []).append(work.student)
    found = [
        {"question": question, "reason": reason, "students": students}
        for (question, reason), students in whose.items()
    ]
    return sorted(found, key=lambda one: -len(one["students"]))
