"""Each class that keeps the optimizers' contract brings its own list of options."""

import pytest

pytest.register_assert_rewrite(
    "tests.optimization.contract", "tests.optimization.schedules.compared"
)


def pytest_generate_tests(metafunc):
    """`options`: each of the list; `some`: the last of it, and every fourth before."""
    lists = {"options": ("options", 1), "some": ("options", 4)}
    for name, (attribute, every) in lists.items():
        if name in metafunc.fixturenames and hasattr(metafunc.cls, "later"):
            cases = getattr(metafunc.cls, attribute)[::-every]
            metafunc.parametrize(name, cases, ids=[compact(case) for case in cases])


def compact(case):
    return str(case).replace("'", "").replace(" ", "").strip("{}()") or "defaults"
