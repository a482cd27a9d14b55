"""The syllabi: every chapter once, every part's assignment out and in."""

import re

import pytest
import yaml

from book.execution import ROOT

PARTS = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"][:7]
CHAPTERS = [c["file"].removeprefix("chapters/") for part in PARTS for c in part["chapters"]]
PAGE = (ROOT / "chapters/instructors.md").read_text("utf-8")
MAP = (ROOT / "chapters/course_map.md").read_text("utf-8")
LINK = re.compile(r"\]\((\w+/\w+)\.ipynb\)")
STEP = re.compile(r"(?:\*\w+\*(?:, | and )?)+ (?:out|in)")


def rows(begin):
    """The rows of the table after a text, as lists of cells."""
    lines = PAGE[PAGE.index(begin) :].splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("|"))
    found = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            return found
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def syllabus(weeks):
    return rows({10: "**Ten weeks**", 15: "**Fifteen weeks**"}[weeks])


@pytest.mark.parametrize("weeks", [10, 15])
def test_every_chapter_has_its_week(weeks):
    table = syllabus(weeks)
    assert [row[0] for row in table] == [str(week + 1) for week in range(weeks)]
    found = [chapter for row in table for chapter in LINK.findall(" ".join(row))]
    assert sorted(found) == sorted(CHAPTERS)


@pytest.mark.parametrize("weeks", [10, 15])
def test_every_part_has_an_assignment_that_goes_out_before_it_comes_in(weeks):
    when = {"out": {}, "in": {}}
    for row in syllabus(weeks):
        for step in STEP.findall(row[-1]):
            for name in re.findall(r"\*(\w+)\*", step):
                assert name not in when[step.split()[-1]], "once"
                when[step.split()[-1]][name] = int(row[0])
    parts = [part["caption"].lower() for part in PARTS]
    assert list(when["out"]) == list(when["in"]) == parts
    last = {c.split("/")[0]: int(row[0]) for row in syllabus(weeks) for c in LINK.findall(str(row))}
    first = {}
    for row in syllabus(weeks):
        for chapter in LINK.findall(str(row)):
            first.setdefault(chapter.split("/")[0], int(row[0]))
    for name in parts:
        assert first[name] <= when["out"][name] < when["in"][name]
        assert last[name] <= when["in"][name], "all of the part was taught"
    for week in range(1, weeks + 1):
        assert sum(when["out"][n] <= week < when["in"][n] for n in parts) <= 2


def test_the_course_map_has_the_same_weeks():
    weeks = {
        n: {c: row[0] for row in syllabus(n) for c in LINK.findall(" ".join(row))} for n in (10, 15)
    }
    found = {}
    for line in MAP.splitlines():
        if line.startswith("|") and (chapter := LINK.search(line)):
            found[chapter[1]] = line.strip("| ").split("|")[-1].strip()
    assert found == {c: f"{weeks[10][c]}, {weeks[15][c]}" for c in CHAPTERS}
