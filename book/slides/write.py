"""The decks of the built book: one file for each chapter, and a page that lists them."""

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

import yaml

from book.execution import ROOT
from book.slides.blocks import article, blocks
from book.slides.deck import deck
from book.slides.rules import slides

HERE = Path(__file__).parent
PARTS = "slides"  # the folder of the decks in the site
HEADING = re.compile(r"<h1>(.*?)<a ", re.DOTALL)
NUMBER = re.compile(r'<span class="section-number">([\d.]+?)\.? ?</span>')


@dataclass(frozen=True)
class Chapter:
    """A chapter that is a notebook: `name` is <part>/<topic>, as in all rooms of the house."""

    part: str
    name: str

    def page(self, site: Path) -> Path:
        return site / "chapters" / f"{self.name}.html"

    def deck(self, site: Path) -> Path:
        return site / PARTS / f"{self.name}.html"


def chapters(root: Path = ROOT) -> list[Chapter]:
    """In the order of the table of contents."""
    contents = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    files = [(p["caption"], c["file"]) for p in contents["parts"] for c in p["chapters"]]
    return [
        Chapter(part, file.removeprefix("chapters/"))
        for part, file in files
        if (root / f"{file}.ipynb").exists()
    ]


def write(site: Path, root: Path = ROOT) -> list[Path]:
    """Write the decks whose page, or whose making, has changed since; returns their paths.

    Raises FileNotFoundError where a chapter has no page: the book has not been built.
    """
    written = []
    for chapter in chapters(root):
        page, path = chapter.page(site), chapter.deck(site)
        if not page.exists():
            raise FileNotFoundError(f"{page}: the book is not built (make book)")
        if not path.exists() or path.stat().st_mtime < max(_changed(), page.stat().st_mtime):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(of_page(chapter, page.read_text("utf-8"), site), "utf-8")
            written.append(path)
    _write_index(site, root)
    return written


def of_page(chapter: Chapter, page: str, site: Path) -> str:
    """The deck that is cut from a chapter's page."""
    pygments = (site / "_static" / "pygments.css").read_text("utf-8")
    number = NUMBER.search(page)
    where = f"chapter {number[1]}" if number else "a chapter"
    made = slides(blocks(article(page)))
    return deck(made[0].title, f"Deep Tricks · {chapter.part} · {where}", made, page, pygments)


def _changed() -> float:
    """When the code or the style of decks was last changed."""
    files = [*HERE.rglob("*"), *(HERE.parent / "static").glob("f*.*s")]
    return max(file.stat().st_mtime for file in files if file.is_file())


def _write_index(site: Path, root: Path):
    parts: dict[str, list[str]] = {}
    for chapter in chapters(root):
        found = re.search(r"<title>(.*?) · slides</title>", chapter.deck(site).read_text("utf-8"))
        item = f'<li><a href="{chapter.name}.html">{found[1]}</a></li>'
        parts.setdefault(chapter.part, []).append(item)
    lists = "\n".join(f"<h2>{part}</h2>\n<ul>{''.join(i)}</ul>" for part, i in parts.items())
    template = Template((HERE / "index.html").read_text("utf-8"))
    (site / PARTS / "index.html").write_text(template.substitute(decks=lists), "utf-8")
