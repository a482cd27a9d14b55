"""The marks around a solution: which lines are one, and which look like one and are not.

nbgrader knows a mark by the words in it, letter for letter; one that is misspelled is an ordinary
comment to it, and what it should have removed goes to the students. Here a mark is a whole line,
written in one way only, and every line that resembles one is found.
"""

import re
from collections.abc import Iterator

from rapidfuzz.fuzz import ratio

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
PHRASES = tuple(
    f"{word} {what}"
    for what in ("SOLUTION", "SOLUTIONS", "HIDDEN TESTS", "MARK SCHEME")
    for word in ("BEGIN", "END")
)
ALONE = ("SOLUTION", "HIDDEN", "AUTOTEST", "HASHED AUTOTEST")  # otter's and nbgrader's own
ALIKE = 75  # of 100: "BEGN SOLUTON" has 92 beside "BEGIN SOLUTION"
OPENS, CLOSES = "begin", "end"


def kind(line: str) -> str | None:
    """`OPENS` or `CLOSES` for a line that is exactly a mark of a solution, else None."""
    return {BEGIN: OPENS, END: CLOSES}.get(line.strip())


def resembles(line: str, code: bool = True) -> str | None:
    """The phrase that `line` looks like, or None; an exact mark resembles itself.

    In code a comment that begins with three or more # resembles a mark whatever it says: nothing
    else is written like that. In text such a line is a heading.
    """
    words = re.sub(r"[^A-Z]+", " ", line.upper()).split()
    if not words:
        return None
    whole = max(PHRASES, key=lambda phrase: ratio(" ".join(words), phrase))
    short = len(words) <= len(whole.split()) + 1
    if short and _begins(words[0]) and ratio(" ".join(words), whole) >= ALIKE:
        return whole
    if found := _within(words):
        return found
    if line.upper() == line and "#" in line and (loud := _loud(words)):
        return loud
    return "THREE #" if code and re.match(r"\s*#\s*#\s*#", line) else None


def _begins(word):
    """Whether a line that begins with `word` may be a mark: "the solution" is none."""
    return word.startswith(("BEG", "END")) or max(ratio(word, w) for w in ("BEGIN", "END")) > 60


def _within(words):
    """The phrase that stands among other words, as in `x = 1  # begin soluton here`."""
    for phrase in PHRASES:
        parts = phrase.split()
        for start in range(len(words) - len(parts) + 1):
            window = words[start : start + len(parts)]
            if all(ratio(a, b) >= ALIKE for a, b in zip(window, parts, strict=True)):
                return phrase
    return None


def _loud(words):
    """One of `ALONE` in a line without small letters."""
    return next((p for p in ALONE if ratio(" ".join(words), p) >= ALIKE), None)


def faults(source: str, code: bool = True) -> Iterator[tuple[int, str]]:
    """(number of the line, what is wrong) for each mark in `source` that is not as it must be."""
    open_at = None
    for number, line in enumerate(source.split("\n"), start=1):
        mark = kind(line)
        if mark is None:
            if phrase := resembles(line, code):
                yield number, f"{line.strip()!r} looks like a mark and is none: {_advice(phrase)}"
        elif mark == OPENS:
            if open_at is not None:
                yield number, f"{BEGIN!r} stands inside the region that begins in line {open_at}"
            open_at = number
        else:
            if open_at is None:
                yield number, f"{END!r} without {BEGIN!r} before it"
            open_at = None
    if open_at is not None:
        yield open_at, f"{BEGIN!r} without {END!r} after it"


def _advice(phrase):
    if "HIDDEN" in phrase or "TEST" in phrase:
        return "hidden tests stand in checks.py, never in the notebook; or write other words"
    return f"write {BEGIN!r} or {END!r}, letter for letter, or other words"


def split(source: str, code: bool = True) -> tuple[list[str], list[str]]:
    """(lines inside of solutions, lines outside), where whatever resembles a mark counts as one.

    So a solution is known as one also where its marks are misspelled; the marks are in neither list.
    """
    inside, outside, within = [], [], False
    for line in source.split("\n"):
        if phrase := resembles(line, code):
            within = not phrase.startswith("END")
        else:
            (inside if within else outside).append(line)
    return inside, outside
