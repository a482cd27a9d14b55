"""One slide as HTML: where its figure, its words and its claims stand."""

import re

from bs4 import BeautifulSoup

from book.slides.rooms import (
    BESIDE,
    COLUMN,
    FACTS,
    ROOM,
    UNDER,
    Slide,
    height,
    nothing,
    rows,
    spoken,
    spoken_facts,
)
from book.slides.sentences import escaped

ABOVE, ASIDE = (1200, 470), (870, 590)  # pixels for a figure above its words, and beside them
TALL = 1.7  # a figure that is magnified less has larger letters than on the page
ROOMY = 0.66  # a slide that is filled no further has larger letters
VIEW_BOX = re.compile(r'viewbox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', re.IGNORECASE)


def section(slide: Slide, subtitle: str) -> str:
    """The <section> that reveal.js shows, with the speaker's notes in it."""
    arranged = {"title": _title, "figure": _figure, "explorable": _explorable}.get(slide.kind)
    classes, body = arranged(slide, subtitle) if arranged else ("", _parts(slide.body))
    notes = list(slide.notes)
    notes += [f"<p>{' '.join(slide.caption)}</p>"] if slide.caption else []
    head = "" if slide.kind == "title" else f"<h2>{slide.title}</h2>"
    aside = f'<aside class="notes">{"".join(notes)}</aside>' if notes else ""
    if slide.kind in (*COLUMN, "points", "text") and _taken(slide) < ROOM * ROOMY:
        classes = "dt-roomy"
    classes = f"dt-{slide.kind}-slide {classes}".strip()
    return f'<section class="{classes}">{head}{body}{aside}</section>'


def _taken(slide):
    return sum(height(kind, html) for kind, html in slide.body)


def _title(slide, subtitle):
    name, _, rest = slide.title.partition(": ")
    second = f'<p class="dt-second">{rest[:1].upper()}{rest[1:]}</p>' if rest else ""
    return "", f'<h2>{name}</h2>{second}<p class="dt-book">{subtitle}</p>'


def _figure(slide, subtitle):
    """The caption's first sentence and the claims, beside the figure or under it."""
    said = slide.body[1:]
    caption = [("text", f"<p>{slide.caption[0]}</p>")] if slide.caption else []
    if not said or slide.fits(*caption):
        said = [*caption, *said]
    length = sum(len(spoken(html)) for _, html in said)
    left = (UNDER if place(slide.body[0][1], length) == "dt-above" else BESIDE) - length
    left -= 40 * len(said)
    words = f'<div class="dt-words">{_parts(said, left)}</div>' if said else ""
    return place(slide.body[0][1], length), _picture(slide.body[0][1]) + words


def _explorable(slide, subtitle):
    picture = slide.body[0][1]
    return place(picture, UNDER + 1).replace("dt-beside", ""), _picture(picture)


def place(figure: str, length: int) -> str:
    """Beside its words or above them: where the letters of the figure come out larger."""
    found = VIEW_BOX.search(figure)
    if not found:
        return "dt-beside"
    width, height = map(float, found.groups())
    above, beside = (min(w / width, h / height) for w, h in (ABOVE, ASIDE))
    if above > beside and length <= UNDER:
        return "dt-above"
    return "dt-beside dt-tall" if beside < TALL else "dt-beside"


def _picture(html):
    """The picture and its controls; of the caption a sentence is in the words."""
    soup = BeautifulSoup(html, "html.parser")
    for gone in soup.select("figcaption, noscript"):
        gone.decompose()
    return str(soup)


def _parts(parts, left=None):
    """The parts below each other. `left`: characters for nulls beside a figure.

    In a column a null stands on the line of what was measured, or makes it two where they fit.
    """
    made, spare = [], ROOM - sum(height(kind, html) for kind, html in parts)
    for kind, html in parts:
        null = nothing(html) if kind == "claim" else ""
        if left is not None:
            null = null if len(null) <= left else ""
            left -= len(null)
        elif (more := rows(spoken_facts(html) + null, FACTS) - 1) > 0 and null:
            null = null if 36 * more <= spare else ""
            spare -= 36 * more if null else 0
        made.append(_claim(html, null) if kind == "claim" else html)
    return "".join(made)


def _claim(html, null):
    """Its sentence, what was measured and, where it has room, what chance or no effect gives."""
    soup = BeautifulSoup(html, "html.parser")
    claim = soup.div
    sentence = soup.select_one(".dt-claim-sentence")  # the summary of a fold, where there are parts
    parts = [("sentence", sentence.decode_contents())] if sentence else []
    parts += [("facts", escaped(facts + null))] if (facts := spoken_facts(html)) else []
    claim.clear()
    for name, text in parts:
        inside = BeautifulSoup(f'<div class="dt-claim-{name}">{text}</div>', "html.parser")
        claim.append(inside)
    return str(soup)
