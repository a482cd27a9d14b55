"""Links from a chapter's first use of a word to the glossary. Knows nothing of Sphinx."""

import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

PAGE = Path("chapters", "glossary.md")
# Where no link may stand: headings, formulas, code, roles, links, directives and their options,
# bold (its words are quotations), HTML. What is left between these is text.
CLOSED = re.compile(
    r"^#[^\n]*|^:::[^\n]*|^(?P<fence>[`~]{3,})\{(?!dropdown).*?^(?P=fence) *$|^[`~]{3,}[^\n]*|"
    r"^:\w+:[^\n]*|^\|[^\n]*|^\([^\n]*\)=$|\$\$.*?\$\$(?: \([^\n]*?\))?|\{[\w:]+\}`[^`]*`|"
    r"`[^`\n]*`|\$[^$\n]*\$|\[[^\]\n]*\]\([^)\n]*\)|\*\*[^\n]*?\*\*|“[^”\n]*”|\"[^\"\n]*\"|"
    r"<[^>\n]*>|https?://\S+",
    re.MULTILINE | re.DOTALL,
)


def entries(root: Path) -> dict[str, str]:
    """Each term of the glossary with its explanation."""
    text = (root / PAGE).read_text("utf-8")
    body = re.search(r"```\{glossary\}\n(.*?)\n```", text, re.DOTALL)[1]
    found = {}
    for block in re.split(r"\n\s*\n", body):
        lines = block.splitlines()
        explained = " ".join(line.strip() for line in lines if line.startswith(" "))
        found |= {line.strip(): explained for line in lines if not line.startswith(" ")}
    return found


def link_first_uses(notebook: NotebookNode, docname: str, root: Path) -> None:
    """Make a link of the first use of each term, but for terms that this very chapter explains."""
    terms, here = entries(root), docname.removeprefix("chapters/")
    done = {explained for explained in terms.values() if f"({here})" in explained}
    longest_first = sorted(terms, key=len, reverse=True)
    word = re.compile(
        rf"(?<![\w–-])({'|'.join(map(re.escape, longest_first))})(?:e?s)?(?![\w–-])", re.IGNORECASE
    )
    named = {term.lower(): term for term in terms}

    def linked(match: re.Match) -> str:
        term = named[match[1].lower()]
        if terms[term] in done:
            return match[0]
        done.add(terms[term])
        return f"{{term}}`{match[0]} <{term}>`"

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = "".join(
                word.sub(linked, part) if is_open else part for part, is_open in _parts(cell.source)
            )


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, and whether a link may stand in each."""
    start = 0
    for closed in CLOSED.finditer(text):
        yield text[start : closed.start()], True
        yield closed[0], False
        start = closed.end()
    yield text[start:], True
