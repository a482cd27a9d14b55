"""An evening of grading on the toy: resume, workers, flags, and what a regrade leaves alone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell

from deeptricks.grading import Assignment
from deeptricks.grading.__main__ import main
from deeptricks.grading.evening import records
from deeptricks.grading.evening.records import path_of, stored_json
from deeptricks.grading.results.gradebook import opened
from tests.grading.classroom import (
    TOY,
    answered,
    blank,
    cell_of,
    course_of,
    grade,
    hand_in,
    has_sandbox,
    mistaken,
    outcome,
    stripped,
)

# How nbgrader adds a submission makes SQLAlchemy warn; nothing is lost by it.
pytestmark = pytest.mark.filterwarnings("ignore:Object of type")
SKLEARN = "import sklearn\n\ndef standardize(x):\n    return x\n"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A released course, copied for each test: making one takes seconds."""
    return course_of(tmp_path_factory.mktemp("evening")).folder


@pytest.fixture
def course(template, tmp_path):
    from deeptricks.grading.course import Course

    shutil.copytree(template, tmp_path / "course")
    return Course.open(tmp_path / "course")


def classroom(course, folder, size=8):
    """Some of each kind."""
    kinds = [answered(course), blank(course), mistaken(course), stripped(answered(course)),
             b'{"cells": [', answered(course, recall="variance = 2"),
             answered(course, standardize=SKLEARN),
             answered(course, story="Another story.")]  # fmt: skip
    for number in range(size):
        hand_in(folder, f"student{number:02}", kinds[number % len(kinds)])
    return folder


def record(course, student):
    return stored_json(path_of(course, student, "toy"))


def reasons(course, student, question):
    return [f["reason"] for f in record(course, student)["flags"] if f["question"] == question]


def test_points_and_flags_of_each_kind(course, tmp_path):
    assert grade(course, classroom(course, tmp_path / "in")) == 0
    records = [record(course, f"student{n:02}") for n in range(8)]
    points = [[q["points"] for q in r["questions"].values()] for r in records]
    assert points == [
        [2, 4, None], [0, 0, 0], [2, 1, None], [2, 4, None], [0, 0, None], [0, 4, None],
        [2, 0, None], [2, 4, None],
    ]  # fmt: skip
    flagged = {n: [f["question"] for f in r["flags"]] for n, r in enumerate(records) if r["flags"]}
    assert flagged == {4: ["recall", "standardize", "story"], 6: ["standardize"]}
    assert reasons(course, "student06", "standardize") == [
        "cell 7 stopped: ModuleNotFoundError: No module named 'sklearn'; "
        "in grading there are numpy and matplotlib only"
    ]
    assert (
        "the file is no notebook: its JSON is broken" in reasons(course, "student04", "recall")[0]
    )
    assert records[2]["questions"]["standardize"]["hint"].startswith("These are the values with")
    assert records[5]["questions"]["recall"]["hint"] is None


def test_gradebook_has_the_points_and_asks_for_review(course, tmp_path):
    grade(course, classroom(course, tmp_path / "in"))
    with opened(course) as book:
        flagged = book.find_grade("standardize_tests", "toy", "toy", "student06")
        assert (flagged.auto_score, flagged.max_score, flagged.needs_manual_grade) == (0, 4, True)
        story = book.find_grade("story", "toy", "toy", "student00")
        assert (story.auto_score, story.needs_manual_grade) == (None, True)
        empty = book.find_grade("story", "toy", "toy", "student01")
        assert (empty.auto_score, empty.needs_manual_grade) == (0, False)
        comment = book.find_comment("story", "toy", "toy", "student01")
        assert comment.comment == "No response."
        assert not book.find_grade("recall_tests", "toy", "toy", "student05").needs_manual_grade


def test_one_and_two_workers_agree(course, template, tmp_path):
    folder = classroom(course, tmp_path / "in")
    grade(course, folder, "--workers", "1")
    one = outcome(course)
    shutil.rmtree(course.folder)
    shutil.copytree(template, course.folder)
    grade(course, folder, "--workers", "2")
    assert outcome(course) == one
    assert len(one["records"]) == 8


def test_a_run_that_was_killed_goes_on(course, template, tmp_path):
    folder = classroom(course, tmp_path / "in", 24)
    grade(course, folder)
    whole = outcome(course)
    shutil.rmtree(course.folder)
    shutil.copytree(template, course.folder)
    for most in (3, 12):
        done = _killed(course, folder, most)
        assert most <= done < 24
    before = {path: stored_json(path) for path in course.folder.glob("records/[!.]*/toy.json")}
    assert all(before.values())
    grade(course, folder)
    assert outcome(course) == whole
    assert all(stored_json(path)["seconds"] == old["seconds"] for path, old in before.items())
    assert not list(course.folder.glob("**/*.part"))


def _killed(course, folder, most, how=signal.SIGKILL, seconds=60):
    """Start the command, and end it when there are `most` records; how many there were."""
    words = [sys.executable, "-m", "deeptricks.grading", "grade", str(folder)]
    words += ["--course", str(course.folder)]
    words += [] if has_sandbox() else ["--unsafe-without-sandbox"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 600  # on a machine that has much else to do
    while len(list(course.folder.glob("records/[!.]*/toy.json"))) < most:
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < end, "no records"
        time.sleep(0.01)
    process.send_signal(how)
    status = process.wait(timeout=seconds)
    assert status in (-signal.SIGKILL, 130)
    return len(list(course.folder.glob("records/[!.]*/toy.json")))


def test_ctrl_c_ends_promptly_and_leaves_whole_files(course, tmp_path):
    folder = classroom(course, tmp_path / "in", 2)
    for number in range(4):
        hand_in(folder, f"z{number}", answered(course, recall="import time\ntime.sleep(12)"))
    _killed(course, folder, 2, signal.SIGINT, seconds=40)
    assert all(stored_json(path) for path in course.folder.glob("records/[!.]*/toy.json"))


def test_what_did_not_change_is_not_graded_again(course, tmp_path, capsys):
    folder = classroom(course, tmp_path / "in", 3)
    grade(course, folder)
    before = record(course, "student00")
    hand_in(folder, "student02", answered(course))
    capsys.readouterr()
    grade(course, folder)
    assert record(course, "student00") == before
    assert record(course, "student02")["questions"]["standardize"]["points"] == 4
    line = next(n for n in capsys.readouterr().out.splitlines() if n.startswith("toy"))
    assert line.split()[1:4] == ["3", "1", "2"]
    grade(course, folder, "--again")
    assert record(course, "student00")["seconds"] != before["seconds"]


def test_one_student_is_graded_again_and_nobody_else(course, tmp_path, capsys):
    folder = classroom(course, tmp_path / "in", 3)
    grade(course, folder)
    before, files = outcome(course)["grades"], (course.folder / "files.csv").read_text()
    seconds = {n: record(course, f"student0{n}")["seconds"] for n in range(3)}
    capsys.readouterr()
    assert grade(course, folder, "--again", "--student", "student02") == 0
    line = next(n for n in capsys.readouterr().out.splitlines() if n.startswith("toy"))
    assert line.split()[1:4] == ["1", "1", "0"]
    after = {n: record(course, f"student0{n}")["seconds"] for n in range(3)}
    assert [n for n in range(3) if after[n] != seconds[n]] == [2]
    assert outcome(course)["grades"] == before
    assert (course.folder / "files.csv").read_text() == files
    assert (course.folder / "grades.csv").read_text().count("student0") == 6  # id and name
    capsys.readouterr()
    assert grade(course, folder, "--feedback-only", "--student", "student01") == 0
    assert capsys.readouterr().out.startswith("1 pages")
    with pytest.raises(SystemExit):
        grade(course, folder, "--student", "nobody")
    assert "student is 'nobody', of whom nothing is there" in capsys.readouterr().err


def test_changed_checks_are_graded_again(course, tmp_path):
    folder = hand_in(tmp_path / "in", "anna", answered(course, recall="variance = 2")).parents[2]
    masters = shutil.copytree(course.masters, tmp_path / "masters")
    note = course.folder / "term.json"
    note.write_text(json.dumps({"seed": 0, "masters": str(masters)}))
    grade(course, folder)
    checks = masters / "toy/checks.py"
    assert record(course, "anna")["questions"]["recall"]["points"] == 0
    lenient = "judge=lambda value: None if value in (1, 2) else 'which?'"
    checks.write_text(checks.read_text().replace("expected=1.0", lenient))
    grade(course, folder)
    assert record(course, "anna")["questions"]["recall"]["points"] == 2


def test_a_gradebook_that_was_lost_is_written_again(course, template, tmp_path):
    folder = classroom(course, tmp_path / "in", 3)
    grade(course, folder)
    whole = outcome(course)
    shutil.copy(template / "gradebook.db", course.folder / "gradebook.db")
    grade(course, folder)
    assert outcome(course) == whole


def test_manual_grades_survive(course, tmp_path):
    folder = classroom(course, tmp_path / "in", 1)
    grade(course, folder)
    with opened(course) as book:
        for name, score in (("story", 2), ("recall_tests", 1)):
            found = book.find_grade(name, "toy", "toy", "student00")
            found.manual_score, found.needs_manual_grade = score, False
        book.find_comment("story", "toy", "toy", "student00").manual_comment = "Well seen."
        book.db.commit()
    grade(course, folder, "--again")
    assert _story(course) == (2, False, 1, False, "Well seen.")
    hand_in(folder, "student00", answered(course, story="Changed."))
    grade(course, folder)
    assert _story(course) == (2, True, 1, True, "Well seen.")
    table = (course.folder / "grades.csv").read_text()
    assert "story: changed after it was graded by hand" in table


def _story(course):
    with opened(course) as book:
        story = book.find_grade("story", "toy", "toy", "student00")
        recall = book.find_grade("recall_tests", "toy", "toy", "student00")
        comment = book.find_comment("story", "toy", "toy", "student00")
        return (story.score, story.needs_manual_grade, recall.score, recall.needs_manual_grade,
                comment.comment)  # fmt: skip


def test_a_review_that_was_resolved_stays_resolved(course, tmp_path):
    folder = hand_in(tmp_path / "in", "anna", answered(course, standardize=SKLEARN)).parents[2]
    grade(course, folder)
    with opened(course) as book:
        found = book.find_grade("standardize_tests", "toy", "toy", "anna")
        assert found.needs_manual_grade
        found.needs_manual_grade = False
        book.db.commit()
    grade(course, folder, "--again")
    with opened(course) as book:
        assert not book.find_grade("standardize_tests", "toy", "toy", "anna").needs_manual_grade


@pytest.mark.parametrize(
    ("recall", "reason"),
    [
        ("while True: pass", "cell 4 stopped: TimeoutError"),
        ("import os; os._exit(0)", "the run was ended early"),
        ("variance = (", "cell 4 stopped: SyntaxError"),
        ("1 / 0", "cell 4 stopped: ZeroDivisionError"),
    ],
)
def test_a_silent_zero_is_flagged(course, tmp_path, recall, reason):
    hand_in(tmp_path / "in", "anna", answered(course, recall=recall))
    grade(course, tmp_path / "in")
    assert record(course, "anna")["questions"]["recall"]["points"] == 0
    assert reasons(course, "anna", "recall")[0].startswith(reason)
    assert record(course, "anna")["questions"]["standardize"]["points"] == 4


@pytest.mark.parametrize("act", ["while True: pass", "raise MemoryError"])
def test_a_check_that_met_a_limit_is_flagged(course, tmp_path, act):
    """Which limit a flood of memory meets first, time or memory, depends on the machine."""
    answer = f"def standardize(x):\n    {act}"
    hand_in(tmp_path / "in", "anna", answered(course, standardize=answer))
    grade(course, tmp_path / "in")
    assert "2 of 2 checks gave no answer" in reasons(course, "anna", "standardize")[0]


def test_missing_answers_are_flagged_unless_they_are_found_by_name(course, tmp_path):
    moved, lost = answered(course), answered(course)
    source = cell_of(moved, "standardize").source
    for notebook in (moved, lost):
        notebook.cells = [c for c in notebook.cells if c.id not in ("standardize", "story")]
    moved.cells.append(new_code_cell(source))
    hand_in(tmp_path / "in", "moved", moved)
    hand_in(tmp_path / "in", "lost", lost)
    grade(course, tmp_path / "in")
    assert record(course, "moved")["questions"]["standardize"]["points"] == 4
    missing = ["the answer cell was missing: is the answer in another cell?"]
    assert reasons(course, "moved", "standardize") == []
    assert reasons(course, "lost", "standardize") == missing
    assert reasons(course, "lost", "story") == missing


def test_a_failure_of_the_grader_is_told_and_tried_again(course, tmp_path, monkeypatch):
    from deeptricks.grading.evening import desk
    from deeptricks.grading.evening.submissions import find

    folder = classroom(course, tmp_path / "in", 2)
    anna = find(folder, ["toy"])[0]
    bench = desk.Desk.prepared(course, "toy", has_sandbox())
    with monkeypatch.context() as patch:
        patch.setattr(desk, "verdict", lambda *_: 1 / 0)
        failed = bench.graded(anna, bench.restored(anna), 0, {})
    assert {f["question"] for f in failed["flags"]} == {"recall", "standardize", "story"}
    assert "the grader itself failed" in failed["flags"][0]["reason"]
    assert failed["flags"][0]["told"].endswith("(please report it): ZeroDivisionError")
    records.stored(path_of(course, "student00", "toy"), failed)
    grade(course, folder)
    assert record(course, "student00")["questions"]["standardize"]["points"] == 4
    assert record(course, "student00")["flags"] == []


@pytest.mark.parametrize("part", ["restored", "verdict"])
def test_memory_that_is_not_enough_is_a_limit_and_no_failure(course, tmp_path, monkeypatch, part):
    """`Bounded` tells whoever asked, and the submission is named; nobody is to report it."""
    from deeptricks.grading.evening import desk
    from deeptricks.grading.evening.submissions import find

    anna = find(classroom(course, tmp_path / "in", 1), ["toy"])[0]
    bench = desk.Desk.prepared(course, "toy", has_sandbox())

    def hungry(*_):
        raise MemoryError

    monkeypatch.setattr(desk, part, hungry)
    with pytest.raises(MemoryError):
        bench.graded(anna, bench.restored(anna), 0, {})


DEADLY = """
def deadly(value):
    import os, signal
    if value == 13:
        with open({tried!r}, "a") as file:
            file.write("x")
        os.kill(os.getpid(), signal.{how})
    return None if value == 1 else "the values differ from the right ones"
"""


@pytest.mark.parametrize(
    ("how", "told"), [("SIGKILL", "ended by signal 9"), ("SIGXCPU", "too much time")]
)
def test_a_death_of_the_grader_is_one_students_and_never_comes_again(
    course, tmp_path, capsys, how, told
):
    """What a student sends kills whoever compares: the others lose nothing, nor does a resume."""
    masters = shutil.copytree(course.masters, tmp_path / "masters")
    (course.folder / "term.json").write_text(json.dumps({"seed": 0, "masters": str(masters)}))
    checks = masters / "toy/checks.py"
    tried = tmp_path / "tried"
    deadly = DEADLY.format(how=how, tried=str(tried))
    checks.write_text(checks.read_text().replace("expected=1.0", "judge=deadly") + deadly)
    folder = tmp_path / "in"
    for student in ("anna", "bob", "cleo", "dora"):
        answers = {"recall": "variance = 13"} if student == "bob" else {}
        hand_in(folder, student, answered(course, **answers))
    for times in (1, 1, 2):
        capsys.readouterr()
        assert grade(course, folder, *(["--again"] if times == 2 else [])) == 0
        assert tried.read_text() == "x" * times
        lines = capsys.readouterr().out.splitlines()
        line = next(line for line in lines if line.startswith("  bob:"))
        assert line.startswith("  bob: recall, standardize, story: the grader died of this")
        assert told in line
    for student in ("anna", "cleo", "dora"):
        assert [q["points"] for q in record(course, student)["questions"].values()] == [2, 4, None]
        assert record(course, student)["flags"] == []
    with opened(course) as book:
        assert book.find_grade("standardize_tests", "toy", "toy", "bob").needs_manual_grade
    page = (course.folder / "feedback/bob/toy/toy.html").read_text("utf-8")
    assert "the grader could not be done with it" in page


def test_memory_has_an_end_for_who_reads_and_the_next_is_read(course, tmp_path, monkeypatch):
    """With 40 MB in place of 224: what reads a notebook of 15 MB runs into its limit."""
    from deeptricks.grading.evening import bounded

    monkeypatch.setattr(bounded, "MEMORY", 40 * 2**20)
    large = answered(course)
    large.cells += [new_code_cell("# " + "\N{EARTH GLOBE AMERICAS}" * 10**5) for _ in range(15)]
    hand_in(tmp_path / "in", "anna", large)
    hand_in(tmp_path / "in", "bob", answered(course))
    assert grade(course, tmp_path / "in", "--workers", "1") == 0
    assert "more memory than there is" in reasons(course, "anna", "recall")[0]
    assert record(course, "bob")["questions"]["standardize"]["points"] == 4


def test_a_notebook_that_cannot_be_shown_stops_nobody(course, tmp_path, monkeypatch):
    """Whoever shows or prints dies of student00: the points stay, the page is the empty one."""
    from deeptricks.grading.evening import bounded

    folder, ask, died = classroom(course, tmp_path / "in", 3), bounded.Bounded.ask, []

    def dying(self, do, **about):
        if do == "show" and about["record"]["student"] == "student00" and not about["empty"]:
            raise bounded.Died("signal 11")
        if do == "print" and about["student"] == "student02" and not died:
            died.append("student02")
            raise bounded.Died("signal 11")
        return ask(self, do=do, **about)

    monkeypatch.setattr(bounded.Bounded, "ask", dying)
    assert grade(course, folder) == 0
    for student, points in (("student00", 4), ("student02", 1)):
        assert "cannot be shown (signal 11)" in reasons(course, student, "recall")[0]
        with opened(course) as book:
            found = book.find_grade("standardize_tests", "toy", "toy", student)
            assert (found.score, found.needs_manual_grade) == (points, True)
            assert book.find_grade("recall_tests", "toy", "toy", "student01").auto_score == 0
        page = course.folder / f"feedback/{student}/toy/toy.html"
        assert "the notebook cannot be shown" in page.read_text("utf-8")


def test_two_runs_at_a_time_are_refused(course, tmp_path, capsys):
    from filelock import FileLock

    folder = classroom(course, tmp_path / "in", 1)
    (course.folder / "records").mkdir()
    with FileLock(course.folder / "records" / ".lock"), pytest.raises(SystemExit):
        grade(course, folder)
    assert "another run is grading" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--workers", "0"], "workers is 0"),
        (["--assignment", "other"], "assignment is 'other'"),
        (["--assignment", "toy"], "holds no submission"),
    ],
)
def test_bad_input(course, tmp_path, capsys, words, message):
    (tmp_path / "in").mkdir()
    with pytest.raises(SystemExit):
        grade(course, tmp_path / "in", *words)
    assert message in capsys.readouterr().err


def test_nothing_is_left_behind_outside_of_the_course(course, tmp_path):
    folder = classroom(course, tmp_path / "in", 2)
    hand_in(folder, "=+", answered(course))
    before = sorted(os.walk(folder))
    grade(course, folder)
    assert sorted(os.walk(folder)) == before
    assert {p.name for p in (course.folder / "autograded").iterdir()} == {"student00", "student01"}
    assert {p.name for p in (course.folder / "feedback").iterdir()} == {"student00", "student01"}


def test_without_a_sandbox_nothing_is_run_unless_told(course, tmp_path, monkeypatch, capsys):
    from deeptricks.grading.sandbox import walls

    folder = hand_in(tmp_path / "in", "anna", answered(course)).parents[2]
    monkeypatch.setattr(walls.shutil, "which", lambda _: None)
    walls._tried.cache_clear()
    with pytest.raises(SystemExit):
        main(["grade", str(folder), "--course", str(course.folder)])
    assert "bwrap is not installed" in capsys.readouterr().err
    assert not (course.folder / "records").exists()
    words = ["grade", str(folder), "--course", str(course.folder), "--unsafe-without-sandbox"]
    assert main(words) == 0
    assert "The code of every student runs as you" in capsys.readouterr().err
    assert record(course, "anna")["questions"]["standardize"]["points"] == 4
    walls._tried.cache_clear()


@pytest.mark.parametrize(
    ("file", "decides"),
    [("compare.py", True), ("sandbox/worker.py", True), ("evening/verdict.py", True),
     ("results/report.py", False), ("release.py", False)],
)  # fmt: skip
def test_a_change_of_what_decides_points_asks_for_grading_again(
    file, decides, tmp_path, monkeypatch
):
    kit = Path(shutil.copytree(records.KIT, tmp_path / "kit"))
    monkeypatch.setattr(records, "KIT", kit)
    before = records.grader(Assignment(TOY), b"", True)
    (kit / file).write_text((kit / file).read_text("utf-8") + "# changed\n", "utf-8")
    assert (records.grader(Assignment(TOY), b"", True) != before) == decides
