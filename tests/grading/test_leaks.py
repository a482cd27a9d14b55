"""A student's version that tells too much: each kind of leak is planted and must be named."""

import nbformat
import pytest

from deeptricks.grading.audit import blank
from deeptricks.grading.handout.leaks import leaks
from tests.grading.masters import doctored

LONG_NAME = 'name="square"', 'name="a batch of ordinary size"'
LONG_RUN = (
    'run="standardize(x)\\nreturn x"',
    'run="before = x.copy()\\nstandardize(x)\\nreturn before, x"',
)


def add(name, text):
    return lambda cells: cells[name].update(source=f"{cells[name].source}\n{text}")


def metadata(name, **extra):
    return lambda cells: cells[name].metadata.update(extra)


def output(cells):
    cells["recall"].outputs = [nbformat.v4.new_output("stream", name="stdout", text="1")]


PLANTED = {
    "line of a solution": (
        add("standardize", "    mean = x.mean(1, keepdims=True)"),
        "cell standardize, line 5: 'mean = x.mean(1, keepdims=True)' is of the solution",
    ),
    "in another cell": (add("title", "The long direction is slow."), "is of the solution of story"),
    "mark": (add("recall", "### BEGIN SOLUTION"), "cell recall, line 3"),
    "misspelled mark": (add("title", "# BEGIN HIDDEN TEST"), "looks like a mark"),
    "sentence of a check": (
        add("standardize_tests", "# the function must  leave its argument as it was."),
        "the sentence of check 'untouched'",
    ),
    "name of a check": (add("recall_text", "On a batch of ordinary size."), "the name of check"),
    "driver": (
        add("imports", "before = x.copy()\nstandardize(x)\nreturn before, x"),
        "the driver of check 'untouched'",
    ),
    "hint": (
        add("title", "These are the values with the unbiased variance (n − 1); n is asked."),
        "the hint of mistake 'unbiased variance'",
    ),
    "rubric": (add("story", "names the direction that is slow"), "the rubric of 'story'"),
    "output": (output, "cell recall: it has outputs"),
    "count": (lambda c: c["recall"].update(execution_count=3), "it has outputs"),
    "attachment": (lambda c: c["story"].update(attachments={"a.png": {}}), "an attachment"),
    "metadata": (metadata("recall", solution="variance = 1"), "its metadata has ['solution']"),
    "tag": (metadata("recall", tags=["hidden"]), "the tags ['hidden']"),
    "nbgrader's metadata": (
        lambda c: c["recall"].metadata.nbgrader.update(answer=1),
        "its nbgrader metadata has ['answer']",
    ),
    "term": (add("imports", "print(term)"), "`term` is left over"),
    "term cell": (
        add("imports", "from deeptricks.grading import open_term"),
        "import of deeptricks",
    ),
    "placeholder": (add("title", "{{axis}}"), "the placeholder {{axis}} is left over"),
    "no code": (add("recall_tests", "assert ("), "it does not compile"),
    "foreign package": (add("story_experiment", "import nbgrader"), "import of nbgrader"),
    "missing cell": (lambda c: c.pop("recall_text"), "not those of the master in their order"),
    "code before imports": (add("imports", "x = 1"), "the first code must be the imports"),
}


def version(folder, change):
    assignment = doctored(folder, checks=LONG_NAME)
    text = (assignment.folder / "checks.py").read_text("utf-8")
    assert LONG_RUN[0] in text
    (assignment.folder / "checks.py").write_text(text.replace(*LONG_RUN), "utf-8")
    student = blank(assignment)
    cells = {cell.id: cell for cell in student.cells}
    change(cells)
    student.cells = list(cells.values())
    return assignment, student


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_leak_is_named(kind, tmp_path):
    change, words = PLANTED[kind]
    found = leaks(*version(tmp_path, change))
    assert any(words in leak for leak in found), found


def test_the_blank_toy_tells_nothing(tmp_path):
    assert leaks(*version(tmp_path, lambda cells: None)) == []


def test_a_line_that_is_given_anyway_is_no_leak(tmp_path):
    given = add("imports", "import statistics")
    solved = "### BEGIN SOLUTION\nimport statistics"

    def change(cells):
        given(cells)
        cells["recall"].source = cells["recall"].source.replace("### BEGIN SOLUTION", solved)

    assignment = doctored(tmp_path, change)
    assert leaks(assignment, blank(assignment)) == []


def test_the_master_itself_tells_every_solution(tmp_path):
    assignment = doctored(tmp_path)
    found = " ".join(leaks(assignment, assignment.notebook()))
    for question in ("recall", "standardize", "story"):
        assert f"is of the solution of {question}" in found


def test_an_expected_number_is_found_as_far_as_it_is_written(tmp_path):
    checks = ("expected=1.0,", "expected=[0.0, -2.718281828],")
    assignment = doctored(tmp_path, checks=checks)
    student = blank(assignment)
    student.cells[0].source += "\nNearly 2.71828, not 2.71828e5 and not 2.71838."
    assert leaks(assignment, student) == [
        "toy: cell title: the number 2.71828 is an expected value of a check"
    ]


def test_notebook_metadata_and_format_are_looked_at(tmp_path):
    assignment, student = version(tmp_path, lambda cells: None)
    student.metadata["author"], student.nbformat_minor = "me", 4
    found = leaks(assignment, student)
    assert found == [
        "toy: its format is 4.4, not 4.5",
        "toy: the notebook's metadata has ['author']",
    ]


def test_misspelled_marks_leak_in_nbgrader_and_are_caught_here(tmp_path):
    """What nbgrader lets through in silence: the second region's mark is misspelled."""

    def change(cells):
        cells[
            "standardize"
        ].source += (
            "\n\n\n### BEGIN SOLUTON\ndef helper(x):\n    return x - x.mean()\n### END SOLUTION"
        )

    assignment = doctored(tmp_path, change)
    found = leaks(assignment, blank(assignment))
    assert any("'return x - x.mean()' is of the solution of standardize" in f for f in found), found
