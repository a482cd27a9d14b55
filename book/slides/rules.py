"""Which blocks of a chapter become slides: the default rule, and what a chapter's marks change.

By default: the title, the take-aways, the first experiment with its code, every formula, figure,
explorable figure, table and claim that stands open before "What to remember", the source that is
shown if it is short, and what to remember. The headings are the titles; the prose is the
speaker's notes. A mark wins over the rule (`slideshow.slide_type`; JupyterLab: property inspector):

    slide     this cell makes a slide, code that is not folded included
    fragment  it goes onto the slide before
    notes     it goes into the notes of the slide before
    skip      it is left out
"""

from bs4 import Tag

from book.slides.blocks import Block
from book.slides.rooms import CLAIMS, ROOM, Slide, code_rows, height, letters
from book.slides.sentences import inner, plain, sentences

APART = {"Slide check", "Exercises", "What to remember", "Going deeper", "Further reading"}
LONGEST_CODE = 20  # lines
LEAD = 230  # characters of a sentence that leads to a formula
A_CLAIM = [("claim", "<p>" + "x" * 380)]  # room that the words above a table leave
SAID = 420  # characters that say what an experiment is


def slides(blocks: list[Block]) -> list[Slide]:
    """The slides of a chapter, in the order of its text."""
    chooser = _Chooser()
    for block in blocks:
        chooser.take(block)
    chooser.to_notes()
    return chooser.slides


class _Chooser:
    def __init__(self):
        self.slides: list[Slide] = []
        self.title, self.part = "", "opening"
        self.prose: list[Tag] = []  # since the last block that is on a slide
        self.fresh = True  # no slide yet under this heading
        self.program: Tag | None = None  # the last one before the first result
        self.begun = False  # with results

    def take(self, block: Block):
        if block.mark == "skip" or (block.mark and block.kind == "code" and block.folded):
            return
        if block.kind == "heading":
            self.heading(block)
        elif block.mark == "notes":
            self.prose.append(block.tag)
        elif block.mark in ("slide", "fragment") or self.by_default(block):
            part = (block.kind, inner(block.tag, outer=True))
            if block.mark == "fragment":
                self.slides[-1].add(*part)
            else:
                getattr(self, block.kind, self.alone)(block, part)
        elif self.part == "body" and block.kind == "text":
            self.after_formula(block.tag)
            self.prose.append(block.tag)
        elif self.part == "body" and block.kind == "code" and not block.folded:
            self.program = block.tag

    def by_default(self, block: Block) -> bool:
        if self.part in ("opening", "What to remember"):
            return block.kind == "text"
        if self.part != "body" or block.folded:
            return False
        if block.kind == "source":
            return code_rows(block.tag.get_text()) <= LONGEST_CODE
        if block.kind == "table":
            return height("table", str(block.tag)) <= ROOM
        return block.kind in ("formula", "figure", "explorable", "claim")

    # Each kind of block

    def heading(self, block: Block):
        self.to_notes()
        self.title, self.fresh = inner(block.tag), True
        name = plain(self.title)
        if block.level == 1:
            self.start("title")
        elif block.level == 2:
            self.part = name if name in APART else "body"

    def text(self, block: Block, part: tuple[str, str]):
        if self.part == "opening" and block.tag.name != "ol" and not block.mark:
            self.slides[-1].notes.append(part[1])
            return
        if self.part == "opening":
            self.title = f"{number(len(block.tag.select('li')))} things to take away"
        self.start("text" if block.mark else "points").add(*part)

    def formula(self, block: Block, part: tuple[str, str]):
        parts = [*self.lead(), part]
        self.give_back()
        slide = self.slides[-1]
        if slide.kind != "formula" or slide.title != self.title or not slide.fits(*parts):
            slide = self.start("formula")
        for each in parts:
            if each not in slide.body:
                slide.add(*each)

    def figure(self, block: Block, part: tuple[str, str]):
        self.experiment()
        self.alone(block, part)
        caption = block.tag.select_one(".caption-text")
        self.slides[-1].caption = sentences(caption) if caption else []
        if picture := block.tag.select_one("svg[aria-label]"):
            self.slides[-1].notes.append(f"<p>In the figure: {picture['aria-label']}</p>")

    explorable = figure

    def claim(self, block: Block, part: tuple[str, str]):
        self.experiment()
        said = self.said(SAID // 2)
        self.give_back()
        slide = self.slides[-1]
        ours = slide.title == self.title and slide.count("claim") < CLAIMS
        if not (ours and slide.fits(part)):
            slide = self.start("claims")
            slide.say(said)
        slide.add(*part)

    def table(self, block: Block, part: tuple[str, str]):
        self.experiment()
        said = self.said(SAID // 2)
        self.alone(block, part)
        if said and self.slides[-1].fits(("text", said), *A_CLAIM):
            self.slides[-1].body.insert(0, ("text", f"<p>{said}</p>"))

    def alone(self, block: Block, part: tuple[str, str]):
        self.give_back()
        self.start(block.kind).add(*part)

    # What they share

    def experiment(self):
        """What the chapter's first experiment is, in its own words and code."""
        begun, self.begun = self.begun, True
        if begun or self.program is None or code_rows(self.program.get_text()) > LONGEST_CODE:
            return
        code = ("code", inner(self.program, outer=True))
        said = self.said(min(SAID, letters(ROOM - height(*code))))
        slide = self.start("experiment")
        slide.say(said)
        slide.add(*code)

    def said(self, room: int) -> str:
        """The first sentences of the prose that leads here."""
        found = ""
        for sentence in (s for p in self.prose if p.name == "p" for s in sentences(p)):
            if len(plain(found + sentence)) > room:
                break
            found += sentence + " "
        return found.strip()

    def lead(self) -> list[tuple[str, str]]:
        """The sentence that leads to a formula, with the one before it where it is short."""
        if not self.prose or self.prose[-1].name != "p":
            return []
        *before, last = sentences(self.prose[-1])
        said = before and ("text", f"<p>{before[-1]}</p>") in self.slides[-1].body
        if before and not said and len(plain(last)) < LEAD // 4:
            last = f"{before[-1]} {last}"
        return [("text", f"<p>{last}</p>")] if 0 < len(plain(last)) <= LEAD else []

    def after_formula(self, text: Tag):
        """The sentence that says what the letters of a formula are."""
        slide = self.slides[-1]
        if slide.kind != "formula" or self.prose or self.fresh or text.name != "p":
            return
        part = ("text", f"<p>{sentences(text)[0]}</p>")
        if not part[1].endswith((":</p>", ",</p>")) and slide.fits(part):
            slide.add(*part)

    def give_back(self):
        """Prose between two blocks speaks of the one before, unless it leads to the next."""
        if self.prose and not self.fresh:
            leads = plain(str(self.prose[-1])).endswith(":")
            keep = [self.prose.pop()] if leads else []
            self.to_notes()
            self.prose = keep

    def start(self, kind: str) -> Slide:
        self.slides.append(Slide(kind, self.title))
        self.fresh = False
        self.to_notes()
        return self.slides[-1]

    def to_notes(self):
        if self.slides and self.prose:
            heading = self.fresh and self.part == "body"
            self.slides[-1].notes += [f"<p><strong>{self.title}</strong></p>"] if heading else []
            self.slides[-1].notes += [inner(tag, outer=True) for tag in self.prose]
        self.prose = []


def number(count: int) -> str:
    return {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six"}.get(count, str(count))
