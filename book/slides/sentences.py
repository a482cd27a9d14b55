"""The sentences of a paragraph, with their formulas, emphasis and code."""

import copy
import re

from bs4 import BeautifulSoup, NavigableString, Tag

END = re.compile(r"[.!?][”’)]*(?=\s)")
NO_END = re.compile(r"(\be\.g|\bi\.e|\bal|\bvs|\bcf|\betc|\bFig|\bSec|\bNo|\b[A-Z])\.$")
TITLED = ".headerlink, .section-number"


def sentences(paragraph: Tag) -> list[str]:
    """The HTML of each sentence. A full stop inside emphasis or a formula ends none.

    An empty paragraph has one empty sentence.
    """
    found, now = [], ""
    for child in paragraph.children:
        if not isinstance(child, NavigableString):
            now += inner(child, outer=True)
            continue
        text, start = str(child), 0
        for end in END.finditer(text):
            if not NO_END.search(text[start : end.end()]):
                found.append(now + escaped(text[start : end.end()]))
                now, start = "", end.end()
        now += escaped(text[start:])
    return [sentence.strip() for sentence in [*found, now] if sentence.strip()] or [""]


def inner(tag: Tag, outer: bool = False) -> str:
    """The HTML in (or of) a tag, for a file that travels: without links and their targets."""
    tag = copy.copy(tag)
    for mark in tag.select(TITLED):
        mark.decompose()
    for link in tag.select("a"):
        link.unwrap()
    for named in tag.select("[id]"):
        if not named.find_parent(class_=["dt-figure", "dt-explore"]):
            del named["id"]
    if outer and tag.name != "a":
        return str(tag)
    return tag.decode_contents()


def plain(html: str) -> str:
    """The words of a piece of HTML."""
    return " ".join(BeautifulSoup(html, "html.parser").get_text().split())


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
