"""Marks: the one right way of writing them, and everything that looks like it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deeptricks.grading.handout import markers

MISSPELLED = [
    "# BEGIN SOLUTION",
    "## BEGIN SOLUTION",
    "### BEGIN SOLUTON",
    "###BEGIN SOLUTION",
    "### Begin Solution",
    "### begin solution",
    "### BEGIN  SOLUTION",
    "### BEGIN SOLUTION:",
    "### BEGIN_SOLUTION",
    "### BEGINSOLUTION",
    "### EDN SOLUTION",
    "### END SOLUTIONS",
    "### BEGIN",
    "### START SOLUTION",
    "### BEGIN HIDDEN TEST",
    "### BEGIN HIDDEN TESTS",
    "### BEGIN HIDEN TESTS",
    "### END HIDDEN TESTS",
    "### BEGIN MARK SCHEME",
    "### AUTOTEST f(1)",
    "# SOLUTION",
    "BEGIN SOLUTION",
    "<!-- BEGIN SOLUTION -->",
    "y = x + 1  ### BEGIN SOLUTION",
    "### BEGIN SOLUTION of the question",
    "#\N{NO-BREAK SPACE}BEGIN SOLUTION",
    "### \N{CYRILLIC CAPITAL LETTER VE}EGIN SOLUTION",
]
ORDINARY = [
    "",
    "the solution",
    "# the solution ends here",
    "## Solutions",
    "# find the solutions of the equation",
    "Hidden tests decide; the visible ones help.",
    "In the end the solution is a line.",
    "begin, end = 0, len(solution)",
    "raise NotImplementedError()",
    "# YOUR CODE HERE",
    "YOUR ANSWER HERE",
    "#",
]


@pytest.mark.parametrize("line", MISSPELLED)
def test_a_misspelled_mark_is_found(line):
    faults = list(markers.faults(f"x = 1\n{line}\ny = 2"))
    assert [number for number, _ in faults] == [2]
    assert repr(line) in faults[0][1]
    assert "write" in faults[0][1] or "checks.py" in faults[0][1], "what to do instead"


@pytest.mark.parametrize("line", ORDINARY)
@pytest.mark.parametrize("code", [True, False])
def test_an_ordinary_line_is_left_alone(line, code):
    assert markers.resembles(line, code) is None


@pytest.mark.parametrize("line", ["BEGN SOLUTON", "end  solutoin", "* Begin hidden tests"])
def test_in_text_a_misspelled_mark_is_found_too(line):
    assert markers.resembles(line, code=False)


def test_in_text_three_hashes_are_a_heading():
    assert markers.resembles("### Why", code=False) is None
    assert markers.resembles("### Why", code=True)


@pytest.mark.parametrize(
    ("source", "number", "words"),
    [
        (f"{markers.BEGIN}\nx\n{markers.BEGIN}\n{markers.END}", 3, "inside the region"),
        (f"x\n{markers.END}", 2, "without '### BEGIN SOLUTION' before it"),
        (f"x\n{markers.BEGIN}\ny", 2, "without '### END SOLUTION' after it"),
    ],
)
def test_marks_come_in_pairs(source, number, words):
    ((where, wrong),) = markers.faults(source)
    assert where == number
    assert words in wrong


def test_two_regions_are_fine():
    source = f"    {markers.BEGIN}\nx\n{markers.END}\ny\n{markers.BEGIN}\nz\n{markers.END}"
    assert not list(markers.faults(source))
    assert markers.split(source) == (["x", "z"], ["y"])


def test_a_solution_with_misspelled_marks_is_still_known_as_one():
    assert markers.split("a\n# begin soluton\nb\n#END SOLUTION\nc") == (["b"], ["a", "c"])


@given(st.sampled_from([markers.BEGIN, markers.END]), st.data())
def test_one_wrong_letter_anywhere_is_found(mark, data):
    place = data.draw(st.integers(4, len(mark) - 1))
    letter = data.draw(st.sampled_from(string.ascii_letters + " "))
    line = mark[:place] + letter + mark[place + 1 :]
    assert markers.kind(line) or markers.resembles(line)


@given(st.text())
def test_any_text_is_answered(line):
    assert markers.resembles(line) is None or isinstance(markers.resembles(line), str)
