"""What has room on a slide of 1280 × 720 pixels whose letters are 24 pixels high or more."""

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

ROOM = 590  # pixels under the title
BESIDE = 370  # characters beside a figure
UNDER = 150  # and under one
CODE = 83  # characters of a line of code
CLAIMS = 3  # on one slide
FACTS = 78  # characters of a claim's line of numbers, which `height` counts as one
COLUMN = ("formula", "claims", "table")  # slides that are filled from top to bottom
HIGH = re.compile(r"\\[dt]?frac|\\sum|\\int|matrix|\\left|\\bigl|\\Bigl")
ROW = re.compile(r"\\\\(?!\w)")


@dataclass
class Slide:
    """`body` has (kind of block, HTML); `notes` and `caption` are pieces of HTML."""

    kind: str
    title: str
    body: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    caption: list[str] = field(default_factory=list)

    def add(self, kind: str, html: str):
        self.body.append((kind, html))

    def say(self, words: str):
        if words:
            self.add("text", f"<p>{words}</p>")

    def count(self, kind: str) -> int:
        return sum(kind == of for of, _ in self.body)

    def fits(self, *parts: tuple[str, str]) -> bool:
        """Whether these would have room on it, too."""
        if self.kind in COLUMN:
            return sum(height(kind, html) for kind, html in [*self.body, *parts]) <= ROOM
        if self.kind == "figure":
            words = [*self.body[1:], *parts]
            return sum(len(spoken(html)) + 40 for _, html in words) <= BESIDE
        return False


def height(kind: str, html: str) -> int:
    """Pixels that a part of a slide takes, about, with the gap under it."""
    soup = BeautifulSoup(html, "html.parser")
    if kind == "formula":
        tex = soup.get_text()
        return (1 + len(ROW.findall(tex))) * (84 if HIGH.search(tex) else 52) + 24
    if kind == "table":
        return sum(table_row(row) for row in soup.select("tr")) + 18
    if kind == "claim":
        facts = soup.select(".dt-claim-facts")
        return 54 + 36 * (rows(spoken(html), 80) + bool(facts))
    if kind in ("code", "source", "printed"):
        return 29 * code_rows(soup.get_text()) + 18
    return sum(37 * rows(words(item), 93) + 18 for item in soup.select("li") or [soup])


def table_row(row: Tag) -> int:
    """Its first column takes what the others leave, and wraps; so do long words in the others."""
    texts = [words(cell) for cell in row.select("th, td")] or [""]
    first = rows(texts[0], max(12, 95 - 11 * len(texts)))
    return 13 + 31 * max(1, first, rows("".join(texts), 70))


def words(soup: Tag) -> str:
    return " ".join(soup.get_text().split())


def code_rows(text: str) -> int:
    """Lines of code as they stand on a slide, where a long one is wrapped."""
    return sum(max(1, rows(line, CODE)) for line in text.strip("\n").splitlines())


def letters(pixels: int) -> int:
    """Characters of text that fill so many pixels."""
    return max(0, (pixels - 18) // 37 * 90)


def rows(text: str, width: int) -> int:
    return -(-len(text.strip("\n")) // width)


def spoken(html: str) -> str:
    """What is read on the slide: of a claim its sentence and what was measured."""
    soup = BeautifulSoup(html, "html.parser")
    parts = soup.select(".dt-claim-sentence, .dt-claim-facts")[:2] or [soup]
    return " ".join(words(part).split(" · ")[0] for part in parts)


def facts(html: str) -> list[str]:
    """What was measured, what was asked and what would be seen without an effect."""
    soup = BeautifulSoup(html, "html.parser")
    found = [fact for fact in soup.select(".dt-claim-facts") if fact.name != "ul"][:1]
    return words(found[0]).split(" · ") if found else []


def spoken_facts(html: str) -> str:
    return "".join(facts(html)[:1])


def nothing(html: str) -> str:
    """A claim's null, as it follows what was measured; empty where it has none."""
    null = [fact for fact in facts(html) if fact.startswith("if nothing were there:")]
    return " · " + null[0] if null else ""
