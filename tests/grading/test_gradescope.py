"""The export for Gradescope, graded by otter on this machine.

What is not tried here: Gradescope itself, the building of its image (apt, Miniforge, pip) and its
time limit. For these there is otter's own `setup.sh`, untouched.
"""

import importlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deeptricks.grading import Assignment, gradescope
from deeptricks.grading.otter.files import PACKAGE, data, graded, rooms
from deeptricks.grading.otter.zipped import absence, prepare, results, score

ROOT = Path(__file__).resolve().parents[2]
TOY = ROOT / "tests" / "grading" / "toy"
REAL = sorted(p.parent for p in (ROOT / "assignments").glob("*/checks.py"))
SECRET = "square"  # the name of a check: a student never sees it
TALKATIVE = """
def standardize(x):
    if x.shape == (3, 2):
        raise SystemExit("input " + repr(x))
    raise type("input " + repr(x.tolist()), (Exception,), {})("input " + repr(x))
"""
WITH_TORCH = "import torch\nvariance = 1"


@pytest.fixture(scope="module")
def toy():
    return Assignment(TOY, seed=3)


@pytest.fixture(scope="module")
def made(toy, tmp_path_factory):
    """The folder that an instructor gets; making it tries reference and blank under otter."""
    out = tmp_path_factory.mktemp("gradescope")
    assert gradescope.export(toy, out) == [("autograder.zip", 6)]
    return out / "toy"


@pytest.fixture(scope="module")
def told(toy, made):
    """What Gradescope is told of a mistake, and of a notebook that wants to talk."""
    mistake = toy.mistakes[0].changed(toy.solution("standardize"))
    wrong = toy.notebook({"standardize": mistake})
    talkative = toy.notebook({"standardize": TALKATIVE, "recall": WITH_TORCH})
    return results(made / "autograder.zip", "numpy", wrong, talkative)


@pytest.fixture
def package(toy, tmp_path, monkeypatch):
    """The code of the zip as a module, with a short limit of time."""
    prepare(toy, "numpy", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module(f"{PACKAGE}.otter.check")
    for name in [n for n in sys.modules if n.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_a_mistake_costs_the_points_of_its_check_and_says_what_the_check_is_about(told, toy):
    check = toy.question("standardize").checks[0]
    assert score(told[0]) == (3, 6)
    shown = {test["name"]: test for test in told[0]["tests"]}
    assert (shown["standardize"]["score"], shown["standardize"]["max_score"]) == (1, 4)
    assert check.says in shown["standardize"]["output"]
    assert toy.question("standardize").checks[1].says not in shown["standardize"]["output"]
    assert shown["Public Tests"]["status"] == "passed"


def test_until_grades_are_published_only_the_visible_tests_show(told, toy):
    for one in told:
        visible = [test for test in one["tests"] if test["visibility"] == "visible"]
        assert [test["name"] for test in visible] == ["Public Tests"]
        hidden = {test["visibility"] for test in one["tests"]} - {"visible"}
        assert hidden == {"after_published"}
        assert not any(
            check.says in visible[0]["output"] for q in toy.questions for check in q.checks
        )
    assert "SystemExit" in visible[0]["output"], "the student learns that the code ends Python"


def test_no_text_of_the_student_reaches_the_results(told):
    text = json.dumps(told)
    assert "input" not in text
    assert "array" not in text
    assert SECRET not in text
    assert "an error of its own" in text


def test_torch_is_not_there_where_a_question_asks_for_an_implementation(told):
    recall = next(test for test in told[1]["tests"] if test["name"] == "recall")
    assert recall["score"] == 0
    assert "NameError" in recall["output"]


def test_neither_the_zip_nor_the_notebook_holds_a_solution(made, toy):
    solution = "return (x - mean) / np.sqrt"
    assert solution in toy.solution("standardize")
    with zipfile.ZipFile(made / "autograder.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    texts["student"] = (made / "toy.ipynb").read_text("utf-8")
    for name, text in texts.items():
        assert solution not in text, name
        assert "BEGIN SOLUTION" not in text, name
    for name in ("student", "tests/standardize.py", "tests/recall.py"):
        assert SECRET not in texts[name], name
        assert '"data"' not in texts[name], f"{name} holds an array"
    assert "term.axis" not in texts["files/deeptricks_gradescope/checks.json"]


def test_the_zip_asks_for_numpy_and_not_for_torch(made):
    with zipfile.ZipFile(made / "autograder.zip") as archive:
        environment = archive.read("environment.yml").decode()
    assert f"python={sys.version_info.major}.{sys.version_info.minor}\n" in environment
    assert "numpy==" in environment
    assert "matplotlib==" in environment
    assert not any(name in environment for name in ("torch", "scipy", "scikit", "deeptricks"))


def test_otter_passes_over_experiments_and_the_visible_tests_in_the_notebook(made):
    cells = json.loads((made / "toy.ipynb").read_text("utf-8"))["cells"]
    ignored = [c["id"] for c in cells if "otter_ignore" in c["metadata"].get("tags", [])]
    assert ignored == ["recall_tests", "standardize_tests", "story_experiment"]


def test_the_readme_says_what_is_not_protected_and_carries_the_rubric(made, toy):
    text = (made / "README.md").read_text("utf-8")
    assert "What is not protected" in text
    assert "were not tried" in text
    for points, line in toy.question("story").rubric:
        assert f"- {points}: {line}" in text
    assert "{" not in text


def test_only_values_are_compared_as_in_our_own_grader(package, toy):
    """An object could look for what is expected at the moment when it is turned into numbers."""
    import numpy as np

    class Spy:
        def __eq__(self, other):
            return True

        def __array__(self, *types, **options):
            return toy.question("standardize").checks[0].expected

    names = {"standardize": lambda x: Spy()}
    with pytest.raises(AssertionError, match="an object of type Spy, which is no number"):
        package.hidden(names, "standardize", 0)
    package.hidden(names, "standardize", 1)
    assert set(names) == {"standardize"}, "a check leaves nothing among the student's names"
    names = {"standardize": lambda x: np.zeros_like(x)}
    with pytest.raises(AssertionError, match="differ from the right ones"):
        package.hidden(names, "standardize", 0)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("while True: pass", "TimeoutError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import os; raise SystemExit", "SystemExit"),
        ("return x[0][0].secret", "AttributeError"),
        ("raise type('Odd', (BaseException,), {})", "an error of its own"),
    ],
)
def test_code_that_ends_or_never_ends_fails_its_check_only(package, monkeypatch, code, said):
    monkeypatch.setattr(package, "SECONDS", 0.2)
    names = {}
    exec(f"def standardize(x):\n    {code}", names)
    with pytest.raises(AssertionError, match=f"your code stops with {said}$"):
        package.hidden(names, "standardize", 0)


def test_a_judge_travels_with_what_it_needs(package):
    from deeptricks.grading import Check, Question
    from deeptricks.grading.compare import difference
    from deeptricks.grading.otter.files import _check_data

    share = 0.25

    def judge(value):
        return difference(value, share)

    check = Check("drawn", 1, "return drawn", "a share", judge=judge)
    stored = _check_data(Question("drawn", "Drawn", (check,)), check)
    again = package.judge_from(json.loads(json.dumps(stored))["judge"])
    assert again(share) is None
    assert again(share + 1) == "the values differ from the right ones"
    other = importlib.import_module(f"{PACKAGE}.sandbox.wire").Other("a surprise")
    assert "no number" in again(other), "it compares by the files of the zip"


def test_two_rooms_give_two_zips_and_torch_is_in_one(tmp_path, monkeypatch):
    master = _with_a_torch_question(tmp_path)
    assert rooms(master) == ["numpy", "torch"]
    for room, (name, torch) in {"numpy": ("standardize", False), "torch": ("recall", True)}.items():
        folder = tmp_path / room
        folder.mkdir()
        prepare(master, room, folder)
        assert [p.stem for p in (folder / "tests").iterdir()] == [name]
        assert ("torch==" in (folder / "requirements.txt").read_text("utf-8")) is torch
    monkeypatch.setattr(gradescope, "make", lambda assignment, room, file: file.write_text(room))
    monkeypatch.setattr(gradescope, "results", lambda archive, room, *_: _told(archive, master))
    assert gradescope.export(master, tmp_path / "out") == [
        ("autograder-numpy.zip", 4),
        ("autograder-torch.zip", 2),
    ]
    assert "torch can be imported only in" in (tmp_path / "out/toy/README.md").read_text("utf-8")


@pytest.mark.parametrize(("reference", "blank"), [(5, 0), (6, 1)])
def test_a_zip_that_grades_wrongly_is_not_kept(toy, tmp_path, monkeypatch, reference, blank):
    answers = [{"tests": [{"score": s, "max_score": 6}]} for s in (reference, blank)]
    monkeypatch.setattr(gradescope, "make", lambda assignment, room, file: file.write_text(room))
    monkeypatch.setattr(gradescope, "results", lambda *_: answers)
    with pytest.raises(ValueError, match=r"under otter the (reference|blank)"):
        gradescope.export(toy, tmp_path)
    assert not list((tmp_path / "toy").glob("*.zip"))
    assert not list((tmp_path / "toy").glob(".*"))


def test_unknown_names_and_empty_folders_are_said(tmp_path):
    import argparse

    parser = argparse.ArgumentParser()
    gradescope.arguments(parser)
    with pytest.raises(ValueError, match=r"\['nonsense'\].*\['toy'\]"):
        gradescope.main(parser.parse_args(["nonsense", "--masters", str(TOY.parent)]))
    with pytest.raises(ValueError, match="no assignment"):
        gradescope.main(parser.parse_args(["--masters", str(tmp_path)]))


RUN = """
import json, sys
sys.path.insert(0, ".")
from deeptricks_gradescope.otter.check import hidden, visible
earned = {}
for kind in ("reference", "blank"):
    names, errors = {"__name__": "__main__"}, []
    for source in json.load(open(kind + ".json")):
        try:
            exec(compile(source, "<cell>", "exec"), names)
        except Exception as error:
            errors.append(repr(error))
    earned[kind] = []
    for question, parts in json.load(open("deeptricks_gradescope/checks.json")).items():
        for number in range(len(parts["checks"])):
            try:
                hidden(names, question, number)
                earned[kind].append([question, number])
            except AssertionError as error:
                if kind == "reference":
                    print(question, number, error, errors, file=sys.stderr)
print(json.dumps(earned))
"""


@pytest.mark.parametrize("folder", REAL, ids=lambda folder: folder.name)
def test_each_assignment_can_be_exported(folder, tmp_path):
    """Its checks, as data, in a process without the package and without the room's absent ones."""
    assignment = Assignment(folder, seed=4)
    for room in rooms(assignment):
        place = tmp_path / room
        place.mkdir()
        prepare(assignment, room, place)
        (place / "sitecustomize.py").write_text(absence(room), "utf-8")
        for kind, notebook in (
            ("reference", assignment.notebook()),
            ("blank", gradescope.blank(assignment)),
        ):
            (place / f"{kind}.json").write_text(json.dumps(_sources(notebook)), "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", RUN], cwd=place, capture_output=True, text=True, timeout=100,
            env={"PYTHONPATH": str(place), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        all_of_it = [[q.name, i] for q in graded(assignment, room) for i in range(len(q.checks))]
        earned = json.loads(done.stdout.splitlines()[-1])
        assert earned == {"reference": all_of_it, "blank": []}, done.stderr


def _sources(notebook):
    """The code that otter runs."""
    return [
        cell.source
        for cell in gradescope.for_otter(notebook).cells
        if cell.cell_type == "code" and "otter_ignore" not in cell.metadata.get("tags", [])
    ]


def _with_a_torch_question(folder):
    shutil.copytree(TOY, folder / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    checks = folder / "toy" / "checks.py"
    old = 'name="recall",'
    source = checks.read_text("utf-8")
    assert old in source
    checks.write_text(source.replace(old, old + ' room="torch",'), "utf-8")
    return Assignment(folder / "toy", seed=0)


def _told(archive, assignment):
    most = sum(q.points for q in graded(assignment, archive.read_text()))
    return [{"tests": [{"score": got, "max_score": most}]} for got in (most, 0)]


def test_an_expected_value_that_is_no_data_is_refused(toy):
    from deeptricks.grading import Check, Question

    odd = Check("odd", 1, "return odd", "odd", expected=object())
    part = toy.only("recall")
    part.__dict__["questions"] = (Question("recall", "Odd", (odd,)),)
    with pytest.raises(ValueError, match=r"'odd' of 'recall'.*object"):
        data(part, "numpy")
