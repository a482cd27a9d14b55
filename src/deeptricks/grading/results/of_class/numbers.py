"""Numbers of a question and of a class: means, difficulty, how it goes with the rest, bars."""

import math
import statistics
from collections import Counter

from .work import Class

BARS = 13  # of a histogram, at most
ALIKE = 20  # submissions from which a correlation is worth being told


def bars(values: list[float], most: float) -> list[dict]:
    """A histogram of points from 0 to `most`: label, count and height (0 to 1) of each bar."""
    width = max(1, math.ceil((most + 1) / BARS))
    counts = Counter(int(min(max(value, 0), most) // width) for value in values)
    highest = max(counts.values(), default=1)
    found = []
    for place in range(int(most // width) + 1):
        first, last = place * width, min(place * width + width - 1, int(most))
        label = f"{first}" if first == last else f"{first}–{last}"
        found.append(
            {"label": label, "count": counts[place], "height": counts[place] / highest}
        )  # fmt: skip
    return found


def of_question(group: Class, name: str) -> dict:
    """What a teacher asks of one question."""
    answers = [work.answers[name] for work in group.works]
    settled = [a for a in answers if a.points is not None]
    tried = [a for a in settled if a.tried]
    most = group.most[name]
    points = [a.points for a in settled] if 2 * len(settled) > len(answers) else []
    return {
        "name": name,
        "title": group.titles[name],
        "most": most,
        "waiting": len(answers) - len(settled),
        "tried": sum(a.tried for a in answers),
        "blank": sum(a.blank for a in answers),
        "mean": statistics.mean(points) if points else None,
        "difficulty": 1 - statistics.mean(a.points for a in tried) / most if tried else None,
        "full": sum(p >= most for p in points),
        "zero": sum(p == 0 for p in points),
        "fooled": sum(a.fooled for a in answers),
        "rest": with_the_rest(group, name),
        "bars": bars(points, most),
    }


def with_the_rest(group: Class, name: str) -> float | None:
    """The correlation of a question's points with those of all others; None where few are there."""
    others = [one for one in group.counted if one != name]
    if name not in group.counted or not others or len(group.works) < ALIKE:
        return None
    here = [work.total([name]) for work in group.works]
    rest = [work.total(others) for work in group.works]
    try:
        return statistics.correlation(here, rest)
    except statistics.StatisticsError:  # one of them is the same for everybody
        return None


def of_class(group: Class) -> dict:
    """The head of the page: how many, how well."""
    totals = [work.total(group.counted) for work in group.works]
    left_out = [group.titles[name] for name in group.titles if name not in group.counted]
    waiting = sum(a.points is None for w in group.works for a in w.answers.values())
    return {
        "submissions": len(group.works) + len(group.unread),
        "unread": len(group.unread),
        "missing": len(group.missing),
        "flagged": sum(any(a.flags for a in w.answers.values()) for w in group.works),
        "blank": sum(work.blank for work in group.works),
        "mean": statistics.mean(totals) if totals else None,
        "median": statistics.median(totals) if totals else None,
        "of": group.of,
        "left_out": left_out,
        "waiting": waiting,
        "bars": bars(totals, group.of),
    }
