"""Work in another cell than the one asked: flagged where points were lost, never a silent zero."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from deeptricks.grading.evening import reading, restore
from deeptricks.grading.evening.verdict import verdict
from deeptricks.grading.sandbox.execute import Outcome, run
from deeptricks.grading.sandbox.limits import Limits
from tests.grading.classroom import answered, blank, cell_of, course_of, has_sandbox, stripped

ESSAY = "The direction of the smallest variance is slow, because the rate is that of the largest."
WRONG = "def standardize(x):\n    return x"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return course_of(tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture(scope="module")
def toy(course):
    return course.assignment("toy")


def judged(course, toy, notebook, outcome=None, **limits):
    """Points of each question, and question → reason of each flag."""
    found = restore.restored(blank(course), reading.notebook(json.dumps(notebook).encode()))
    options = {"limits": Limits(**limits), "sandboxed": has_sandbox(), "slot": 300}
    result = verdict(toy, found, outcome or run(toy, found.notebook, **options))
    points = [entry["points"] for entry in result["questions"].values()]
    return points, {flag["question"]: flag["reason"] for flag in result["flags"]}


def stub(course, name):
    return cell_of(blank(course), name).source


def with_own(notebook, *cells, place=None):
    place = len(notebook.cells) if place is None else place
    notebook.cells[place:place] = cells
    return notebook


def changed(notebook, name, more, above=False):
    cell = cell_of(notebook, name)
    cell.source = f"{more}\n\n{cell.source}" if above else f"{cell.source}\n\n{more}"
    return notebook


ESSAYS = {
    "in a new cell": lambda n: with_own(n, new_markdown_cell(ESSAY)),
    "in a new cell before all": lambda n: with_own(n, new_markdown_cell(ESSAY), place=0),
    "in a raw cell": lambda n: with_own(n, new_raw_cell(ESSAY)),
    "as a comment": lambda n: with_own(n, new_code_cell(f"# {ESSAY}")),
    "as a text in code": lambda n: with_own(n, new_code_cell(f"answer = '''{ESSAY}'''")),
    "under the locked title": lambda n: changed(n, "title", ESSAY),
    "in the locked tests": lambda n: changed(n, "standardize_tests", f"# {ESSAY}"),
    "after an editor took the metadata": lambda n: stripped(changed(n, "title", ESSAY)),
}


@pytest.mark.parametrize("where", ESSAYS)
def test_an_essay_elsewhere_waits_for_a_person(course, toy, where):
    notebook = ESSAYS[where](answered(course, story=stub(course, "story")))
    points, flags = judged(course, toy, notebook)
    assert points == [2, 4, None], "no zero for who wrote an answer"
    assert set(flags) == {"story"}
    assert "is the answer in another cell?" in flags["story"]


NOTHING = {
    "blank": lambda n: n,
    "an empty cell": lambda n: with_own(n, new_markdown_cell("  \n"), new_code_cell("")),
    "a copy of a locked cell": lambda n: with_own(n, new_markdown_cell(cell_of(n, "title").source)),
    "spaces at the ends of lines": lambda n: changed(n, "title", "  \n  "),
    "without metadata": stripped,
}


@pytest.mark.parametrize("how", NOTHING)
def test_a_truly_empty_answer_is_an_honest_zero(course, toy, how):
    assert judged(course, toy, NOTHING[how](blank(course))) == ([0, 0, 0], {})


RIGHT_PLACES = {
    "in the locked tests": lambda n, code: changed(n, "standardize_tests", code, above=True),
    "in the locked imports": lambda n, code: changed(n, "imports", code),
    "in a new cell": lambda n, code: with_own(n, new_code_cell(code)),
}


@pytest.mark.parametrize("where", RIGHT_PLACES)
def test_code_that_was_typed_elsewhere_is_run_and_earns_its_points(course, toy, where):
    right = answered(course)
    code = cell_of(right, "standardize").source
    cell_of(right, "standardize").source = "pass"
    assert judged(course, toy, RIGHT_PLACES[where](right, code)) == ([2, 4, None], {})


@pytest.mark.parametrize("where", RIGHT_PLACES)
def test_code_elsewhere_that_does_not_help_is_flagged(course, toy, where):
    notebook = answered(course, standardize=stub(course, "standardize"))
    notebook = RIGHT_PLACES[where](notebook, "def standardized(x):\n    return x")
    points, flags = judged(course, toy, notebook)
    assert points == [2, 0, None]
    assert set(flags) == {"standardize"}


def test_lost_points_are_flagged_wherever_there_is_text_or_a_changed_cell(course, toy):
    notebook = with_own(answered(course, standardize=WRONG), new_markdown_cell("See below."))
    assert judged(course, toy, notebook)[1].keys() == {"standardize"}
    notebook = changed(answered(course, standardize=WRONG), "recall_tests", "print(1)")
    assert judged(course, toy, notebook)[1].keys() == {"standardize"}


def test_without_lost_points_or_work_elsewhere_there_is_no_flag(course, toy):
    assert judged(course, toy, with_own(answered(course), new_markdown_cell(ESSAY)))[1] == {}
    assert judged(course, toy, changed(answered(course), "title", ESSAY))[1] == {}
    own = with_own(answered(course, standardize=WRONG), new_code_cell("helper = 1"))
    assert judged(course, toy, own)[1] == {}, "own code was run: it tells nothing"


def test_what_stood_in_a_locked_cell_can_be_read(course):
    notebook = changed(answered(course), "title", ESSAY)
    found = restore.restored(blank(course), reading.notebook(json.dumps(notebook).encode()))
    assert [ESSAY in cell.source for cell in found.notebook.cells].index(True) == 1
    assert found.notes == [
        "The locked cell 'title' had been changed: it was put back, what stood there follows it."
    ]


@pytest.mark.parametrize(
    ("cell", "told"),
    [("while True: pass", "TimeoutError"), ("x = bytearray(10**11)", "MemoryError"),
     ("import time\ntime.sleep(1.7)", "the run took"), ("import os; os._exit(0)", "left out")],
)  # fmt: skip
def test_a_limit_that_cost_no_point_is_flagged(course, toy, cell, told):
    if not has_sandbox():
        pytest.skip("limits of memory are the sandbox's")
    notebook = with_own(answered(course), new_code_cell(cell))
    seconds = {"seconds_a_cell": 2, "seconds_a_room": 3 if "sleep" in cell else 60}
    points, flags = judged(course, toy, notebook, **seconds)
    assert points == [2, 4, None]
    assert flags.keys() == {"recall"}
    assert "a limit was met" in flags["recall"]
    assert told in flags["recall"]


def test_memory_that_a_comparison_took_is_flagged(course, toy, monkeypatch):
    """A value that fills the memory of whoever compares: no silent zero."""

    def full(*_):
        raise MemoryError

    monkeypatch.setattr("deeptricks.grading.sandbox.execute.difference", full)
    values = {(q.name, c.name): 1 for q in toy.questions for c in q.checks}
    points, flags = judged(course, toy, answered(course), Outcome(values=values))
    assert points == [0, 0, None]
    assert flags.keys() == {"recall", "standardize"}
