"""grades.csv and the table at the end."""

import csv
from datetime import datetime

import pytest

from deeptricks.grading.results import report
from deeptricks.grading.results.gradebook import opened
from tests.grading.classroom import answered, course_of, grade, hand_in

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = course_of(tmp_path_factory.mktemp("report"))
    folder = tmp_path_factory.mktemp("in")
    hand_in(folder, "anna", answered(course), when="2026-11-20 12:30:00 UTC")
    hand_in(folder, "bob", answered(course), when="2026-11-19 12:00:00 UTC")
    hand_in(folder, "=HYPERLINK(1)", answered(course))
    hand_in(folder, "@cmd", answered(course))
    hand_in(folder, "@+", answered(course))
    evil = answered(course, standardize="raise ValueError('=1+1\\n=2\\x1b[31m')")
    hand_in(folder, "dora", evil)
    with opened(course) as book:
        book.update_or_create_assignment("toy", duedate=datetime(2026, 11, 20, 11, 0))
        book.update_or_create_student("cleo")
    grade(course, folder)
    return course


@pytest.fixture(scope="module")
def rows(course):
    with open(course.folder / "grades.csv", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_a_row_for_each_student(rows):
    anna = rows["anna"]
    assert anna == {
        "student": "anna", "name": "anna", "assignment": "toy", "score": "6.0", "penalty": "0.0",
        "final": "6.0", "max": "9.0", "automatic": "6.0",
        "manual": "0", "needs review": "yes", "reason": "story: to be graded by hand",
        "late": "1.5 h", "toy: recall": "2.0", "toy: standardize": "4.0", "toy: story": "0.0",
    }  # fmt: skip
    assert rows["bob"]["late"] == "no"
    assert rows["cleo"]["reason"] == "no submission"
    assert rows["cleo"]["score"] == ""


def test_manual_points_count(course, rows):
    with opened(course) as book:
        book.find_grade("story", "toy", "toy", "bob").manual_score = 2.5
        book.find_grade("story", "toy", "toy", "bob").needs_manual_grade = False
        book.db.commit()
    with open(report.write_csv(course), newline="") as file:
        bob = {row["student"]: row for row in csv.DictReader(file)}["bob"]
    assert (bob["score"], bob["automatic"], bob["manual"]) == ("8.5", "6.0", "2.5")
    assert (bob["needs review"], bob["reason"]) == ("no", "")


def test_no_cell_is_a_formula(course, rows):
    with open(course.folder / "grades.csv", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert not [cell for cell in cells if "\n" in cell or "\x1b" in cell]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "'=1"),
        ("\r\n=1", "'=1"), (" =1", "'=1"), ("\x00=1", "'=1"), (-1.5, -1.5), ("a=1", "a=1"),
    ],
)  # fmt: skip
def test_harmless(value, cell):
    assert report.harmless(value) == cell


def test_unsafe_names_become_safe_ones_and_the_table_maps_them_back(rows):
    assert rows["HYPERLINK_1"]["score"] == "6.0"
    assert rows["HYPERLINK_1"]["name"] == "'=HYPERLINK(1)"
    assert rows["cmd"]["name"] == "'@cmd"


def test_a_name_of_which_nothing_is_left_is_listed_and_has_no_points(rows):
    assert rows["'@+'"]["needs review"] == "yes"
    assert rows["'@+'"]["score"] == ""
    assert "a name needs letters" in rows["'@+'"]["reason"]


def test_what_became_of_every_file(course):
    with open(course.folder / "files.csv", newline="") as file:
        told = {row["file"]: row["became"] for row in csv.DictReader(file)}
    assert told["anna/toy/toy.ipynb"] == "read"
    assert told["'=HYPERLINK(1)/toy/toy.ipynb"] == "read"
    assert told["'@+/toy/toy.ipynb"] == "a name needs letters or digits"


def made(student, points, now=True, flags=()):
    return {
        "student": student, "assignment": "toy", "now": now, "seconds": 2.0,
        "flags": [{"question": "q", "reason": reason} for reason in flags],
        "questions": {"q": {"points": points, "most": 10, "manual": False},
                      "m": {"points": 0, "most": 5, "manual": True}},
    }  # fmt: skip


def test_the_summary_counts():
    told = report.summary(
        [made("a", 10), made("b", 2, now=False), made("c", 0, flags=["why\nnot"])]
    )
    line = next(line for line in told.splitlines() if line.startswith("toy"))
    assert line.split() == ["toy", "3", "2", "1", "1", "4.00", "2.00", "10", "2.00"]
    assert "1 for review" in told
    assert "  c: q: why not" in told
