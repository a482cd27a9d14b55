"""What a student wrote, made safe to be shown in an instructor's browser.

nbgrader's pages turn Markdown into HTML as it is: raw HTML, links that run scripts, pictures from
elsewhere, ids that clash with those of the form. Here it is turned into HTML first, reduced to
harmless tags, and stored as one HTML block, in which the second conversion changes nothing.
"""

import html
import re

import bleach
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from .pictures import plain, png

LONGEST = 10_000  # characters of a cell that are shown; some constructs take quadratic time
MOST = 100_000  # characters of a notebook, code or Markdown, that are turned into HTML
REST = "\n[… the rest is not shown]"
SUSPICIOUS = re.compile(r"[<&\]#`]|^\s*[=-]+\s*$|:/|www\.", re.MULTILINE)
MACROS = re.compile(
    r"\\(href|url|style|class|cssId|require|unicode|html\w*|includegraphics)(?![a-z])"
)
TAGS = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "i", "u", "s", "del",
    "sub", "sup", "code", "pre", "blockquote", "ul", "ol", "li", "dl", "dt", "dd",
    "table", "thead", "tbody", "tr", "th", "td", "a", "img", "span",
}  # fmt: skip
PICTURE = "data:image/png;base64,"
OWN = "Not of the assignment: a cell of the submission’s own."
FRAME = f'<div style="border-left: 0.4em solid #b45f06; padding-left: 1em"><p><b>{OWN}</b></p>'


def source(cell, left: int = MOST, own: bool = False) -> str:
    """The source of a student's cell for a page; `left` characters of Markdown become HTML, and
    so many of code are colored, which is HTML as well.

    An `own` cell, which is none of the release, gets a frame that says so: without it, one that
    begins with "Rubric" would be taken for ours.
    """
    if own and cell.cell_type == "markdown":
        return FRAME + (_source(cell, left, own) or "") + "</div>"
    return _source(cell, left, own)


def _source(cell, left, own):
    text = cell.source
    if cell.cell_type != "markdown":
        return _shortened(text, max(0, min(LONGEST, left)))
    text = MACROS.sub(r"\1", text)
    if len(text) > min(LONGEST, left):
        return _block(html.escape(_shortened(text)))
    pictures = cell.get("attachments", {})
    if not own and not pictures and not SUSPICIOUS.search(text):
        return text
    try:
        return _block(_cleaned(text, pictures))
    except Exception:  # whatever a parser stumbles over, the text can still be read
        return _block(html.escape(text))


def _cleaned(text, pictures):
    text = re.sub(r"\(attachment:([^)\n]*)\)", lambda m: _pasted(m, pictures), text)
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    made = MarkdownWithMath(renderer=renderer).render(text)
    return bleach.clean(
        made, TAGS, {"a": _link, "img": _picture}, ("http", "https", "mailto", "data"), strip=True
    )


def _pasted(match, pictures):
    """A pasted picture in place of its name; a name without a picture stays a text."""
    picture = png(pictures.get(match.group(1), {}).get("image/png"))
    return f"({PICTURE}{picture})" if picture else "(#)"


def _link(tag, name, value):
    return name == "href" and value.lower().startswith(("http://", "https://", "mailto:"))


def _picture(tag, name, value):
    if name == "src":
        return value.startswith(PICTURE) and png(value[len(PICTURE) :]) is not None
    return name == "alt"


def _block(made):
    """HTML on one line, so that it stays one block for whoever takes it for Markdown again."""
    lines = made.strip().split("\n")
    return '<div style="white-space: pre-wrap">' + "&#10;".join(lines) + "</div>"


def _shortened(text, most=LONGEST):
    return text if len(text) <= most else plain(text[:most]) + REST
