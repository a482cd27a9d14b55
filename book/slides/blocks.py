"""A chapter's finished page as a list of blocks, in reading order.

On the page the book's own pipeline has already typeset directives, roles, citations and numbers;
what a deck takes from there needs no second pipeline. How a chapter marks what it wants on its
slides (`slideshow.slide_type`, as JupyterLab writes it) reaches the page through `book.pages`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Comment, Tag

ARTICLE = re.compile(r'<article class="bd-article".*?</article>', re.DOTALL)
MARKED = re.compile(r"\s*slide_type: (\S+)\s*")  # what book.pages writes around a Markdown cell
MARK_CLASS = "tag_slide-type-"  # and what becomes of the tag that it gives to a code cell
TEXTS = ("p", "ul", "ol", "dl", "blockquote", "table")
OUTPUTS = {
    "source": "div.highlight-python, div.highlight-ipython3",
    "printed": "div.output.stream",
    "table": "table",
}


@dataclass
class Block:
    """One thing on a page.

    `kind` is heading, text, formula, figure, explorable, claim, code, source, printed or table;
    `mark` what the chapter says about it: slide, fragment, notes, skip or nothing.
    """

    kind: str
    tag: Tag
    mark: str = ""
    folded: bool = False
    level: int = 0
    cell: int = 0  # blocks of one code cell have the same number


def article(page: str) -> BeautifulSoup:
    """The text of a page. Raises ValueError where there is none."""
    found = ARTICLE.search(page)
    if not found:
        raise ValueError("the page has no <article class='bd-article'>: is it one of the book?")
    return BeautifulSoup(found[0], "html.parser")


def blocks(soup: BeautifulSoup) -> list[Block]:
    return list(_Walk().of(soup))


class _Walk:
    """Carries the mark of the Markdown cell that it is in, and counts code cells."""

    def __init__(self):
        self.mark, self.cells = "", 0

    def of(self, tag: Tag) -> Iterator[Block]:
        for child in tag.children:
            if isinstance(child, Comment):
                if marked := MARKED.fullmatch(child):
                    self.mark = "" if marked[1] == "-" else marked[1]
            elif isinstance(child, Tag):
                yield from self.one(child)

    def one(self, tag: Tag) -> Iterator[Block]:
        classes = set(tag.get("class", []))
        if tag.name in ("section", "article"):
            yield from self.of(tag)
        elif tag.name in ("h1", "h2", "h3", "h4"):
            yield Block("heading", tag, self.mark, level=int(tag.name[1]))
        elif {"cell", "container"} <= classes:
            self.cells += 1
            yield from self.cell(tag, classes)
        elif "math" in classes:
            yield Block("formula", tag, self.mark)
        elif (tag.name in TEXTS or "margin" in classes) and "dt-times" not in classes:
            yield Block("text", tag, self.mark)

    def cell(self, tag: Tag, classes: set[str]) -> Iterator[Block]:
        marks = [c.removeprefix(MARK_CLASS) for c in classes if c.startswith(MARK_CLASS)]
        about = {"mark": marks[0] if marks else "", "cell": self.cells}
        folded = "tag_hide-cell" in classes
        hidden = folded or "tag_hide-input" in classes
        if code := tag.select_one(".cell_input div.highlight"):
            yield Block("code", code, folded=hidden, **about)
        for output in tag.select(".cell_output"):
            for part in output.children:
                if isinstance(part, Tag):
                    for kind, found in _shown(part):
                        yield Block(kind, found, folded=folded, **about)


def _shown(part: Tag) -> Iterator[tuple[str, Tag]]:
    """What one output of a cell shows: a figure, claims, a source, a table or printed text."""
    if part.name == "figure":
        if not part.select_one(".dt-checkup"):  # a report is for reading
            yield ("explorable" if part.select_one(".dt-explore") else "figure"), part
        return
    if part.name == "details":
        return  # the whole file below a part that is shown
    if claims := part.select(".dt-claim"):
        yield from (("claim", claim) for claim in claims)
        return
    for kind, selector in OUTPUTS.items():
        if found := part if part.css.match(selector) else part.select_one(selector):
            yield kind, found
            return
