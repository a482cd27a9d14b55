"""The report: what it says of itself, and to a test."""

import json
import math

import pytest
import torch

from deeptricks.practice.debugging.report import Report
from tests.practice.debugging.reports import check, finding, healthy, ill


def test_healthy_and_examined():
    assert healthy().healthy
    assert healthy().examined
    assert not ill().healthy
    assert not Report().examined
    assert not Report(checks=[check("a", "skipped")]).examined
    assert Report(checks=[check("a", "failed")]).examined


@pytest.mark.parametrize(
    ("severity", "allow", "expected"),
    [
        ("minor", (), ["fatal", "major", "minor"]),
        ("major", (), ["fatal", "major"]),
        ("fatal", (), ["fatal"]),
        ("minor", ("loss.sign",), ["fatal", "minor"]),
    ],
)
def test_what_counts(severity, allow, expected):
    codes = {"fatal": "data.nonfinite", "major": "loss.sign", "minor": "data.imbalance"}
    report = Report([finding(code, severity=s) for s, code in codes.items()])
    assert [f.severity for f in report.at_least(severity, allow)] == expected


def test_a_severity_that_is_none():
    with pytest.raises(ValueError, match="severity must be one of"):
        ill().at_least("bad")


def test_an_ill_report_raises_with_all_it_says():
    with pytest.raises(AssertionError) as raised:
        ill().raise_if_ill()
    assert str(ill()) in str(raised.value)
    ill().raise_if_ill(allow=[f.code for f in ill().findings])
    healthy().raise_if_ill()


def test_nothing_measured_is_no_pass():
    with pytest.raises(AssertionError, match="measure nothing"):
        Report().raise_if_ill()


def test_json_takes_everything():
    wild = {"nan": math.nan, "tensor": torch.tensor([math.inf]), 3: torch.nn.Linear(1, 1)}
    report = Report([finding(measured=wild, curves={"loss": [1.0, math.nan]})], [], [check()], 1.0)
    read = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert read["healthy"] is False
    assert read["findings"][0]["measured"]["tensor"] == ["inf"]
    assert read["findings"][0]["curves"]["loss"] == [1.0, "nan"]
    assert read["checks"][0]["state"] == "passed"
    assert json.dumps(report.findings[0].to_dict(), allow_nan=False)
