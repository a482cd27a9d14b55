"""Assignments, questions and courses: what is read, and what bad input is told."""

import json
import re
import sys
from types import SimpleNamespace

import pytest

from deeptricks.grading import Alternative, Assignment, Check, Mistake, Question, open_term
from deeptricks.grading.course import Course
from tests.grading.masters import TOY, copy_of_toy, doctored

CHECK = {"name": "a", "points": 1, "run": "return 1", "says": "It is one.", "expected": 1}


def question(**changes):
    return Question(**{"name": "q", "title": "Q", "checks": (Check(**CHECK),)} | changes)


def test_the_toy_is_read():
    toy = Assignment(TOY, 0)
    assert toy.name == "toy"
    assert [q.name for q in toy.questions] == ["recall", "standardize", "story"]
    assert [q.points for q in toy.questions] == [2, 4, 3]
    assert [q.manual for q in toy.questions] == [False, False, True]
    assert open_term(TOY, 0) == toy.term == SimpleNamespace(epsilon=0.1, axis=1)


def test_another_term_has_other_constants():
    terms = {str(Assignment(TOY, seed).term) for seed in range(8)}
    assert len(terms) > 2
    assert Assignment(TOY, 4).term == Assignment(TOY, 4).term


def test_checks_import_what_lies_beside_them_and_nothing_else_of_that_name(tmp_path):
    """Two copies of one assignment, read at the same time, each with a file of its own."""
    copies = []
    for number in (1, 2):
        copy_of_toy(tmp_path / str(number))
        folder = tmp_path / str(number) / "toy"
        (folder / "beside.py").write_text(f"TITLE = 'copy {number}'\n", "utf-8")
        text = (folder / "checks.py").read_text("utf-8")
        text = text.replace(
            "import numpy as np\n", "import numpy as np\n\nfrom . import beside\n", 1
        )
        text = text.replace('"Standardize"', "beside.TITLE")
        (folder / "checks.py").write_text(text, "utf-8")
        copies.append(Assignment(folder, 0))
    before = set(sys.modules)
    assert [a.question("standardize").title for a in copies] == ["copy 1", "copy 2"]
    assert not [name for name in set(sys.modules) - before if "toy" in name or "beside" in name]


def test_a_notebook_has_the_constants_and_no_term_cell():
    text = "\n".join(cell.source for cell in Assignment(TOY, 0).notebook().cells)
    assert "With ε = 0.1, along axis 1." in text
    assert "x.mean(1, keepdims=True)" in text
    assert "term" not in text


def test_answers_take_the_place_of_solutions_and_are_filled_in():
    notebook = Assignment(TOY, 0).notebook({"recall": "variance = term.epsilon"})
    (cell,) = [c for c in notebook.cells if c.id == "recall"]
    assert cell.source == "variance = 0.1"


def test_what_a_check_runs_is_filled_in(tmp_path):
    changed = doctored(tmp_path, checks=("return variance", "return variance, term.epsilon"))
    (check,) = changed.question("recall").checks
    assert check.run == "return variance, 0.1"


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (-2, "2 ** -2", "-2"), (-0.5, "2 ** -0.5", "-0.5"), (3, "2 ** 3", "3"),
        (True, "2 ** True", "True"), ("rows", "2 ** 'rows'", "rows"),
        ((1, 2), "2 ** (1, 2)", "(1, 2)"),
    ],
)  # fmt: skip
def test_a_constant_means_the_same_wherever_it_stands(value, code, text):
    assignment = Assignment(TOY, 0)
    assignment.__dict__["term"] = SimpleNamespace(a=value)
    assert assignment.filled_in("2 ** term.a", code=True) == code
    assert assignment.filled_in("{{ a }}", code=False) == text


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("[term.a, 1]", "[-2, 1]"),
        ("term.a**2", "(-2)**2"),
        ("term.a ** 2", "(-2) ** 2"),
        ("term.a.real", "(-2).real"),
        ("3 - term.a", "3 - -2"),
    ],
)
def test_a_negative_constant_has_brackets_where_it_needs_them(code, told):
    assignment = Assignment(TOY, 0)
    assignment.__dict__["term"] = SimpleNamespace(a=-2)
    assert assignment.filled_in(code, code=True) == told
    assert eval(told) == eval(code, {"term": assignment.term})


def test_words_that_only_look_like_the_term_stay():
    assignment = Assignment(TOY, 0)
    assert assignment.filled_in("long_term.axis", code=True) == "long_term.axis"
    assert assignment.filled_in(r"\frac{{1}}{2}", code=False) == r"\frac{{1}}{2}"


@pytest.mark.parametrize("seed", [-1, 1.0, True, "0", None])
def test_a_bad_seed(seed):
    with pytest.raises(ValueError, match="seed must be a whole number, 0 or more; got"):
        Assignment(TOY, seed)


def test_a_folder_that_is_no_assignment(tmp_path):
    with pytest.raises(ValueError, match=r"is no assignment: .*\.ipynb is missing"):
        Assignment(tmp_path)
    (copy_of_toy(tmp_path) / "checks.py").unlink()
    with pytest.raises(ValueError, match=r"checks\.py is missing"):
        Assignment(tmp_path / "toy")


def test_unknown_names():
    toy = Assignment(TOY)
    with pytest.raises(ValueError, match=r"no question 'x' in toy: .*standardize"):
        toy.question("x")
    with pytest.raises(ValueError, match="no cell with grade_id 'x'"):
        toy.solution("x")
    with pytest.raises(ValueError, match="draws no parameter 'x'"):
        toy.filled_in("term.x", code=True)


@pytest.mark.parametrize(
    "value", ["float('nan')", "float('inf')", "rng", "{'a': 1}", "[rng.integers(3)]"]
)
def test_constants_are_plain(value, tmp_path):
    changed = doctored(tmp_path, checks=("int(rng.integers(2))", value))
    with pytest.raises(ValueError, match=r"the parameter 'axis' is .*; allowed are"):
        changed.term  # noqa: B018


def test_two_questions_with_one_name(tmp_path):
    changed = doctored(tmp_path, checks=('name="story"', 'name="recall"'))
    with pytest.raises(ValueError, match="each question needs a name of its own"):
        changed.questions  # noqa: B018


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "name is ' ', a text is needed"),
        ({"says": None}, "says is None, a text is needed"),
        ({"points": 0}, "points is 0, a whole number, 1 or more, is needed"),
        ({"points": 1.5}, "points is 1.5"),
        ({"points": True}, "points is True"),
        ({"expected": None}, "give one of expected and judge"),
        ({"judge": lambda value: None}, "give one of expected and judge"),
        ({"tolerance": -1e-6}, "tolerance is -1e-06"),
        ({"tolerance": 2}, "tolerance is 2"),
        ({"inputs": {"x y": 1}}, "inputs has 'x y'"),
        ({"inputs": {"class": 1}}, "inputs has 'class'"),
        ({"run": "return (1"}, "run is no body of a function"),
    ],
)
def test_a_bad_check(changes, words):
    with pytest.raises(ValueError, match=f"^check .*{re.escape(words)}"):
        Check(**CHECK | changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "my question"}, "name may have letters, digits, _ and -"),
        ({"title": ""}, "title is ''"),
        ({"room": "scipy"}, "room is 'scipy', one of ('numpy', 'torch') is allowed"),
        ({"checks": ()}, "give either checks or a rubric"),
        ({"rubric": ((1, "one"),)}, "give either checks or a rubric"),
        ({"checks": [Check(**CHECK)]}, "checks is a list, a tuple is needed"),
        ({"checks": (Check(**CHECK), Check(**CHECK))}, "two checks have the same name"),
        ({"checks": (), "rubric": ((0, "one"),)}, "points is 0"),
        ({"checks": (), "rubric": ((1, ""),)}, "rubric is ''"),
    ],
)
def test_a_bad_question(changes, words):
    with pytest.raises(ValueError, match=f"^question .*{re.escape(words)}"):
        question(**changes)


def test_a_mistake_changes_each_text_once():
    mistake = Mistake("q", "both", ("a", "b"), ("1", "2"), "A hint.")
    assert mistake.changed("a + b") == "1 + 2"
    with pytest.raises(ValueError, match="'b' stands 2 times"):
        mistake.changed("a + b + b")


@pytest.mark.parametrize("changes", [{"hint": ""}, {"name": None}, {"old": ""}, {"question": ""}])
def test_a_bad_mistake(changes):
    with pytest.raises(ValueError, match="a text is needed"):
        Mistake(**{"question": "q", "name": "m", "old": "a", "new": "", "hint": "Look."} | changes)


def test_a_bad_alternative():
    with pytest.raises(ValueError, match="source is '', a text is needed"):
        Alternative("q", "a", "")


def test_a_course_remembers_its_seed(tmp_path):
    made = Course.create(tmp_path / "course", TOY.parent, 7)
    assert Course.open(tmp_path / "course") == made
    assert Course.create(tmp_path / "course", TOY.parent) == made
    assert Course.create(tmp_path / "new", TOY.parent).seed == 0
    assert made.assignment("toy").seed == 7
    assert "toy" in made.names()


def test_another_seed_needs_another_folder(tmp_path):
    Course.create(tmp_path / "course", TOY.parent, 7)
    with pytest.raises(ValueError, match=r"seed is 8, but the course in .* was made with 7"):
        Course.create(tmp_path / "course", TOY.parent, 8)
    assert Course.open(tmp_path / "course").seed == 7


@pytest.mark.parametrize(
    ("folder", "masters", "seed", "words"),
    [
        ("course", TOY.parent, -1, "seed must be a whole number, 0 or more; got -1"),
        ("course", TOY.parent, 1.5, "got 1.5"),
        ("course", TOY, 0, "has no folder with a checks.py"),
        ("course", "nowhere", 0, "has no folder with a checks.py"),
        ("course [1]", TOY.parent, 0, "nbgrader wants no"),
        ("file/course", TOY.parent, 0, "cannot be made"),
    ],
)
def test_a_bad_course(folder, masters, seed, words, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=re.escape(words)):
        Course.create(tmp_path / folder, masters, seed)
    assert not list(tmp_path.rglob("term.json"))


@pytest.mark.parametrize("note", ["", "{}", "[1]", json.dumps({"seed": "x", "masters": "m"})])
def test_a_broken_note(note, tmp_path):
    (tmp_path / "term.json").write_text(note)
    with pytest.raises(ValueError, match=r"term\.json is broken"):
        Course.open(tmp_path)


def test_a_folder_that_is_no_course(tmp_path):
    with pytest.raises(ValueError, match="is no course: run `release` first"):
        Course.open(tmp_path)


def test_assignments_are_chosen_by_name(tmp_path):
    course = Course.create(tmp_path, TOY.parent)
    assert course.chosen([]) == course.names()
    assert course.chosen(["toy", "toy"]) == ["toy"]
    with pytest.raises(ValueError, match=r"no assignment 'tooy' in .*: there are"):
        course.chosen(["tooy"])
