"""What passed is left out until it could have changed; what failed or was skipped never is."""

import re

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
def project(pytester):
    for name, text in FILES.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub("^ {8}", "", text, flags=re.M))
    return pytester.path


@pytest.fixture
def ran(project, pytester, monkeypatch):
    """Run the tests; which of them ran, as {name: outcome}, and how many were left out."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("CI", "")

    def run(*options):
        for cached in (reached, rooms, words):
            cached.cache_clear()
        told = pytester.runpytest_inprocess("-rA", "--skip-unchanged", *options, "tests")
        report = told.stdout.str()
        outcomes = re.findall(r"^(PASSED|FAILED) \S*::test_(\w+)", report, re.M)
        left_out = re.search(r"^(\d+) tests are unchanged since they passed", report, re.M)
        found = {name: outcome for outcome, name in outcomes}
        return found, int(left_out[1]) if left_out else 0, told.ret

    return run


ALL = dict.fromkeys(("always", "c", "good", "value"), "PASSED")


def test_what_passed_is_left_out_until_something_changes(project, ran):
    assert ran() == (ALL, 0, 0)
    assert ran() == ({"always": "PASSED"}, 3, 0)
    (project / "src/deeptricks/inputs/a.py").write_text("VALUE = 2\n")
    failed = {"always": "PASSED", "good": "PASSED", "value": "FAILED"}
    assert ran() == (failed, 1, 1)
    assert ran() == ({"always": "PASSED", "value": "FAILED"}, 2, 1)
    (project / "src/deeptricks/inputs/a.py").write_text("VALUE = 1\n")
    assert ran()[0]["value"] == "PASSED"


def test_two_processes_keep_the_same_books(ran):
    two = ("-p", "xdist.plugin", "-n", "2")
    assert ran(*two) == (ALL, 0, 0)
    assert ran(*two) == ({"always": "PASSED"}, 3, 0)


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


def test_ci_runs_everything(ran, monkeypatch):
    ran()
    monkeypatch.setenv("CI", "true")
    assert ran() == (ALL, 0, 0)


def test_nothing_left_to_run_is_no_failure(project, ran):
    (project / "tests/test_root.py").unlink()
    (project / "tests/inputs/test_a.py").unlink()
    assert [ran() for _ in range(2)] == [({"c": "PASSED"}, 0, 0), ({}, 1, 0)]
