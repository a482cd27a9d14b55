"""For the tests of the kit: its notebooks are assignments, not chapters."""

import pytest

from deeptricks.grading.sandbox import walls

pytest.register_assert_rewrite("tests.grading.masters", "tests.grading.real")

collect_ignore_glob = ["*/*.ipynb"]


@pytest.fixture(scope="session")
def sandboxed():
    """Whether the masters' code can be run where students' code runs."""
    try:
        walls.bubblewrap()
    except walls.NoSandbox:
        return False
    return True


def pytest_generate_tests(metafunc):
    """Each mistake and each alternative of a part is a test of its own."""
    if metafunc.cls and "case" in metafunc.fixturenames:
        found = metafunc.cls.cases()
        names = [f"{case.kind}-{case.question}-{case.name}" for case in found]
        metafunc.parametrize("case", found, ids=names)
