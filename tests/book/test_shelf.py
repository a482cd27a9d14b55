"""What is packed for the way: how pages are joined, how the site becomes an archive."""

import zipfile

import pikepdf
import pytest

from book.shelf import offline
from book.shelf.__main__ import main
from book.shelf.join import document, pages
from book.shelf.offer import EMPTY, LANDING, offer, without
from book.shelf.pdf import pack

TOC = """
format: jb-book
root: chapters/index
parts:
  - caption: Inputs
    chapters:
      - file: chapters/inputs/scaling
        sections:
          - file: chapters/inputs/lookup
"""
PROJECT = """
[project.urls]
Repository = "https://example.org/code"
Documentation = "https://example.org/book/"
"""
HEAD = (
    '<head><link rel="stylesheet" href="../../_static/book.css?v=1" />'
    '<script>window.MathJax = {"tex": {}}</script>'
    '<script src="../../_static/mathjax/tex-chtml.js?v=20daa33d"></script></head>'
)
FRAMES = '<script type="application/json">{"frames": ["<svg>many</svg>"]}</script>'


def page(title, *inside, number="1. "):
    head = (
        f'<h1><span class="section-number">{number}</span>{title}<a class="headerlink">#</a></h1>'
    )
    section = f"<section>{head}{''.join(inside)}</section>"
    return f'<html>{HEAD}<article class="bd-article">{section}</article></html>'


@pytest.fixture
def root(tmp_path):
    """A project with a site of two pages."""
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    site = tmp_path / "site"
    (site / "chapters/inputs").mkdir(parents=True)
    (site / "_static").mkdir()
    (site / "_static/documentation_options.js").write_text("{SHOW_SEARCH_SUMMARY: true,}")
    (site / "index.html").write_text("<html></html>")
    (site / LANDING).write_text(page("Deep Tricks", EMPTY, number=""))
    deck = '<a href="../../slides/inputs/scaling.html">Slides</a>'
    picture = '<img src="../../_images/a.png">'
    (site / "chapters/inputs/scaling.html").write_text(
        page("Scaling: <em>a &amp; b</em>", deck, picture, FRAMES)
    )
    (site / "slides").mkdir()
    (site / "slides/index.html").write_text("decks")
    return tmp_path


def packed(root):
    path, made = offline.make(root / "site", root)
    with zipfile.ZipFile(path) as archive:
        return (
            path,
            made,
            {n: archive.read(n).decode("utf-8", "replace") for n in archive.namelist()},
        )


def test_pages_stand_in_the_order_of_the_contents_without_what_lies_deeper(root):
    found = pages(root / "site", "..", root)
    assert [(p.part, p.slug) for p in found] == [
        ("Before you begin", "index"),
        ("Inputs", "inputs-scaling"),
    ]
    assert found[1].words == "1. Scaling: a & b"


def test_the_document_has_every_page_its_head_and_no_frames(root):
    html = document(root / "site", "../site", root)
    assert html.count('<article class="bd-article">') == 2
    assert '@page inputs-scaling { @top-right { content: "1. Scaling: a & b" }' in html
    assert '<link rel="stylesheet" href="../site/_static/book.css">' in html
    assert "window.MathJax = " in html
    assert 'src="../site/_images/a.png"' in html
    assert "many" not in html


def test_a_page_that_is_not_built_is_named(root):
    (root / "site/chapters/inputs/scaling.html").unlink()
    with pytest.raises(FileNotFoundError, match=r"scaling\.html: the book is not built"):
        document(root / "site", "..", root)


def test_the_archive_holds_pages_that_need_neither_server_nor_shelf(root):
    (root / "site/shelf").mkdir()
    (root / "site/shelf/deep-tricks.pdf").write_bytes(b"%PDF")
    _, made, files = packed(root)
    assert made
    names = {name.removeprefix("deep-tricks/") for name in files}
    assert {"index.html", LANDING, "README.txt", "_static/mathjax/tex-svg.js"} <= names
    assert not [n for n in names if n.startswith(("shelf", "slides")) or n.endswith(".zip")]
    chapter = files["deep-tricks/chapters/inputs/scaling.html"]
    assert 'href="https://example.org/book/slides/inputs/scaling.html"' in chapter
    assert 'src="../../_static/mathjax/tex-svg.js"' in chapter
    assert "SHOW_SEARCH_SUMMARY: false" in files["deep-tricks/_static/documentation_options.js"]


def test_the_same_site_gives_the_same_archive_and_is_packed_once(root):
    path = packed(root)[0]
    first = path.read_bytes()
    assert not packed(root)[1]
    path.unlink()
    (root / "site/index.html").touch()
    assert packed(root)[1]
    assert path.read_bytes() == first
    (root / "site/index.html").write_text("<html>new</html>")
    assert packed(root)[1]
    assert path.read_bytes() != first


def test_an_archive_that_was_interrupted_is_packed_again(root):
    path, _, files = packed(root)
    path.write_bytes(path.read_bytes()[:100])
    assert packed(root)[1:] == (True, files)


def test_the_landing_page_offers_what_is_there(root):
    site = root / "site"
    landing = site / LANDING
    before = landing.read_text()
    offer(site)
    assert landing.read_text() == before
    path = packed(root)[0]
    offer(site)
    assert 'href="../shelf/deep-tricks-offline.zip"' in landing.read_text()
    assert "deep-tricks.pdf" not in landing.read_text()
    assert not packed(root)[1], "the line about the archive is no part of it"
    path.unlink()
    offer(site)
    assert landing.read_text() == before == without(before)


def printed():
    """A PDF as Chromium leaves it: a part with a chapter with a section, dates, no packing."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    with pdf.open_outline() as outline:
        part, chapter = pikepdf.OutlineItem("part", 0), pikepdf.OutlineItem("chapter", 0)
        chapter.children.append(pikepdf.OutlineItem("section", 0))
        part.children.append(chapter)
        outline.root.append(part)
    pdf.docinfo["/Title"] = "A book"
    pdf.docinfo["/CreationDate"] = "D:20260101000000Z"
    return pdf


def test_packing_closes_chapters_and_forgets_the_day(tmp_path):
    printed().save(tmp_path / "printed.pdf")
    data = pack((tmp_path / "printed.pdf").read_bytes(), "abc")
    assert data == pack((tmp_path / "printed.pdf").read_bytes(), "abc")
    (tmp_path / "packed.pdf").write_bytes(data)
    with pikepdf.open(tmp_path / "packed.pdf") as pdf:
        assert set(pdf.docinfo.keys()) == {"/Title", "/Author", "/MadeFrom"}
        part = pdf.Root.Outlines.First
        assert (part.Count, part.First.Count, pdf.Root.Outlines.Count) == (1, -1, 2)
        assert pdf.Root.PageMode == "/UseOutlines"


def test_what_is_asked_for_is_one_of_two(capsys):
    with pytest.raises(SystemExit):
        main(["epub"])
    assert "'epub'; it must be pdf or offline" in capsys.readouterr().err


def test_no_book_is_said_in_one_line(tmp_path, capsys):
    assert main(["offline", "--site", str(tmp_path)]) == 1
    assert "the book is not built (make book)" in capsys.readouterr().err
