"""One slip is marked once: who computes the reference with a known mistake loses what it costs."""

import csv

import numpy as np
import pytest

from deeptricks.grading import Check, Mistake, Question
from deeptricks.grading.evening import diagnosis, variants
from deeptricks.grading.evening.diagnosis import Known, explain
from deeptricks.grading.evening.records import path_of, stored_json
from deeptricks.grading.results.gradebook import opened
from deeptricks.grading.sandbox.execute import Outcome, run
from tests.grading.classroom import answered, course_of, grade, hand_in, has_sandbox
from tests.grading.masters import doctored
from tests.grading.test_feedback import page_of, text_of

pytestmark = pytest.mark.filterwarnings("ignore:Object of type")
MORE = """ n is asked.",
        cost=1,
    ),
    Mistake(
        question="standardize",
        name="no root",
        old="np.sqrt(",
        new="(",
        hint="The root is missing.",
        cost=2,
    ),
    Mistake(
        question="standardize",
        name="variance written anew",
        old="x.var(term.axis, keepdims=True)",
        new="x.std(term.axis, keepdims=True)",
        hint="That is the deviation.",
        cost=1,
    ),
    Mistake(
        question="standardize",
        name="uphill",
        old="x.mean(",
        new="-x.mean(",
        hint="The sign of the mean.",
    ),
]
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("follow")
    doctored(folder, mistakes=(' n is asked.",\n    ),\n]\n', MORE))
    return course_of(folder / "term", folder)


@pytest.fixture(scope="module")
def graded(course, tmp_path_factory):
    """Anna made one slip, Bob two, Cleo another one than Anna beside hers, Dan none that cost."""
    answer = answered(course).cells
    (right,) = [c.source for c in answer if "def standardize" in c.source]
    one = right.replace(".var(1, ", ".var(1, ddof=1, ")
    kinds = {
        "anna": one,
        "bob": one.replace("np.sqrt(", "("),
        "cleo": one.replace("return ", "x += 1e-3\n    return "),
        "dan": right.replace("x.mean(", "-x.mean("),
        "eve": one,
    }
    folder = tmp_path_factory.mktemp("in")
    for student, source in kinds.items():
        assert source != right
        hand_in(folder, student, answered(course, standardize=source))
    assert grade(course, folder) == 0
    with opened(course) as book:
        book.find_grade("standardize_tests", "toy", "toy", "eve").manual_score = 0.5
        book.db.commit()
    assert grade(course, folder, "--again") == 0
    return course


def entry(course, student):
    return stored_json(path_of(course, student, "toy"))["questions"]["standardize"]


@pytest.mark.parametrize(
    ("student", "points", "cost", "mistakes"),
    [
        ("anna", 3, 1, ["unbiased variance"]),
        ("bob", 1, 3, ["unbiased variance", "no root"]),
        ("cleo", 0, None, []),
        ("dan", 1, 3, ["uphill"]),
    ],
)
def test_a_slip_costs_what_it_states_and_two_cost_both(graded, student, points, cost, mistakes):
    found = entry(graded, student)
    assert (found["points"], found["cost"], found["mistakes"]) == (points, cost, mistakes)
    with opened(graded) as book:
        assert book.find_grade("standardize_tests", "toy", "toy", student).score == points
    with open(graded.folder / "grades.csv") as file:
        row = next(r for r in csv.DictReader(file) if r["student"] == student)
    assert float(row["toy: standardize"]) == points


def test_the_page_says_what_a_slip_costs(graded):
    anna, bob, cleo = (text_of(page_of(graded, name)) for name in ("anna", "bob", "cleo"))
    assert "Standardize: 3 of 4 points" in anna
    assert "This one slip costs 1 of 4: These are the values with the unbiased variance" in anna
    assert "(0 of 3)" not in anna
    assert "These two slips cost together 3 of 4: These are" in bob
    assert "The root is missing." in bob
    assert "slip" not in cleo
    assert "(0 of 3)" in cleo


def test_the_score_of_a_person_wins(graded):
    with opened(graded) as book:
        found = book.find_grade("standardize_tests", "toy", "toy", "eve")
        assert (found.auto_score, found.score) == (3, 0.5)


def test_only_mistakes_that_leave_each_other_alone_make_a_pair(course):
    assignment = course.assignment("toy")
    found = variants.variants(assignment, assignment.question("standardize"))
    # The first and the third both change the variance; the fourth states no cost.
    assert list(found) == [(0,), (1,), (2,), (3,), (0, 1), (1, 2)]


def test_there_are_never_more_pairs_than_allowed(course, monkeypatch):
    monkeypatch.setattr(variants, "PAIRS", 1)
    assignment = course.assignment("toy")
    found = variants.variants(assignment, assignment.question("standardize"))
    assert [places for places in found if len(places) == 2] == [(0, 1)]


def test_the_mistakes_are_run_once_a_term(graded, tmp_path, monkeypatch):
    hand_in(tmp_path, "fred", answered(graded))
    monkeypatch.setattr(diagnosis, "computed", lambda *_: pytest.fail("computed again"))
    assert grade(graded, tmp_path) == 0


# What is an answer "check for check"? On a question with three checks and one known mistake.

CHECKS = tuple(
    Check(name, 2, "return 0", "It is so.", expected=np.zeros(3)) for name in ("a", "b", "c")
)


class One:
    """An assignment with one question and a mistake that costs 1 of 6."""

    def __init__(self, cost=1):
        self.mistakes = [Mistake("q", "slip", "x", "y", "Mind it.", cost)]

    def question(self, name):
        return Question("q", "Q", CHECKS)


WRONG = np.array([1.0, 2.0, 3.0])
KNOWN = {"a": {"value": WRONG, "why": "differs"}, "b": {"error": "TypeError"}, "c": {}}


def explained(values, errors, known=KNOWN, cost=1):
    reasons = {name: "wrong" for name in values} | errors
    checks = [{"name": c.name, "reason": reasons.get(c.name)} for c in CHECKS]
    points = 2 * sum(check["reason"] is None for check in checks)
    outcome = Outcome(
        values={("q", name): value for name, value in values.items()},
        errors={("q", name): error for name, error in errors.items()},
    )
    start = {"points": points, "most": 6, "checks": checks, "hint": None, "cost": None}
    return explain(One(cost), "q", start, outcome, [Known((0,), known)])


@pytest.mark.parametrize(
    ("values", "errors", "points", "hinted"),
    [
        ({"a": WRONG}, {"b": "TypeError: no"}, 5, True),
        ({"a": WRONG * (1 + 1e-9)}, {"b": "TypeError: another text"}, 5, True),
        ({"a": WRONG + 0.1}, {"b": "TypeError: no"}, 2, False),
        ({"a": WRONG}, {"b": "ValueError: no"}, 2, True),
        ({"a": WRONG}, {"b": "it took longer than 5 seconds"}, 2, True),
        ({"a": WRONG, "b": WRONG}, {}, 2, False),
        ({"a": WRONG}, {}, 4, True),
        ({"a": WRONG}, {"b": "TypeError: no", "c": "TypeError: no"}, 0, True),
        ({"a": WRONG, "c": WRONG}, {"b": "TypeError: no"}, 0, False),
        ({}, {"a": "TypeError: no", "b": "TypeError: no"}, 2, False),
        ({}, {}, 6, False),
    ],
)
def test_every_check_must_end_as_with_the_mistake(values, errors, points, hinted):
    found = explained(values, errors)
    assert found["points"] == points
    assert (found["hint"] == "Mind it.") == hinted


def test_errors_alone_are_no_evidence():
    only = {"a": {"error": "TypeError"}, "b": {"error": "TypeError"}, "c": {}}
    found = explained({}, {"a": "TypeError: no", "b": "TypeError: no"}, only)
    assert (found["points"], found["hint"]) == (2, None)


@pytest.mark.parametrize(("cost", "points"), [(None, 2), (6, 2), (3, 3)])
def test_a_slip_never_costs_more_than_its_checks(cost, points):
    assert explained({"a": WRONG}, {"b": "TypeError: no"}, cost=cost)["points"] == points


def test_values_are_those_of_the_changed_master(course):
    """Many variants in one start give what each gives in a notebook of its own."""
    assignment = course.assignment("toy")

    def runs(part, notebook, limits=None):
        return run(part, notebook, limits=limits, sandboxed=has_sandbox())

    known = diagnosis.read(list(variants.computed(assignment, runs)))
    for one in known:
        source = assignment.solution("standardize")
        for place in one.places:
            source = assignment.mistakes[place].changed(source)
        outcome = runs(assignment.only("standardize"), assignment.notebook({"standardize": source}))
        got = outcome.values["standardize", "square"]
        np.testing.assert_array_equal(got, one.checks["square"]["value"])
