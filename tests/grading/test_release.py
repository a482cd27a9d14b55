"""The release: what students get, what never reaches them, and what nbgrader may not do there."""

import os
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins.export import CsvExportPlugin
from nbgrader.preprocessors import ClearSolutions
from nbgrader.validator import Validator
from traitlets.config.loader import PyFileConfigLoader

from deeptricks.grading.__main__ import main
from deeptricks.grading.handout.refusal import FEEDBACK, GRADE, OWN, RELEASE, write_settings
from tests.grading.masters import doctored, put


@pytest.fixture
def made(tmp_path):
    """Run the command on a toy, doctored or not: gives its exit status and the course's folder."""

    def make(change=None, *more, **texts):
        number = len(list(tmp_path.glob("masters*")))
        masters = tmp_path / f"masters {number}"
        masters.mkdir()
        doctored(masters, change, **texts)
        course = tmp_path / "course"
        words = ["release", "--course", str(course), "--masters", str(masters), *more]
        return main([*words, "--unsafe-without-sandbox"]), course

    return make


def files(course):
    """What lies in a course, without the gradebook."""
    found = {str(path.relative_to(course)) for path in course.rglob("*") if path.is_file()}
    return found - {"gradebook.db", "term.json", "settings.toml", "nbgrader_config.py"}


MADE = {"source/toy/toy.ipynb", "release/toy/toy.ipynb"}


def test_a_release_lies_in_nbgraders_layout(made, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # no `alembic` there
    status, course = made()
    assert status == 0
    assert files(course) == MADE
    told = capsys.readouterr().out
    assert "toy                 3          6       3  0 of 6  6 of 6" in told
    assert str(course / "release" / "toy" / "toy.ipynb") in told
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "deeptricks") as gradebook:
        notebook = gradebook.find_notebook("toy", "toy")
        assert {c.name: c.max_score for c in notebook.grade_cells} == {
            "recall_tests": 2, "standardize_tests": 4, "story": 3,
        }  # fmt: skip


def test_a_student_gets_text_and_stubs_and_nothing_else(made):
    _, course = made()
    student = nbformat.read(course / "release" / "toy" / "toy.ipynb", as_version=4)
    nbformat.validate(student)
    text = nbformat.writes(student)
    for secret in ("SOLUTION", "mean = ", "term", "unbiased", "untouched", "long direction"):
        assert secret not in text, secret
    assert text.count("raise NotImplementedError()") == 2
    assert text.count("YOUR ANSWER HERE") == 1
    assert [c.metadata.tags for c in student.cells if "tags" in c.metadata] == [["experiment"]]
    assert all(c.outputs == [] for c in student.cells if c.cell_type == "code")


def test_another_seed_makes_another_version(made, tmp_path):
    made()
    first = (tmp_path / "course" / "release" / "toy" / "toy.ipynb").read_text("utf-8")
    (tmp_path / "course").rename(tmp_path / "last term")
    made(None, "--seed", "3")
    assert (tmp_path / "course" / "release" / "toy" / "toy.ipynb").read_text("utf-8") != first


FAULTY = {
    "misspelled mark": (
        put("recall", "### BEGIN", "## BEGIN"),
        {},
        "looks like a mark and is none",
    ),
    "blank earns": (
        put("recall_tests", "assert", "variance = 1\nassert"),
        {"checks": ('"return variance"', '"return 1.0"')},
        "untouched it earns 2 points, for [('recall', 'variance')]",
    ),
    "reference fails": (
        put("recall", "variance = 1", "variance = 2"),
        {},
        "the reference fails recall, variance: the values differ",
    ),
    "hint in the text": (
        put(
            "title", "With", "These are the values with the unbiased variance (n − 1); n is asked."
        ),
        {},
        "the hint of mistake",
    ),
}


@pytest.mark.parametrize("kind", FAULTY)
def test_a_fault_releases_nothing(kind, made, capsys):
    change, texts, words = FAULTY[kind]
    status, course = made(change, **texts)
    assert status == 1
    assert files(course) == set()
    told = capsys.readouterr().out
    assert words in told
    assert "not released" in told


def test_a_fault_leaves_the_version_before(made):
    _, course = made()
    before = {name: (course / name).read_bytes() for name in MADE}
    status, _ = made(FAULTY["reference fails"][0])
    assert status == 1
    assert {name: (course / name).read_bytes() for name in files(course)} == before


def test_what_nbgrader_lets_through_is_caught(made, capsys, monkeypatch):
    keep = lambda self, cell, resources, index: (cell, resources)  # noqa: E731
    monkeypatch.setattr(ClearSolutions, "preprocess_cell", keep)
    status, course = made()
    assert (status, files(course)) == (1, set())
    assert "is of the solution of standardize" in capsys.readouterr().out


def test_nbgraders_own_failure_is_told(made, capsys, monkeypatch):
    def fail(*_):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(ClearSolutions, "preprocess_cell", fail)
    status, course = made()
    assert (status, files(course)) == (1, set())
    told = capsys.readouterr().out
    assert "toy: nbgrader cannot make it: RuntimeError: the disk is full" in told


def grades(course):
    """What the gradebook has of ann."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "deeptricks") as gradebook:
        submission = gradebook.find_submission("toy", "ann")
        return {g.name: g.manual_score for n in submission.notebooks for g in n.grades}


@pytest.fixture
def graded(made):
    """A course with one submission, graded by a person."""
    _, course = made()
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "deeptricks") as gradebook:
        gradebook.add_student("ann")
        gradebook.add_submission("toy", "ann")
        gradebook.find_grade("story", "toy", "toy", "ann").manual_score = 2.5
        gradebook.db.commit()
    return course


def test_releasing_again_keeps_grades(graded, made, capsys):
    assert grades(graded)["story"] == 2.5
    assert made()[0] == 0
    assert "Grade them again" not in capsys.readouterr().out, "nothing has changed"
    assert made(put("title", "# Toy", "# Toys"))[0] == 0
    assert "toy: 1 submissions answer the version before" in capsys.readouterr().out
    assert grades(graded)["story"] == 2.5
    assert "# Toys" in (graded / "release" / "toy" / "toy.ipynb").read_text("utf-8")


def test_a_cell_less_is_refused_once_there_are_submissions(graded, made, capsys):
    before = (graded / "release" / "toy" / "toy.ipynb").read_bytes()
    status, _ = made(lambda cells: cells.update(experiment_text=None))
    assert status == 1
    assert "nbgrader adds or removes no cells then" in capsys.readouterr().out
    assert (graded / "release" / "toy" / "toy.ipynb").read_bytes() == before
    assert grades(graded)["story"] == 2.5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["tooy"], "no assignment 'tooy' in"),
        (["--seed", "-1"], "seed must be a whole number, 0 or more; got -1"),
        (["--masters", "nowhere"], "has no folder with a checks.py"),
    ],
)
def test_bad_input_is_status_2(words, told, made, capsys):
    with pytest.raises(SystemExit) as ended:
        made(None, *words)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_run_that_was_killed_leaves_no_trace(made, tmp_path):
    left = tmp_path / "course" / ".release-abc" / "release" / "toy"
    left.mkdir(parents=True)
    _, course = made()
    assert files(course) == MADE


def settings_of(course):
    """nbgrader's settings of a course, as its commands and formgrader read them."""
    return PyFileConfigLoader("nbgrader_config.py", str(course)).load_config()


@pytest.fixture
def submitted(made, tmp_path):
    """A course with a submission that would leave a trace if it were run."""
    _, course = made()
    trace = tmp_path / "trace"
    notebook = nbformat.read(course / "release" / "toy" / "toy.ipynb", as_version=4)
    notebook.cells[3].source = f"open({str(trace)!r}, 'w').close()"
    path = course / "submitted" / "ann" / "toy" / "toy.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(nbformat.writes(notebook), "utf-8")
    kept = course / "autograded" / "ann" / "toy" / "toy.ipynb"
    kept.parent.mkdir(parents=True)
    kept.write_text("graded before", "utf-8")
    yield course, path
    assert not trace.exists(), "the student's code has run"
    assert kept.read_text("utf-8") == "graded before"


def interface(course):
    """What formgrader's buttons call."""
    config = settings_of(course)
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def test_formgraders_autograde_refuses(submitted):
    course, _ = submitted
    answer = interface(course).autograde("toy", "ann")
    assert answer["success"] is False
    assert GRADE.split() == answer["log"].split()[1:], "after the level of the message"
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "deeptricks") as gradebook:
        assert gradebook.students == [], "it refuses before it writes anything"


def test_formgraders_generate_refuses(submitted):
    course, _ = submitted
    before = (course / "release" / "toy" / "toy.ipynb").read_bytes()
    answer = interface(course).generate_assignment("toy")
    assert answer["success"] is False
    assert RELEASE.split() == answer["log"].split()[1:], "after the level of the message"
    assert (course / "release" / "toy" / "toy.ipynb").read_bytes() == before


def test_formgraders_feedback_refuses(submitted):
    """nbgrader's page would put the rubric in the place of the kit's."""
    course, _ = submitted
    answer = interface(course).generate_feedback("toy", "ann")
    assert answer["success"] is False
    assert FEEDBACK.split() == answer["log"].split()[1:], "after the level of the message"


def test_nbgraders_export_leaves_the_table_of_the_kit_alone(submitted):
    course, _ = submitted
    assert CsvExportPlugin(config=settings_of(course)).to not in ("", "grades.csv")


def test_validation_runs_nothing(submitted):
    course, path = submitted
    with pytest.raises(Exception, match="is switched off in this course"):
        Validator(config=settings_of(course)).validate(str(path))


def test_without_the_package_nothing_runs_either(submitted, monkeypatch):
    """In another environment the classes that refuse cannot be imported: that is a refusal too."""
    course, path = submitted
    settings = (course / "nbgrader_config.py").read_text("utf-8")
    settings = settings.replace('"deeptricks.grading.', '"no_such_package.')
    (course / "nbgrader_config.py").write_text(settings, "utf-8")
    with pytest.raises(Exception, match="no_such_package"):
        interface(course).autograde("toy", "ann")
    with pytest.raises(Exception, match="no_such_package"):
        Validator(config=settings_of(course)).validate(str(path))


def test_settings_of_ones_own_are_kept(tmp_path):
    path = write_settings(tmp_path)
    ours = path.read_text("utf-8")
    path.write_text("c.Autograde = None\n" + ours + "c.FormGrader.debug = False\n", "utf-8")
    write_settings(tmp_path)
    assert path.read_text("utf-8") == ours + "c.FormGrader.debug = False\n"
    path.write_text("c = get_config()\nc.Mine = 1\n", "utf-8")
    write_settings(tmp_path)
    assert path.read_text("utf-8") == ours + "c = get_config()\nc.Mine = 1\n"
    assert path.read_text("utf-8").count(OWN) == 1


def test_the_settings_follow_the_folder(made, tmp_path):
    _, course = made()
    moved = Path(os.replace(course, tmp_path / "moved") or tmp_path / "moved")
    assert settings_of(moved).CourseDirectory.root == str(moved)
