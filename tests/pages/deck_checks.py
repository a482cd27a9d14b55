"""What must hold for a deck of slides. Each check returns what is wrong, as a list of sentences."""

import re

from bs4 import BeautifulSoup

from book.slides.rules import APART
from tests.pages import checks
from tests.pages.browser import Visit

FEWEST, MOST = 12, 20  # slides
SMALLEST = 24  # pixels, of what is read
SMALLEST_IN_A_FIGURE = 15
LONGEST_CODE = 20  # lines
RAW = {
    "a role": r"\{[\w:-]+\}`",
    "a directive": r"(:{3,}|`{3,})\s*\{?",
    "the source of a formula": r"\$\$|\\[([]|\\(frac|begin|sum|mathbb)\b",
    "a mark": r"slide_type",
    "a substitution": r"\{\{",
}


def sections(html: str) -> list:
    return BeautifulSoup(html, "html.parser").select(".slides > section")


def count(html: str) -> list[str]:
    number = len(sections(html))
    return [] if FEWEST <= number <= MOST else [f"has {number} slides, not {FEWEST} to {MOST}"]


def nothing_raw(html: str) -> list[str]:
    """Nothing that the book's pages typeset stands on a slide, or in its notes, as its source."""
    found = []
    for number, section in enumerate(sections(html), 1):
        for typeset in section.select(".math, svg, script, pre"):
            typeset.decompose()
        text = section.decode_contents()
        for what, source in RAW.items():
            if match := re.search(source, text):
                near = text[max(0, match.start() - 30) : match.end() + 30]
                found.append(f"slide {number} shows {what}: {near!r}")
    return found


def titles_and_notes(html: str) -> list[str]:
    found = []
    for number, section in enumerate(sections(html), 1):
        if not section.h2 or not section.h2.get_text().strip():
            found.append(f"slide {number} has no title")
        if not [part for part in section.find_all(recursive=False) if part.name != "aside"][1:]:
            found.append(f"slide {number} is empty")
    if not any(section.select("aside.notes p") for section in sections(html)):
        found.append("no slide has notes")
    return found


def figures(html: str, page: str) -> list[str]:
    """Each open figure of the page that is not marked otherwise is on a slide, and no other."""
    expected, marked = _open_figures(page)
    shown = {
        _alt(svg) for s in sections(html) for svg in s.select(":scope > :not(aside) svg[role]")
    }
    found = [f"the figure is missing: {alt[:80]}" for alt in expected - shown]
    return found + [f"the figure was to be left out: {alt[:80]}" for alt in marked & shown]


def _open_figures(page: str) -> tuple[set[str], set[str]]:
    article = BeautifulSoup(re.search(r"<article.*</article>", page, re.DOTALL)[0], "html.parser")
    for section in article.select("section"):
        if section.h2 and section.h2.get_text().strip(" #0123456789.") in APART:
            section.decompose()
    kept, left_out = set(), set()
    for cell in article.select("div.cell:not(.tag_hide-cell)"):
        marks = [c.removeprefix("tag_slide-type-") for c in cell["class"] if "slide-type" in c]
        alts = {_alt(svg) for svg in cell.select("figure .dt-figure > svg[role]")}
        if set(marks) & {"skip", "notes"}:
            left_out |= alts
        else:
            kept |= alts
    return kept, left_out


def _alt(svg) -> str:
    return svg["aria-label"]


def self_contained(html: str) -> list[str]:
    """The file names no other file and no host; a link to click on may."""
    found = checks.foreign_files(html)
    body = re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.DOTALL)
    found += [f"needs {tag[:100]}" for tag in re.findall(r"<(?:img|link|script)[^>]*>", body)
              if "data:" not in tag]  # fmt: skip
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    if not policy or "default-src 'none'" not in policy[1] or "unsafe-eval" in policy[1]:
        found.append("has no policy that keeps it to itself")
    elif re.search(r"https?:|script-src[^;]*('unsafe-inline'|'self')", policy[1]):
        found.append(f"has a policy that lets others in: {policy[1]}")
    return found


# In the browser, on the slide that is shown

ROOM = """() => {
  const section = Reveal.getCurrentSlide(), page = section.getBoundingClientRect(), found = [];
  const aside = "aside.notes, mjx-assistive-mml, .dt-description, legend, .dt-announce";
  for (const e of section.querySelectorAll("*")) {
    if (e.closest(aside) || e.parentElement.closest("svg")) continue;
    const box = e.getBoundingClientRect();
    if (box.width && (box.right > page.right - 15 || box.left < page.left + 15 ||
        box.bottom > page.bottom - 4 || box.top < page.top + 4))
      found.push(`${e.tagName} .${e.className.baseVal ?? e.className} reaches over the edge`);
  }
  const parts = [...section.querySelectorAll(":scope > :not(aside)")];
  const boxes = parts.map(e => e.getBoundingClientRect());
  for (let i = 1; i < boxes.length; i++)
    for (let j = 0; j < i; j++)
      if (boxes[j].bottom > boxes[i].top + 2 && boxes[i].bottom > boxes[j].top + 2 &&
          boxes[j].right > boxes[i].left + 2 && boxes[i].right > boxes[j].left + 2)
        found.push(`parts ${j + 1} and ${i + 1} lie on each other`);
  const number = document.querySelector(".slide-number").getBoundingClientRect();
  const range = document.createRange();
  for (const e of section.querySelectorAll("*")) {
    if (e.closest(aside) || ![...e.childNodes].some((n) => n.nodeType == 3 && n.data.trim()))
      continue;
    range.selectNodeContents(e);
    if ([...range.getClientRects()].some((box) => box.bottom > number.top + 2 &&
        number.bottom > box.top + 2 && box.right > number.left + 2 && number.right > box.left + 2))
      found.push(`the slide's number lies on ${e.tagName}: ${e.textContent.slice(0, 40)}`);
  }
  return found.slice(0, 3);
}"""


def room(visit: Visit) -> list[str]:
    """Nothing is wider or higher than the slide, and nothing lies on something else, the number of
    the slide included."""
    return visit.page.evaluate(ROOM)


LETTERS = """([text, figure, longest]) => {
  const found = [], section = Reveal.getCurrentSlide();
  const apart = "aside.notes, svg, mjx-container, .dt-description, legend, .dt-announce, " +
    "sub, sup, datalist";
  const own = (e) => [...e.childNodes].some((n) => n.nodeType == 3 && n.data.trim());
  for (const e of section.querySelectorAll("*")) {
    if (e.closest(apart) || !own(e)) continue;
    const size = parseFloat(getComputedStyle(e).fontSize);
    if (size < text) found.push(`${e.tagName} .${e.className} has letters of ${size} px`);
  }
  for (const t of section.querySelectorAll(".dt-figure svg text")) {
    const turned = t.getScreenCTM();
    const size = parseFloat(getComputedStyle(t).fontSize) * Math.hypot(turned.c, turned.d);
    if (size < figure) found.push(`letters of ${size.toFixed(1)} px in a figure: ${t.textContent}`);
  }
  for (const e of section.querySelectorAll("pre")) {
    const rows = Math.round(e.clientHeight / parseFloat(getComputedStyle(e).lineHeight));
    if (rows > longest) found.push(`code of ${rows} lines`);
  }
  return [...new Set(found)].slice(0, 3);
}"""


def letters(visit: Visit) -> list[str]:
    """Legible from the last row."""
    return visit.page.evaluate(LETTERS, [SMALLEST, SMALLEST_IN_A_FIGURE, LONGEST_CODE])


def shown(visit: Visit) -> int:
    """The number of the slide that is shown, from 1."""
    return visit.page.evaluate("Reveal.getIndices().h") + 1


def explorable_keeps_its_keys(visit: Visit) -> list[str]:
    """E leads to its settings, whose arrows turn no page; Escape and PageDown lead on."""
    keys, here, found = visit.page.keyboard, shown(visit), []
    keys.press("e")
    if not visit.page.evaluate("document.activeElement.matches('.dt-explore input')"):
        return ["E does not lead to the settings of the figure"]
    for key in ("ArrowRight", "ArrowLeft"):
        keys.press(key)
    if shown(visit) != here:
        found.append("an arrow on a setting turns the page")
    keys.press("Escape")
    keys.press("ArrowLeft")
    if shown(visit) != here - 1:
        found.append("after Escape an arrow does not turn the page")
    keys.press("ArrowRight")
    keys.press("e")
    keys.press("PageDown")
    if shown(visit) != here + 1:
        found.append("PageDown on a setting does not turn the page")
    keys.press("ArrowLeft")
    return found


def printed(visit: Visit, slides: int) -> list[str]:
    """On paper each slide is one page."""
    pdf = visit.page.pdf(prefer_css_page_size=True, print_background=True)
    number = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
    boxes = set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf))
    found = [] if number == slides else [f"{slides} slides are printed on {number} pages"]
    return found + ([] if boxes == {b"0 0 960 540"} else [f"pages are of {boxes}"])
