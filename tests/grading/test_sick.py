"""One assignment whose own material is broken: it is named, and the others are graded."""

import csv
import shutil

import pytest

from deeptricks.grading.__main__ import main
from deeptricks.grading.course import Course
from deeptricks.grading.evening.records import path_of, stored_json
from deeptricks.grading.results.gradebook import opened
from deeptricks.grading.results.missing import trouble
from tests.grading.classroom import TOY, answered, course_of, grade, hand_in, has_sandbox, released

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A course with two assignments, the toy and its twin, released."""
    course = course_of(tmp_path_factory.mktemp("sick"))
    twin = course.masters / "twin"
    shutil.copytree(TOY, twin, ignore=shutil.ignore_patterns("__pycache__"))
    (twin / "toy.ipynb").rename(twin / "twin.ipynb")
    released(course, "twin")
    return course


@pytest.fixture
def course(template, tmp_path):
    """A copy of it, and a folder in which anna has handed in both."""
    shutil.copytree(template.folder, tmp_path / "course")
    shutil.copytree(template.masters, tmp_path / "masters")
    note = tmp_path / "course" / "term.json"
    note.write_text(note.read_text().replace(str(template.masters), str(tmp_path / "masters")))
    course = Course.open(tmp_path / "course")
    for name in ("toy", "twin"):
        hand_in(tmp_path / "in", "anna", answered(course, name), name)
    return course


def does_not_import(course):
    checks = course.masters / "twin" / "checks.py"
    checks.write_text("import of_nobody\n" + checks.read_text())


def leaves(course):
    checks = course.masters / "twin" / "checks.py"
    checks.write_text("raise SystemExit(0)\n" + checks.read_text())


def oracle_raises(course):
    checks = course.masters / "twin" / "checks.py"
    checks.write_text(
        checks.read_text().replace("def right(", "def right(*_):\n    1 / 0\n\n\ndef _(")
    )


def mistakes_are_broken(course):
    (course.masters / "twin" / "mistakes.py").write_text("MISTAKES = [1 / 0]\n")


def judge_raises(course):
    checks = course.masters / "twin" / "checks.py"
    text = checks.read_text().replace("expected=right(x, term.epsilon, term.axis)", "judge=judge")
    checks.write_text(f"{text}\n\ndef judge(value):\n    return value / 'nothing'\n")


def reference_fails(course):
    checks = course.masters / "twin" / "checks.py"
    checks.write_text(checks.read_text().replace("expected=1.0", "expected=2.0"))


def release_is_missing(course):
    shutil.rmtree(course.folder / "release" / "twin")


def release_is_broken(course):
    (course.folder / "release" / "twin" / "twin.ipynb").write_text("{")


def gradebook_has_other_points(course):
    checks = course.masters / "twin" / "checks.py"
    checks.write_text(checks.read_text().replace("points=3", "points=5"))


FAULTS = {
    does_not_import: "No module named 'of_nobody'",
    leaves: "SystemExit(0)",
    oracle_raises: "ZeroDivisionError",
    mistakes_are_broken: "ZeroDivisionError",
    judge_raises: "the checks refuse the reference itself: standardize, square",
    reference_fails: "the checks refuse the reference itself: recall, variance",
    release_is_missing: "has not been released",
    release_is_broken: "is no notebook",
    gradebook_has_other_points: "release the assignment again",
}


def rows(course):
    with open(course.folder / "grades.csv", newline="") as file:
        return {row["assignment"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_it_is_named_and_the_others_are_graded(course, tmp_path, capsys, fault):
    fault(course)
    assert grade(course, tmp_path / "in") == 1
    told = capsys.readouterr()
    (line,) = [one for one in told.err.splitlines() if one.startswith("NOT GRADED")]
    assert line.startswith("NOT GRADED, twin (1 submissions)")
    assert FAULTS[fault] in line
    found = rows(course)
    assert found["toy"]["score"] == "6.0"
    assert found["twin"]["score"] == ""
    assert found["twin"]["reason"].startswith("handed in and not graded: ")
    assert (course.folder / "feedback/anna/toy/toy.html").is_file()
    assert not path_of(course, "anna", "twin").exists()
    assert "NOT GRADED" not in (course.folder / "results/index.html").read_text("utf-8")
    with open(course.folder / "files.csv", newline="") as file:
        became = {row["file"]: row["became"] for row in csv.DictReader(file)}
    assert became["anna/toy/toy.ipynb"] == "read"
    assert FAULTS[fault] in became["anna/twin/twin.ipynb"]


def test_once_it_is_well_it_is_graded_and_the_others_are_kept(course, tmp_path):
    does_not_import(course)
    grade(course, tmp_path / "in")
    before = stored_json(path_of(course, "anna", "toy"))
    checks = course.masters / "twin" / "checks.py"
    checks.write_text(checks.read_text().replace("import of_nobody\n", ""))
    assert grade(course, tmp_path / "in") == 0
    assert stored_json(path_of(course, "anna", "toy")) == before
    assert rows(course)["twin"]["score"] == "6.0"


def test_what_was_graded_before_keeps_its_points(course, tmp_path):
    assert grade(course, tmp_path / "in") == 0
    does_not_import(course)
    assert grade(course, tmp_path / "in") == 1
    twin = rows(course)["twin"]
    assert (twin["score"], twin["needs review"]) == ("6.0", "yes")
    assert "No module named" in twin["reason"]
    assert (course.folder / "results/twin.html").is_file(), "the page of the class that it had"
    assert grade(course, tmp_path / "in", "--feedback-only") == 0
    with opened(course) as book:
        assert book.find_grade("standardize_tests", "twin", "twin", "anna").auto_score == 4


def test_a_submission_on_which_the_grader_fails_is_no_success():
    record = {"assignment": "toy", "student": "anna", "failed": True}
    told = trouble([record, record | {"failed": False}], [])
    assert told.startswith("NOT GRADED, toy: the grader itself failed on 1 submissions")
    assert trouble([record | {"failed": False}], []) == ""


def test_a_release_of_several_names_it_and_releases_the_others(course, tmp_path, capsys):
    does_not_import(course)
    words = ["release", "--course", str(tmp_path / "new"), "--masters", str(course.masters)]
    assert main([*words, *([] if has_sandbox() else ["--unsafe-without-sandbox"])]) == 1
    assert "twin: its own material fails: ModuleNotFoundError" in capsys.readouterr().out
    assert (tmp_path / "new/release/toy/toy.ipynb").is_file()
    assert not (tmp_path / "new/release/twin").exists()
