"""A master in which something is wrong is not released: each kind of fault is planted and named."""

import nbformat
import pytest

from deeptricks.grading.handout.lint import faults
from tests.grading.masters import doctored, put

GRADED = {
    "grade": True, "grade_id": "extra", "locked": True, "points": 1, "schema_version": 3,
    "solution": False, "task": False, "cell_type": "code",
}  # fmt: skip


def drop(name):
    return lambda cells: cells.update({name: None})


def mark(name, **grading):
    return lambda cells: cells[name].metadata.nbgrader.update(grading)


def attach(cells):
    cells["title"].attachments = {"solution.png": {"image/png": "AAAA"}}


def output(cells):
    stream = nbformat.v4.new_output("stream", name="stdout", text="1")
    cells["imports"].outputs = [stream]


def extra(cells):
    cells["extra"] = nbformat.v4.new_code_cell(
        "assert 1", id="extra", metadata={"nbgrader": GRADED}
    )


def second_term(cells):
    tags = {"tags": ["term"]}
    cells["again"] = nbformat.v4.new_code_cell("term = 1", id="again", metadata=tags)


def unlocked(cells):
    cells["extra"] = nbformat.v4.new_markdown_cell("Read on.", id="extra")


def swap(cells):
    tests = cells.pop("standardize_tests")
    order = list(cells)
    place = order.index("standardize")
    reordered = {name: cells[name] for name in order[:place]} | {"standardize_tests": tests}
    reordered |= {name: cells[name] for name in order[place:]}
    cells.clear()
    cells.update(reordered)


def late_term(cells):
    cells["term"] = cells.pop("term")


BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
PLANTED = {
    "misspelled begin": (put("standardize", BEGIN, "### BEGIN SOLUTON"), "cell standardize: line 3"),
    "one hash": (
        put("recall", BEGIN, "# BEGIN SOLUTION"),
        "cell recall: line 1: '# BEGIN SOLUTION'",
    ),
    "no space": (put("recall", BEGIN, "###BEGIN SOLUTION"), "looks like a mark and is none"),
    "small letters": (put("recall", BEGIN, "### Begin Solution"), "letter for letter"),
    "misspelled end": (put("standardize", END, "### END SOLUTIONS"), "cell standardize: line 6"),
    "hidden tests": (
        put("recall_tests", "assert", "### BEGIN HIDDEN TESTS\nassert"),
        "hidden tests stand in checks.py",
    ),
    "hidden test": (
        put("recall_tests", "assert", "### BEGIN HIDDEN TEST\nassert"),
        "hidden tests stand in checks.py",
    ),
    "autotest": (put("recall_tests", "assert", "### AUTOTEST variance\nassert"), "line 1"),
    "never ends": (put("standardize", END, "pass"), "without '### END SOLUTION' after it"),
    "never begins": (put("recall", BEGIN, "pass"), "without '### BEGIN SOLUTION' before it"),
    "nested": (
        put("recall", BEGIN, f"{BEGIN}\n{BEGIN}"),
        "inside the region that begins in line 1",
    ),
    "in given text": (
        put("title", "With", f"{BEGIN}\nWith\n{END}"),
        "a solution in a cell in which nothing is answered",
    ),
    "in tests": (
        put("recall_tests", "assert", f"{BEGIN}\nvariance = 1\n{END}\nassert"),
        "a solution in a cell in which nothing is answered",
    ),
    "in a manual answer": (put("story", BEGIN, "### BEGIN SOLUTOIN"), "cell story: line 1"),
    "other words in a manual answer": (
        put("story", BEGIN, f"### START\n{BEGIN}"),
        "cell story: line 1",
    ),
    "no region": (
        put("recall", f"{BEGIN}\nvariance = 1\n{END}", "variance = 1"),
        "nbgrader would replace the whole cell",
    ),
    "empty region": (put("recall", "variance = 1\n", ""), "the solution is empty"),
    "attachment": (attach, "it has an attachment"),
    "output": (output, "it has outputs"),
    "unlocked text": (mark("title", locked=False), "a text or given code must be locked"),
    "cell without metadata": (unlocked, "no nbgrader metadata"),
    "locked answer": (mark("recall", locked=True), "nobody could answer"),
    "task": (mark("title", task=True), "it is a task"),
    "old schema": (mark("title", schema_version=2), "schema_version is 2"),
    "other type": (mark("title", cell_type="code"), "its nbgrader metadata says code"),
    "stray tag": (lambda c: c["title"].metadata.update(tags=["todo"]), "it has the tags ['todo']"),
    "other id": (mark("title", grade_id="head"), "make them equal"),
    "same id": (mark("title", grade_id="imports"), "2 cells have the grade_id 'imports'"),
    "answered experiment": (
        lambda c: c["recall"].metadata.update(tags=["experiment"]),
        "neither graded nor answered",
    ),
    "no term cell": (drop("term"), "0 cells are tagged `term`"),
    "two term cells": (second_term, "2 cells are tagged `term`"),
    "late term cell": (late_term, "comes after code that needs it"),
    "no answer": (drop("recall"), "question 'recall' has no cell 'recall'"),
    "no tests": (drop("recall_tests"), "question 'recall' has no cell 'recall_tests'"),
    "tests first": (swap, "comes before its answer"),
    "unknown question": (extra, "checks.py has no question for it"),
    "other points": (mark("recall_tests", points=3), "is worth 3 points, checks.py says 2"),
    "other manual points": (mark("story", points=2), "is worth 2 points, checks.py says 3"),
    "points on the answer": (
        mark("recall", grade=True, points=2),
        "the points belong to recall_tests",
    ),
    "unlocked tests": (mark("recall_tests", locked=False), "visible tests are locked code"),
    "tests without assert": (put("recall_tests", "assert", "print"), "with assert in it"),
    "unknown parameter": (put("title", "{{axis}}", "{{axes}}"), "draws no parameter 'axes'"),
    "unknown in code": (put("standardize", "term.axis", "term.axes"), "draws no parameter 'axes'"),
    "term in text": (put("title", "{{axis}}", "term.axis"), "'term.axis' stays as it is"),
    "braces in code": (
        put("imports", "import numpy", "# {{axis}}\nimport numpy"),
        "'{{axis}}' stays",
    ),
    "left over": (put("title", "{{axis}}", "{{axis.here}}"), "'{{axis.here}}' is left over"),
    "the whole term": (put("recall_tests", "assert", "print(term)\nassert"), "`term` is left over"),
    "no code": (put("recall_tests", "assert", "assert assert"), "with this term's constants"),
    "import in a graded cell": (
        put("imports", "numpy as np", "torch"),
        "the sandbox does not have",
    ),
    "import in an experiment": (
        put("story_experiment", "sklearn", "deeptricks"),
        "requirements.txt does not give",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_fault_is_named(kind, tmp_path):
    change, words = PLANTED[kind]
    found = faults(doctored(tmp_path, change))
    assert any(words in fault for fault in found), found
    assert all(fault.startswith("toy: ") for fault in found)


def test_the_toy_is_clean(tmp_path):
    assert faults(doctored(tmp_path)) == []


def test_braces_of_a_formula_are_no_placeholder(tmp_path):
    change = put("title", "With", r"$\frac{1}{\sqrt{x^{2}}} + x_{{\rm a}}$ with")
    assert faults(doctored(tmp_path, change)) == []


def test_an_expected_value_must_survive_the_wire(tmp_path):
    checks = ("expected=1.0,", "expected={1.0},")
    assert any("not equal to itself" in f for f in faults(doctored(tmp_path, checks=checks)))


def test_a_constant_of_numpy_is_refused(tmp_path):
    checks = ("int(rng.integers(2))", "rng.integers(2)")
    with pytest.raises(ValueError, match=r"parameter 'axis' is np.int64\(1\)"):
        faults(doctored(tmp_path, checks=checks))
