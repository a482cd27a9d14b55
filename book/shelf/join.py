"""All pages of the built site as one HTML document, which a browser then prints.

As with the slides, the book's own pipeline has already made the pages: what becomes paper is cut
from them. What only a browser can do, names of places and what is left out, does `paper.js`.
"""

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

import yaml

from book.execution import ROOT
from book.slides.blocks import ARTICLE
from book.slides.deck import MATHJAX_SVG
from book.sphinx_address import addresses

HERE = Path(__file__).parent
TITLE = re.compile(r"<h1>(.*?)<a class=\"headerlink\"", re.DOTALL)
NUMBER = re.compile(r'<span class="section-number">[\d.]+ ?</span>')
TAGS = re.compile(r"<[^>]+>")
STYLES = re.compile(
    r'<link[^>]*href="[./]*(_static/[^"?]+\.css)[^"]*"[^>]*rel="stylesheet"|'
    r'<link[^>]*rel="stylesheet"[^>]*href="[./]*(_static/[^"?]+\.css)[^"]*"'
)
MATHJAX = re.compile(r"<script>window\.MathJax = .*?</script>")
# Frames of explorable figures: paper shows the one that is drawn, and they are half of all bytes.
FRAMES = re.compile(r'<script type="application/json">.*?</script>', re.DOTALL)
PICTURES = re.compile(r'src="[./]*_images/')
FRONT = "Before you begin"  # the part of the landing page


@dataclass(frozen=True)
class Page:
    """One page of the site: `name` is its address there, without .html."""

    part: str
    name: str
    article: str

    @property
    def slug(self) -> str:
        """Its name as the start of all names of places in it."""
        return self.name.removeprefix("chapters/").replace("/", "-")

    @property
    def title(self) -> str:
        """The heading, numbers and all, as HTML."""
        return TITLE.search(self.article)[1].strip()

    @property
    def words(self) -> str:
        """The title for a running head."""
        short = TAGS.sub("", NUMBER.sub(lambda n: f"{TAGS.sub('', n[0])} ", self.title))
        return " ".join(html.unescape(short).split())


def pages(site: Path, static: str, root: Path = ROOT) -> list[Page]:
    """The landing page and what the table of contents names, in its order.

    What lies a level deeper there is for looking up on a screen, and is not printed.
    Raises FileNotFoundError where one has not been built.
    """
    contents = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    files = [(p["caption"], c["file"]) for p in contents["parts"] for c in p["chapters"]]
    return [_page(site, static, part, name) for part, name in [(FRONT, contents["root"]), *files]]


def _page(site: Path, static: str, part: str, name: str) -> Page:
    file = site / f"{name}.html"
    if not file.exists():
        raise FileNotFoundError(f"{file}: the book is not built (make book)")
    found = ARTICLE.search(file.read_text("utf-8"))
    if not found:
        raise ValueError(f"{file} has no <article class='bd-article'>: is it a page of the book?")
    return Page(part, name, PICTURES.sub(f'src="{static}/_images/', FRAMES.sub("", found[0])))


def document(site: Path, static: str, root: Path = ROOT) -> str:
    """The HTML of the whole book; `static` leads from where it will lie to the site."""
    every = pages(site, static, root)
    example = (site / f"{every[1].name}.html").read_text("utf-8")
    sheets = [first or second for first, second in STYLES.findall(example)]
    address = addresses(root / "pyproject.toml")["Documentation"]
    return Template((HERE / "paper.html").read_text("utf-8")).substitute(
        sheets="\n".join(f'<link rel="stylesheet" href="{static}/{s}">' for s in sheets),
        style=(HERE / "paper.css").read_text("utf-8") + _running_heads(every),
        mathjax=MATHJAX.search(example)[0],
        mathjax_svg=MATHJAX_SVG.as_uri(),
        script="".join((HERE / name).read_text("utf-8") for name in ("paper.js", "faults.js")),
        static=static,
        address=address,
        names=json.dumps({page.name: page.slug for page in every}),
        contents=_contents(every),
        articles="\n".join(_articles(every)),
    )


def _running_heads(every: list[Page]) -> str:
    """Each chapter has pages of its own kind, and they have its name at their head."""
    return "\n".join(
        f"#{page.slug} {{ page: {page.slug} }} "
        f"@page {page.slug} {{ @top-right {{ content: {json.dumps(page.words)} }} "
        f"@top-left {{ content: {json.dumps(page.part)} }} }}"
        for page in every
    )


def _contents(every: list[Page]) -> str:
    items, part = [], None
    for page in every:
        if page.part != part:
            part = page.part
            items.append(f"<li class='dt-toc-part'>{html.escape(part)}</li>")
        title = FRONT if page.part == FRONT else page.title
        items.append(f"<li><a href='#{page.slug}'>{title}</a><span class='dt-at'></span></li>")
    return "\n".join(items)


def _articles(every: list[Page]):
    part = FRONT
    for page in every:
        if page.part != part:
            part = page.part
            yield f"<h1 class='dt-part' id='part-{page.slug}'>{html.escape(part)}</h1>"
        yield (
            f"<div class='dt-page' id='{page.slug}' data-page='{page.name}'>{page.article}</div>"
        )
