"""The audit: what grades as it should passes, and each way in which it does not is named."""

import json

import pytest

from deeptricks.grading import Assignment, Mistake, fairness
from deeptricks.grading.__main__ import main
from deeptricks.grading.audit import caught, faults, results
from deeptricks.grading.cases import ALTERNATIVE, BLANK, MISTAKE, REFERENCE, cases
from tests.grading.masters import doctored, put

SECOND = """    Mistake(
        question={question!r}, name="second", old={old!r}, new={new!r}, hint="Look again at it.",
    ),
]"""


def with_mistake(folder, old, new, question="standardize"):
    """The toy with one more mistake."""
    more = SECOND.format(question=question, old=old, new=new)
    return doctored(folder, mistakes=("\n]", "\n" + more))


def test_the_toy_grades_as_it_should(tmp_path, sandboxed):
    steps = []
    found = results(doctored(tmp_path), 2, lambda: steps.append(1), sandboxed=sandboxed)
    assert [(r.kind, r.earned, r.possible, r.fault) for r in found] == [
        (BLANK, 0, 6, None),
        (REFERENCE, 6, 6, None),
        (MISTAKE, 1, 4, None),
        (ALTERNATIVE, 4, 4, None),
    ]
    assert len(steps) == 4
    assert caught(found) == (1, 1)


@pytest.mark.parametrize(
    ("old", "new", "question", "words"),
    [
        (
            "term.epsilon)",
            "term.epsilon)  # a comment",
            "standardize",
            "same code as the reference",
        ),
        ("x, standardized", "x, not changed", "standardize", "is the same code as the reference"),
        (
            ".var(term.axis, ",
            ".var(term.axis,  ddof=1, ",
            "standardize",
            "the mistake 'unbiased var",
        ),
        ("no such text", "x", "standardize", "stands 0 times"),
        ("mean", "median", "standardize", "stands 3 times"),
        ("return (", "return ((", "standardize", "was never closed"),
        ("long", "short", "story", "story is graded by a person"),
        ("x", "y", "unknown", "no question 'unknown'"),
    ],
)
def test_a_mistake_must_change_the_code(old, new, question, words, tmp_path):
    wrong = [case.wrong for case in cases(with_mistake(tmp_path, old, new, question)) if case.wrong]
    assert len(wrong) == 1
    assert words in wrong[0]
    assert "mistake 'second'" in wrong[0]


def test_a_mistake_that_costs_nothing_is_named(tmp_path, capsys):
    assignment = with_mistake(tmp_path, "np.sqrt(x", "np.sqrt(0 + x")
    report = tmp_path / "audit.json"
    words = ["audit", str(assignment.folder), "--unsafe-without-sandbox", "--json", str(report)]
    assert main(words) == 1
    told = capsys.readouterr().out
    assert "the mistake 'second' costs nothing on standardize" in told
    assert "mistakes that cost points: 1 of 2 (50%, fewer than 95%)" in told
    assert "standardize  numpy       4       2  1/2" in told
    (stored,) = json.loads(report.read_text("utf-8"))
    assert (stored["caught"], stored["mistakes"], stored["seed"]) == (1, 2, 0)
    assert len(stored["results"]) == 5
    assert stored["faults"] == ["the mistake 'second' costs nothing on standardize"]


def test_all_as_it_should_be_is_status_0(tmp_path, capsys):
    assignment = doctored(tmp_path)
    assert main(["audit", str(assignment.folder), "--unsafe-without-sandbox", "--seed", "3"]) == 0
    assert "all as it should be" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "texts", "words"),
    [
        (put("imports", "import numpy as np", "import numpy as np\nvariance = 1.0"), {},
         "the untouched notebook earns 2 of 6"),
        (put("recall", "variance = 1", "variance = 2"), {}, "the reference earns 4 of 6"),
        (None, {"alternatives": ("r.mean()", "r.max()")}, "'with a loop' earns 1 of 4"),
        (put("recall", "### BEGIN", "## BEGIN"), {}, "looks like a mark and is none"),
    ],
)  # fmt: skip
def test_each_fault_is_named(change, texts, words, tmp_path):
    assert any(words in f for f in faults(doctored(tmp_path, change, **texts), sandboxed=False))


def test_a_mistake_is_graded_on_its_own_question_only(tmp_path):
    assignment = doctored(tmp_path)
    part = assignment.only("standardize")
    assert [question.name for question in part.questions] == ["standardize"]
    assert len(assignment.questions) == 3


def test_a_mistake_needs_as_many_new_texts_as_old():
    with pytest.raises(ValueError, match="2 texts in old, 1 in new"):
        Mistake("q", "m", ("a", "b"), ("c",), "A hint.")


@pytest.mark.parametrize(
    ("cost", "wrong", "row"),
    [
        (1, None, "4             1                 3  1"),
        (3, None, "4             1                 1  3"),
        (4, "states a cost of 4, and its checks take away 3 of 4", None),
        (5, "states a cost of 5, and its checks take away 3 of 4", None),
    ],
)
def test_a_mistake_costs_what_it_states_and_never_more_than_its_checks(
    cost, wrong, row, tmp_path, capsys
):
    assignment = doctored(tmp_path, mistakes=('n is asked.",\n', f'n is asked.", cost={cost}\n'))
    words = ["audit", str(assignment.folder), "--unsafe-without-sandbox"]
    assert main(words) == (1 if wrong else 0)
    told = capsys.readouterr().out
    assert "checks alone  followed through  cost" in told
    assert (wrong or "all as it should be") in told
    assert row is None or row in told
    assert "mistakes whose own hint is given: 1 of 1" in told
    assert "mistakes that the visible tests catch: 0 of 1" in told


def test_a_visible_test_that_refuses_a_right_answer_is_a_fault(tmp_path, capsys):
    change = put("standardize_tests", "assert", "assert False, 'never'\nassert")
    words = ["audit", str(doctored(tmp_path, change).folder), "--unsafe-without-sandbox"]
    assert main(words) == 1
    told = capsys.readouterr().out
    assert "a visible test of standardize refuses the reference" in told
    assert "a visible test of standardize refuses the alternative" in told
    assert "of recall" not in told


def test_too_few_hints_and_visible_tests_are_faults():
    assert fairness.faults(mistakes=20, hinted=15, seen=10) == []
    assert fairness.faults(9, 0, 0) == []  # of so few a share says nothing
    assert "14 of 20 mistakes are given their own hint" in fairness.faults(20, 14, 10)[0]
    assert "the visible tests catch 9 of 20" in fairness.faults(20, 15, 9)[0]


def test_a_mistake_of_some_terms_only(tmp_path):
    assignment = doctored(
        tmp_path,
        mistakes=('n is asked.",\n', 'n is asked.", when=lambda term: term.axis == 0\n'),
    )
    assert assignment.term.axis == 1
    assert assignment.mistakes == []
    assert [len(Assignment(assignment.folder, seed).mistakes) for seed in range(1, 6)].count(1) > 0


def test_last_terms_solutions_keep_what_does_not_depend_on_the_term(tmp_path, capsys):
    folder = doctored(tmp_path).folder
    drawn = {seed: Assignment(folder, seed).term for seed in range(20)}
    same = next(s for s in range(1, 20) if drawn[s] == drawn[0])
    turned = next(s for s in range(1, 20) if drawn[s].axis != drawn[0].axis)
    words = ["audit", str(folder), "--unsafe-without-sandbox", "--last-term", "0", "--seed"]
    assert main([*words, str(same), str(turned)]) == 0
    of_each, of_all = capsys.readouterr().out.split("\n\n")
    assert f"{same}  6 of 6  recall 2/2, standardize 4/4" in of_each
    # Along the other axis only the argument is still left alone.
    assert f"{turned}  3 of 6  recall 2/2, standardize 1/4" in of_each
    assert [line.split() for line in of_all.splitlines()[2:]] == [
        [str(turned), "3", "of", "6"], [str(same), "6", "of", "6"],
    ], "the seed that keeps fewest points comes first"  # fmt: skip
    assert main([*words, str(same)]) == 0
    assert "all assignments" not in capsys.readouterr().out, "one seed needs no choice"
