"""A submission gets the shape of the release back, and no answer is lost on the way."""

import random
from copy import deepcopy
from itertools import pairwise

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from deeptricks.grading.assignment import grade_id
from deeptricks.grading.evening import reading, restore
from tests.grading.classroom import answered, blank, cell_of, course_of, stripped


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return course_of(tmp_path_factory.mktemp("restore"))


@pytest.fixture
def right(course):
    return answered(course)


def restored(course, notebook):
    import json

    return restore.restored(blank(course), reading.notebook(json.dumps(notebook).encode()))


def sources(notebook):
    return [cell.source for cell in notebook.cells]


def names(notebook):
    return [grade_id(cell) for cell in notebook.cells]


def test_an_ordinary_submission_stays_as_it_is(course, right):
    found = restored(course, right)
    assert sources(found.notebook) == sources(right)
    assert (found.notes, found.missing, found.untouched) == ([], [], [])


def test_a_blank_one_is_untouched(course):
    assert restored(course, blank(course)).untouched == ["recall", "standardize", "story"]


def test_locked_cells_and_tests_get_their_source_back(course, right):
    expected = sources(right)
    for name in ("imports", "standardize_tests", "title"):
        cell_of(right, name).source = "print('mine')"
    found = restored(course, right)
    ours = [cell for cell in found.notebook.cells if cell.source != "print('mine')"]
    assert [cell.source for cell in ours] == expected
    after = {grade_id(one): two.source for one, two in pairwise(found.notebook.cells)}
    assert {n for n, s in after.items() if s == "print('mine')"} == {
        "imports", "standardize_tests", "title",
    }  # fmt: skip
    told = (
        "The locked cell 'imports' had been changed: it was put back, what stood there follows it."
    )
    assert told in found.notes


def test_a_locked_cell_of_another_type_gets_its_type_back(course, right):
    place = right.cells.index(cell_of(right, "imports"))
    right.cells[place] = new_markdown_cell("no", metadata=right.cells[place].metadata)
    assert restored(course, right).notebook.cells[place].cell_type == "code"


def test_deleted_cells_are_put_back_where_they_belong(course, right):
    expected = names(right)
    right.cells = [
        c for c in right.cells if grade_id(c) not in ("imports", "recall_tests", "title")
    ]
    assert names(restored(course, right).notebook) == expected


def test_a_deleted_answer_is_missing_and_its_stub_does_not_run(course, right):
    right.cells.remove(cell_of(right, "standardize"))
    found = restored(course, right)
    assert found.missing == ["standardize"]
    assert cell_of(found.notebook, "standardize").source == restore.MISSING["code"]


def test_reordered_cells_come_in_order_with_what_followed_them(course, right):
    extra = new_code_cell("helper = 1")
    right.cells.insert(right.cells.index(cell_of(right, "recall")) + 1, extra)
    expected = names(right)
    moved = right.cells[3:6]
    right.cells = moved[::1] + right.cells[:3] + right.cells[6:]
    found = restored(course, right)
    assert names(found.notebook) == expected
    assert "Cells had been moved: they were put in order." in found.notes


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_cells_come_in_order(course, right, seed):
    expected = sources(right)
    random.Random(seed).shuffle(right.cells)
    assert sources(restored(course, right).notebook) == expected


def test_of_two_copies_the_one_that_was_worked_on_is_the_answer(course, right):
    place = right.cells.index(cell_of(right, "story"))
    untouched = deepcopy(cell_of(blank(course), "story"))
    right.cells.insert(place, untouched)
    found = restored(course, right)
    assert cell_of(found.notebook, "story").source == right.cells[place + 1].source
    assert names(found.notebook).count("story") == 1
    assert found.untouched == []


def test_ids_are_unique_and_a_copy_is_kept_as_an_own_cell(course, right):
    copy = deepcopy(cell_of(right, "standardize"))
    copy.source = "def standardize(x): return 2"
    right.cells.append(copy)
    found = restored(course, right).notebook
    assert len({cell.id for cell in found.cells}) == len(found.cells)
    assert found.cells[-1].source == copy.source
    assert grade_id(found.cells[-1]) is None


def test_an_own_cell_cannot_pass_for_one_of_the_release(course, right):
    extra = new_code_cell("x = 1", metadata={"tags": ["experiment"], "nbgrader": {"grade_id": "z"}})
    right.cells.insert(3, extra)
    cell = restored(course, right).notebook.cells[3]
    assert (cell.source, set(cell.metadata)) == ("x = 1", {"student"})


def test_without_metadata_by_cell_id(course, right):
    expected = names(right)
    for cell in right.cells:
        cell.metadata = {}
    found = restored(course, right)
    assert names(found.notebook) == expected
    assert found.missing == []


def test_without_metadata_and_ids_by_source_and_place(course, right):
    found = restored(course, stripped(right))
    assert names(found.notebook) == names(right)
    assert sources(found.notebook) == sources(right)
    assert found.missing == []


def test_without_metadata_the_cell_that_defines_the_name_is_the_answer(course, right):
    place = right.cells.index(cell_of(right, "standardize"))
    right.cells.insert(place, new_code_cell("def helper(x): return x"))
    found = restored(course, stripped(right))
    assert cell_of(found.notebook, "standardize").source == cell_of(right, "standardize").source
    assert "def helper(x): return x" in sources(found.notebook)


def test_everything_in_one_cell(course, right):
    code = "\n".join(c.source for c in right.cells if c.cell_type == "code" and not is_test(c))
    only = deepcopy(right)
    only.cells = [new_code_cell(code)]
    found = restored(course, only)
    assert sources(found.notebook).count(code) == 1
    assert names(found.notebook) == names(right)
    assert found.missing == ["standardize", "story"]


def is_test(cell):
    return "tests" in str(grade_id(cell)) or "experiment" in str(grade_id(cell))
