"""Answers that are alike: what is seen through a disguise, and what must not be listed."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from deeptricks.grading import Assignment
from deeptricks.grading.__main__ import main
from deeptricks.grading.alike import copies, known, measure, pairs
from deeptricks.grading.alike.pairs import Piece
from deeptricks.grading.alike.prints import WINDOW, K, prints
from deeptricks.grading.alike.tokens import tokens
from tests.grading.classroom import answered, course_of

ASSIGNMENTS = Path(__file__).parents[2] / "assignments"
OWN = '''def spread(values, axis):
    """How far they are apart."""
    total, count = 0.0, 0
    for one in values:  # one after the other
        total = total + one * one
        count += 1
    lowest = np.min(values, axis=axis)
    highest = np.max(values, axis=axis)
    return np.sqrt(total / count) + 0.25 * (highest - lowest)
'''
OTHER = """def spread(values, axis):
    table = np.moveaxis(np.asarray(values), axis, 0)
    ends = np.ptp(table, axis=0)
    return np.linalg.norm(table, axis=0) / len(table) ** 0.5 + ends / 4
"""


def texts(source):
    return [token.text for token in tokens(source)]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda s: s.replace("total", "t").replace("lowest", "a"), True),
        (lambda s: s.replace("# one after the other", "# mine"), True),
        (lambda s: s.replace('"""How far they are apart."""', '"""Mine."""'), True),
        (lambda s: s.replace("    ", "  "), True),
        (lambda s: s.replace("(values, axis)", "(values: list, axis: int = 0) -> float"), False),
        (lambda s: s.replace("(values, axis)", "(values: list, axis: int) -> float"), True),
        (lambda s: s.replace("0.25", "0.26"), False),
        (lambda s: s.replace("np.min", "np.max"), False),
        (lambda s: s.replace("+ one", "- one"), False),
        (lambda s: s.replace("axis=axis", "keepdims=axis"), False),
    ],
)
def test_names_comments_and_layout_have_no_say(change, same):
    changed = change(OWN)
    assert changed != OWN
    assert (set(prints(changed)) == set(prints(OWN))) is same


def test_attributes_of_ones_own_are_names_too():
    code = "class A:\n def f(self, x):\n  self.{0} = x.{1}() * 2\n  return self.{0} + np.sum(x)\n"
    one, two, three = (
        set(prints(code.format(*n))) for n in (("m", "abs"), ("v", "abs"), ("m", "exp"))
    )
    assert one == two != three


def test_a_keyword_and_an_attribute_of_others_are_no_names_of_ones_own():
    """Though a variable may be called as they are."""
    code = (
        "def f(a):\n    {0} = a.mean()\n    return np.sum(a - {0}, axis=1, where=a.mean() > {0})\n"
    )
    assert set(prints(code.format("mean"))) == set(prints(code.format("axis")))


def test_what_stands_before_changes_no_print():
    before = "a = 1\nb = a + 2\nc = b * a\n"
    assert len(set(prints(OWN)) & set(prints(before + OWN))) >= 0.8 * len(prints(OWN))


def test_texts_that_share_enough_in_a_row_share_a_print():
    """What winnowing promises."""
    row = tokens(OWN)[: K + WINDOW - 1]
    shared = "\n".join(OWN.split("\n")[: row[-1].line + 1])
    assert len(tokens(shared)) >= K + WINDOW - 1
    for rest in ("x = 7\n" * 9, "print(np.e)\n" * 5, "while True:\n    y = [1, 2]\n"):
        assert set(prints(shared)) & set(prints(f"{rest}{shared}\n{rest}"))


@pytest.mark.parametrize(
    "source",
    ["def f(:", "x = '\ud800'", "-" * 9000 + "1", "(" * 900, "x." + "a." * 4000 + "b", "\0", ""],
    ids=["syntax", "surrogate", "minus", "parentheses", "dots", "zero", "empty"],
)
def test_whatever_a_student_wrote_is_read_or_refused(source):
    assert isinstance(known.readable(source), dict)


def test_lines_for_ipython_are_read():
    assert set(prints(OWN)) <= set(prints(f"%matplotlib inline\n!ls\n{OWN}"))


def piece(student, source, own=""):
    return Piece(student, source, prints(source), prints(own))


def listed(*found, taken=()):
    return {(p.one.student, p.other.student) for p in pairs.pairs(list(found), taken)}


def test_a_disguised_copy_is_listed_and_another_answer_is_not():
    copy = copies.renamed(OWN)
    assert listed(piece("a", OWN), piece("b", copy), piece("c", OTHER)) == {("a", "b")}


def test_a_copy_in_another_cell_is_listed():
    answer, elsewhere = copies.moved(OWN)
    assert listed(piece("a", OWN), piece("b", answer, elsewhere)) == {("a", "b")}


def test_what_is_known_or_common_is_not_listed():
    assert listed(piece("a", OWN), piece("b", OWN), taken=prints(OWN)) == set()
    many = [piece(f"s{i}", OWN) for i in range(pairs.AT_LEAST + 1)]
    assert listed(*many) == set()
    assert len(listed(*many[: pairs.AT_LEAST])) == pairs.AT_LEAST * (pairs.AT_LEAST - 1) / 2


def test_of_little_nothing_is_said():
    short = "x = 2\ny = np.sqrt(x) + 1\nprint(y * x)\n"
    assert listed(piece("a", short), piece("b", short)) == set()


@pytest.mark.parametrize("name", ["inputs", "optimization"])
def test_false_alarms_are_what_the_page_says(name):
    """Of independent right answers none is listed; what is known makes no pair; copies do."""
    rows = {row["pairs"]: row for row in measure.rows([Assignment(ASSIGNMENTS / name, 0)])}
    assert rows[measure.INDEPENDENT]["number"] >= 10
    assert rows[measure.INDEPENDENT]["listed"] == 0
    assert rows[measure.SLIPS_KNOWN]["listed"] == 0
    assert rows[measure.SLIPS]["listed"] > 0, "and without that they would be"
    renamed = rows["copy: names, comments, layout"]
    assert renamed["listed"] == renamed["number"]


def test_the_disguises_keep_what_the_code_does():
    for disguise in (copies.renamed, copies.reordered):
        changed = disguise(OWN)
        results = []
        for source in (OWN, changed):
            names = {"np": __import__("numpy")}
            exec(source, names)
            results.append(names["spread"]([1.0, 4.0, 2.0], 0))
        assert changed != OWN
        assert results[0] == results[1]


def test_the_page_shows_both_answers_and_runs_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(known, "LONG", 10)
    course = course_of(tmp_path)
    evil = OWN.replace("# one after the other", "# <script>alert(1)</script>")
    for student, source, own in (
        ("ada", evil, ""),
        ("bob", "spread = mine", OWN),
        ("cleo", OTHER, ""),
    ):
        notebook = answered(course, standardize=source.replace("spread", "standardize"))
        notebook.cells += [new_code_cell(own)] if own else []
        for cell in notebook.cells:
            cell.metadata = {k: v for k, v in cell.metadata.items() if k == "nbgrader"}
        path = course.folder / f"autograded/{student}/toy/toy.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    assert main(["alike", "--course", str(course.folder)]) == 0
    html = (course.folder / "results/toy-alike.html").read_text("utf-8")
    assert "ada and bob" in html
    assert "cleo and" not in html
    assert "and cleo" not in html
    assert "stands in cells of their own" in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<script" not in html
    assert "<mark>    for one in values:" in html
    assert "no evidence" in html
