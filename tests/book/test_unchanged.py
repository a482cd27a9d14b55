"""What passed is left out until it could have changed; what failed or was skipped never is."""

import os
import re
import subprocess
import sys

import pytest

from book.execution import ROOT
from book.unchanged import reached, rooms, words

FILES = {
    "conftest.py": 'pytest_plugins = ["book.unchanged"]\n',
    "pyproject.toml": "",
    "src/deeptricks/inputs/a.py": "VALUE = 1\n",
    "src/deeptricks/signal/b.py": "VALUE = 1\n",
    "src/deeptricks/lab/runs.py": "",
    "assignments/inputs/checks.py": "from deeptricks.signal import b\n",
    "tests/helper.py": "",
    "tests/test_root.py": "def test_always(): pass\n",
    "tests/inputs/test_a.py": """
        import pytest, pathlib  # words in a comment reach no room: signal
        SOURCE = pathlib.Path("src/deeptricks/inputs/a.py")
        def test_good(): assert SOURCE.exists()
        def test_value(): assert "1" in SOURCE.read_text()
        def test_skipped(): pytest.skip("not here")
        """,
    "tests/grading/test_c.py": "def test_c(): assert 'assignments'\n",
}


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub("^ {8}", "", text, flags=re.M))
    return tmp_path


def ran(project, *options, **environment):
    """The tests that ran, as {name: outcome}, and how many were said to be left out."""
    command = [sys.executable, "-m", "pytest", "-rA", "--color=no", "--skip-unchanged", *options]
    ours = {"CI": "", "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    report = subprocess.run(
        [*command, "tests"],
        cwd=project,
        env={**os.environ, **ours, **environment},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    outcomes = re.findall(r"^(PASSED|FAILED) \S*::test_(\w+)", report, re.M)
    left_out = re.search(r"^(\d+) tests are unchanged since they passed", report, re.M)
    return {name: outcome for outcome, name in outcomes}, int(left_out[1]) if left_out else 0


ALL = dict.fromkeys(("always", "c", "good", "value"), "PASSED")


def test_what_passed_is_left_out_until_something_changes(project):
    assert ran(project) == (ALL, 0)
    assert ran(project) == ({"always": "PASSED"}, 3)
    (project / "src/deeptricks/inputs/a.py").write_text("VALUE = 2\n")
    failed = {"always": "PASSED", "good": "PASSED", "value": "FAILED"}
    assert ran(project) == (failed, 1)
    assert ran(project) == ({"always": "PASSED", "value": "FAILED"}, 2)
    (project / "src/deeptricks/inputs/a.py").write_text("VALUE = 1\n")
    assert ran(project)[0]["value"] == "PASSED"


def test_two_processes_keep_the_same_books(project):
    two = ("-p", "xdist.plugin", "-n", "2")
    assert ran(project, *two) == (ALL, 0)
    assert ran(project, *two) == ({"always": "PASSED"}, 3)


@pytest.mark.parametrize(
    ("file", "reaching"),
    [
        ("tests/helper.py", ["inputs/test_a.py", "grading/test_c.py"]),
        ("src/deeptricks/lab/runs.py", ["inputs/test_a.py", "grading/test_c.py"]),
        ("src/deeptricks/signal/b.py", ["grading/test_c.py"]),
        ("assignments/inputs/checks.py", ["grading/test_c.py"]),
        ("tests/inputs/test_a.py", ["inputs/test_a.py"]),
        ("tests/test_root.py", []),
    ],
)
def test_what_a_change_runs_again(project, file, reaching):
    tests = ["inputs/test_a.py", "grading/test_c.py"]

    def states():
        for cached in (reached, rooms, words):
            cached.cache_clear()
        return {test: reached(project / "tests" / test, project) for test in tests}

    before = states()
    (project / file).open("a").write("\n")
    after = states()
    assert [test for test in tests if before[test] != after[test]] == reaching


def test_ci_runs_everything(project):
    ran(project)
    assert ran(project, CI="true") == (ALL, 0)


def test_nothing_left_to_run_is_no_failure(project):
    (project / "tests/test_root.py").unlink()
    (project / "tests/inputs/test_a.py").unlink()
    command = [sys.executable, "-m", "pytest", "--skip-unchanged", "tests"]
    environment = {**os.environ, "CI": "", "PYTHONPATH": str(ROOT)}
    for _ in range(2):
        subprocess.run(command, cwd=project, env=environment, capture_output=True, check=True)
