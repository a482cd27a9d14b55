"""A checkup as a test: it fails with the report, and only for what is not accepted."""

import sys
from types import SimpleNamespace

import pytest

from deeptricks.practice.debugging.assert_healthy import assert_healthy, known_codes
from deeptricks.practice.debugging.report import Report
from tests.practice.debugging.reports import finding, healthy, ill


@pytest.fixture
def reports(monkeypatch):
    """Let the checkup return what is set here, and keep what it was called with."""
    given = SimpleNamespace(report=healthy(), setup=None)

    def checkup(**setup):
        given.setup = setup
        return given.report

    name = "deeptricks.practice.debugging.checkup"
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(checkup=checkup))
    return given


def test_a_healthy_set_up_passes(reports):
    assert assert_healthy(model=1, batches=2, seconds=3) is None
    assert reports.setup == {"model": 1, "batches": 2, "seconds": 3}


def test_an_ill_one_fails_with_the_report(reports):
    reports.report = ill()
    with pytest.raises(AssertionError) as raised:
        assert_healthy(model=1)
    assert str(ill()) in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "passes"),
    [
        ({"allow": ["data.imbalance"]}, True),
        ({"allow": "data.imbalance"}, True),
        ({"allow": ["data.leakage"]}, False),
        ({"severity": "fatal"}, True),
        ({"severity": "major"}, False),
        ({}, False),
    ],
)
def test_what_is_accepted(reports, arguments, passes):
    reports.report = Report([finding("data.imbalance", severity="major")])
    if passes:
        assert_healthy(**arguments)
    else:
        with pytest.raises(AssertionError, match=r"data\.imbalance"):
            assert_healthy(**arguments)


def test_nothing_measured_fails(reports):
    reports.report = Report()
    with pytest.raises(AssertionError, match="measure nothing"):
        assert_healthy(model=1)


def test_an_unknown_code_is_an_error_before_anything_runs(reports):
    with pytest.raises(ValueError, match=r"'data\.inbalance'; did you mean data\.imbalance"):
        assert_healthy(allow=["data.inbalance"], model=1)
    with pytest.raises(ValueError, match="severity must be one of"):
        assert_healthy(severity="bad", model=1)
    assert reports.setup is None
    assert known_codes([]) == ()
