"""What the chapters' sections *Slide check* say, gathered by lecture. Knows nothing of Sphinx."""

import posixpath
import re
from dataclasses import dataclass

from nbformat import NotebookNode

LECTURES = {
    "CMU": "CMU: Chaplot",
    "IST": "IST Austria: Padilla Montani",
    "UMN": "Minnesota (UMN): Sun",
    "RU": "Rutgers (RU): Zhang",
    "231": "A reader's notes on CS231n (231)",
}
NAMED = {
    "CMU": r"CMU",
    "IST": r"\bIST\b",
    "UMN": r"UMN|Minnesota",
    "RU": r"\bRU\b|RU's|Rutgers",
    "231": r"\b231\b|CS231n|\bnotes\b",
}
OTHERS = "Papers and folklore"
SAME = re.compile(r"\bsame (page|slide|lecture)|\(the same\b(?! notes)")
NO_LECTURE = re.compile(r"\*\*\W*(\(the paper\b|Folklore)")
ONLY_ITS_NAME = re.compile(
    r"\((the same( notes| page| slide| lecture)?|(the |a )?(CMU|IST|RU|UMN|231|Rutgers|Minnesota|"
    r"reader's notes)( lecture)?(, (RU|UMN))?( on CS231n)?(, 231)?\.?)\)[.,:;]?\s*"
)
QUOTED = re.compile(r"[^*]{0,30}\*\*(?P<said>.+?)\*\*(?P<found>.*)", re.DOTALL)


@dataclass(frozen=True)
class Remark:
    """A sentence of a lecture, what was found of it, and where; both in MyST."""

    lecture: str
    said: str
    found: str
    docname: str


def remarks(docname: str, notebook: NotebookNode) -> list[Remark]:
    """Each paragraph below *Slide check* that begins with a quotation in bold."""
    found, lecture = [], OTHERS
    for block in _blocks(notebook):
        if match := QUOTED.fullmatch(block):
            lecture = _lecture(block, lecture)
            words = _without_name(match["found"].lstrip(" ,.:"))
            said = re.sub(r"^(\$[^$]*\$)$", r"the formula \1", match["said"])  # for who listens
            found.append(Remark(lecture, said, _from_the_root(words, docname), docname))
    return found


def _blocks(notebook: NotebookNode) -> list[str]:
    """Paragraphs of text between the heading *Slide check* and the next of its level."""
    text = "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    section = re.search(r"^## Slide check\b.*?$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    blocks = re.split(r"\n\s*\n", section[1]) if section else []
    return [" ".join(block.split()) for block in blocks]


def _lecture(block: str, before: str) -> str:
    """Whose sentence it is: the lecture named first; silence and "the same" mean the one before."""
    if NO_LECTURE.search(block):
        return OTHERS
    places = {LECTURES[k]: m.start() for k, p in NAMED.items() if (m := re.search(p, block))}
    if same := SAME.search(block):
        places[before] = min(same.start(), places.get(before, same.start()))
    return min(places, key=places.__getitem__) if places else before


def _without_name(text: str) -> str:
    """The table of a lecture need not name it; what a measurement of the chapter ends, goes on."""
    text = ONLY_ITS_NAME.sub("", text, count=1) if ONLY_ITS_NAME.match(text) else text
    text = re.sub(r":$", " …", text)
    return text[:1].upper() + text[1:]


def _from_the_root(text: str, docname: str) -> str:
    """Links to neighbors of the chapter, as they are from any page: `{doc}` from the root."""

    def rooted(match: re.Match) -> str:
        folder = posixpath.dirname(docname)
        return f"{{doc}}`/{posixpath.normpath(posixpath.join(folder, match[1]))}`"

    return re.sub(r"\{doc\}`(?!/)([^`<]+)`", rooted, text)
