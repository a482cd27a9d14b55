"""The report as HTML: escaped, whole, without anything from outside."""

import re
from html.parser import HTMLParser

import pytest

from deeptricks.practice.debugging.finding import Note
from deeptricks.practice.debugging.report import Report
from tests.practice.debugging.reports import check, finding, healthy, ill

EVIL = '<script>alert("x")</script>&\''
VOID = {"meta"}


class Reader(HTMLParser):
    """Tags, attributes and text of a page; tags that are not closed in their order raise."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text, self.open = [], [], "", []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text += data


def test_every_part_of_every_finding_is_there():
    read = Reader(ill()._repr_html_())
    for known in ill().findings:
        for part in (known.code, known.severity, known.evidence, known.cure, known.cure_code,
                     known.read, f"{known.confidence:.2f}", *known.where):  # fmt: skip
            assert part in read.text
    assert "Because of loss.activation_twice" in read.text
    assert "label noise: 8 % look wrong" in read.text
    assert "no val_batches" in read.text


def test_whatever_is_said_is_text():
    wild = dict(evidence=EVIL, cure=EVIL, cure_code=EVIL, where=(EVIL,), because_of=EVIL,
                read=EVIL, measured={EVIL: EVIL}, expected={EVIL: [EVIL]},
                curves={EVIL: [1.0, 2.0]}, curve_axis=EVIL)  # fmt: skip
    report = Report([finding(EVIL, **wild)], [Note(EVIL, EVIL)],
                    [check(EVIL, "skipped", EVIL, **{EVIL: EVIL})])  # fmt: skip
    for page in (report._repr_html_(), report.to_html(EVIL)):
        assert "<script" not in page
        assert "alert" in Reader(page).text
        assert not [name for name, _ in Reader(page).attributes if name.startswith("on")]


def test_nothing_is_loaded():
    page = ill().to_html()
    assert not re.search(r"https?://(?!www\.w3\.org)|url\((?!#)|@import|<link|<script|src=", page)


def test_a_figure_for_each_finding_with_curves_and_words_for_it():
    page = ill()._repr_html_()
    assert page.count("<svg") == 1
    words = re.search(r'aria-label="([^"]*)"', page).group(1)
    assert words == ("Along the steps: loss from 3 to 1; expected loss from 3 to 0.03.")


def test_ids_of_two_figures_on_a_page_differ():
    both = ill()._repr_html_() + ill()._repr_html_()
    ids = re.findall(r'\bid="([^"]*)"', both)
    clips = [name for name in ids if re.match(r"[pm][0-9a-f]{8,}", name)]
    assert clips
    assert len(set(clips)) == len(clips)


def test_a_healthy_report_opens_its_table():
    assert "<details open>" in healthy()._repr_html_()
    assert "<details open>" not in ill()._repr_html_()


@pytest.mark.parametrize("report", [Report(), healthy(), ill()])
def test_tags_are_closed(report):
    Reader(report.to_html())


def test_every_column_of_a_table_has_a_name():
    heads = re.findall(r'<th scope="col">(.*?)</th>', ill().to_html())
    assert heads
    assert all(heads)
