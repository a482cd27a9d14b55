"""What must hold for each assignment of the book; a small file for each part takes it from here."""

import ast
import warnings
from copy import copy
from pathlib import Path
from typing import ClassVar

import nbformat
import pytest
from nbclient import NotebookClient

from deeptricks.grading import Assignment, fairness
from deeptricks.grading.assignment import grade_id
from deeptricks.grading.audit import score
from deeptricks.grading.cases import ALTERNATIVE, MISTAKE, Result, cases
from deeptricks.grading.course import Course
from deeptricks.grading.evening import variants
from deeptricks.grading.release import release
from deeptricks.grading.sandbox.execute import points, run

MASTERS = Path(__file__).resolve().parents[2] / "assignments"
STUB = "raise NotImplementedError()"


class AssignmentTests:
    """The tests of the assignment `part`."""

    part: str

    @classmethod
    def assignment(cls, seed=0):
        """The assignment for one term."""
        return Assignment(MASTERS / cls.part, seed)

    @classmethod
    def cases(cls):
        """Its mistakes and alternatives."""
        return [case for case in cases(cls.assignment()) if case.kind in (MISTAKE, ALTERNATIVE)]

    @pytest.fixture(scope="class")
    @classmethod
    def results(cls, sandboxed):
        """What each case earns. A question's cases share a start of the sandbox, as known mistakes
        do; one by one, the way of a student's answer, they go in the audit."""
        assignment, own, found = cls.assignment(), cls.cases(), {}
        run_one = fairness.runs(sandboxed=sandboxed)
        for question in assignment.questions:
            sources = {(i,): case.answers[question.name] for i, case in enumerate(own)
                       if case.question == question.name}  # fmt: skip
            for some in variants.shares(sources, question):
                _, earned = variants.ran(assignment, question, some, run_one)
                for places in some:
                    case = own[places[0]]
                    own_checks = [(check, *earned[question.name, variants.named(check, places)])
                                  for check in question.checks]  # fmt: skip
                    found[case.kind, case.question, case.name] = earned_by(case, own_checks)
        return found

    @pytest.mark.parametrize("seed", [0, 1])
    def test_it_is_released_without_a_fault(self, seed, tmp_path, sandboxed):
        course = Course.create(tmp_path / "course", MASTERS, seed)
        released = release(course, self.part, sandboxed=sandboxed)
        assert released.faults == []
        automatic = sum(q.points for q in self.assignment(seed).questions if not q.manual)
        assert released.blank == f"0 of {automatic}"
        assert released.reference == f"{automatic} of {automatic}"
        self.is_a_good_notebook(nbformat.read(released.path, as_version=4), seed)

    def is_a_good_notebook(self, student, seed):
        """It opens, its code compiles, and only the answers are missing."""
        nbformat.validate(student)
        unanswered = {question.name for question in self.assignment(seed).questions}
        for cell in student.cells:
            if cell.cell_type == "code":
                ast.parse(cell.source)
                assert (STUB in cell.source) == (grade_id(cell) in unanswered), grade_id(cell)

    def test_a_mistake_costs_points_and_an_alternative_none(self, case, results):
        got = results[case.kind, case.question, case.name]
        assert not got.fault, got.fault
        assert got.possible > 0

    def test_visible_tests_catch_half_of_the_mistakes_and_no_alternative(self):
        assignment, seen = self.assignment(), []
        for case in cases(assignment):
            if case.kind not in (MISTAKE, ALTERNATIVE):
                continue
            if assignment.question(case.question).room == "torch":
                continue  # a clinic's visible tests must not find its faults
            caught = self.is_caught_by_visible_tests(assignment, case)
            if case.kind == MISTAKE:
                seen.append(caught)
            else:
                assert not caught, case.name
        assert sum(seen) >= len(seen) / 2

    def is_caught_by_visible_tests(self, assignment, case):
        """Whether an assertion fails, or the code stops."""
        names, own = {}, (case.question, f"{case.question}_tests")
        try:
            for cell in assignment.notebook(case.answers).cells:
                notes = cell.metadata.nbgrader
                given = not notes.get("solution") and not notes.get("grade")
                given = given and not {"experiment"} & set(cell.metadata.get("tags", []))
                given = given and "import torch" not in cell.source
                if cell.cell_type == "code" and (given or grade_id(cell) in own):
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        exec(cell.source, names)
        except (AssertionError, ValueError, TypeError, IndexError, ZeroDivisionError):
            return True
        return False

    def test_the_master_runs_from_top_to_bottom(self, tmp_path):
        notebook = self.assignment().notebook()
        place = {"metadata": {"path": tmp_path}}
        NotebookClient(notebook, timeout=120, resources=place).execute()
        figures = [
            output
            for cell in notebook.cells
            if "experiment" in cell.metadata.get("tags", [])
            for output in cell.outputs
            if "image/png" in output.get("data", {})
        ]
        assert figures, "the experiment draws a figure"

    def test_the_answers_of_another_term_lose_points(self, sandboxed):
        """On each question: in at least one of five other terms."""
        assignment = self.assignment()
        kept = {question.name for question in assignment.questions if not question.manual}
        for seed in range(1, 6):
            other = {grade_id(cell): cell.source for cell in self.assignment(seed).notebook().cells}
            lost = all_lost(assignment, {name: other[name] for name in kept}, sandboxed)
            kept = {name for name in kept if not lost[name]}
            if not kept:
                return
        raise AssertionError(f"last term's answers still earn all points on {sorted(kept)}")


def all_lost(assignment, answers, sandboxed):
    """Question → the points that a notebook with these answers loses there."""
    part = copy(assignment)
    part.__dict__["questions"] = tuple(assignment.question(name) for name in sorted(answers))
    outcome = run(part, assignment.notebook(answers), sandboxed=sandboxed)
    lost = dict.fromkeys(answers, 0)
    for (name, check), (earned, _) in points(part, outcome).items():
        most = {c.name: c.points for c in part.question(name).checks}
        lost[name] += most[check] - earned
    return lost


def earned_by(case, checks):
    """The `Result` of a case from (check, points, why no more) of its question."""
    earned, possible = sum(p for _, p, _ in checks), sum(c.points for c, _, _ in checks)
    reasons = {check.name: why for check, _, why in checks if why}
    return Result(case.kind, case.question, case.name, earned, possible, reasons, cost=case.cost)


class UnlikeTheChapters:
    """Further tests, of an assignment whose file says what a chapter and the package suggest."""

    as_in_the_chapters: ClassVar[dict[str, str]]  # question → the answer of a chapter
    of_the_package: tuple[str, str]  # a question, and an answer that imports our package

    @pytest.mark.parametrize("seed", range(6))
    def test_the_conventions_of_the_chapters_lose_points_in_each_term(self, seed, sandboxed):
        lost = all_lost(self.assignment(seed), self.as_in_the_chapters, sandboxed)
        assert {name: points for name, points in lost.items() if points < 2} == {}

    def test_the_package_is_not_there_to_answer(self, sandboxed):
        if not sandboxed:
            pytest.skip("without a sandbox everything can be imported")
        name, answer = self.of_the_package
        assignment = self.assignment()
        notebook = assignment.notebook({name: answer})
        assert score(assignment, notebook, name, sandboxed=True)[0] == 0
