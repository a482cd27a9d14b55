"""The printed report: nothing of it is lost, and it fits a terminal."""

import math

import numpy as np
import pytest
import torch

from deeptricks.practice.debugging.report import Report
from deeptricks.practice.debugging.report_text import WIDTH, number, places, text
from tests.practice.debugging.reports import check, finding, healthy, ill


def words(report):
    return " ".join(text(report).split())


def test_every_part_of_every_finding_is_there_in_their_order():
    said, at = words(ill()), 0
    for rank, known in enumerate(ill().findings, 1):
        for part in (f"{rank}. {known.severity.upper()} {known.code}",
                     f"confidence {known.confidence:.2f}", known.evidence,
                     *([f"because of {known.because_of}"] if known.because_of else []),
                     f"where {known.where[0]}", f"cure {known.cure}", known.cure_code,
                     f"read {known.read}"):  # fmt: skip
            at = said.index(part, at)
    assert "label noise: 8 % look wrong" in said[at:]


def test_no_finding_is_lost_however_many():
    codes = [f"data.code_{i}" for i in range(40)]
    said = text(Report([finding(code) for code in codes]))
    assert [code for code in codes if code + " " not in said] == []
    assert "40 findings (40 fatal)" in said


def test_headline_and_checks():
    said = words(ill())
    assert "2 findings (1 fatal, 1 minor)" in said
    assert (
        "Checks: 1 passed, 1 failed, 1 skipped, 3.2 s. Skipped: validation: no val_batches." in said
    )


def test_a_healthy_report_says_what_was_measured():
    said = words(healthy())
    assert "healthy: 2 checks found nothing wrong" in said
    assert "start: loss 2.303, chance 2.303" in said


def test_nothing_measured_is_not_called_healthy():
    said = words(Report(checks=[check("start", "skipped", "the model raises")]))
    assert "healthy" not in said
    assert "nothing could be measured" in said
    assert "start: the model raises" in said


def test_it_fits_a_terminal():
    long = finding(evidence="word " * 90, cure="other " * 60, where=("a.weight",) * 30)
    lines = text(Report([long, *ill().findings], ill().notes, ill().checks)).splitlines()
    assert max(map(len, lines)) <= WIDTH


def test_code_is_not_wrapped():
    line = "model = nn.Sequential(" + ", ".join(["nn.Linear(64, 64)"] * 6) + ")"
    assert line in text(Report([finding(cure_code=line)]))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2.302585, "2.303"),
        (1e-7, "1.00e-07"),
        (123456.0, "1.23e+05"),
        (12345, "12345"),
        (0.0, "0"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (True, "True"),
        (torch.tensor(0.5), "0.5"),
        (np.float32(0.5), "0.5"),
        ("words", "words"),
    ],
)
def test_numbers(value, expected):
    assert number(value) == expected


def test_many_places():
    assert places(("a", "b")) == "a, b"
    assert places(tuple("abcdefgh")) == "a, b, c, d, e, f and 2 more"
