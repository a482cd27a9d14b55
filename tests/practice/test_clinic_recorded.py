"""The record of the clinic: the page prints it, and the checkup still says what it said.

All 310 set-ups take ten minutes. Here every fifteenth is judged again that was judged rightly.
"""

import pytest

from deeptricks.practice import checkup
from tests.practice.clinic.cases import cases
from tests.practice.clinic.judge import judge_case
from tests.practice.clinic.record import PAGE, recorded, section

EVERY = 15


def right(verdict):
    """A right code among the first three; nothing in a healthy one."""
    return verdict.within(3) if verdict.kind == "broken" else not verdict.detected


def sample():
    """(half, name) of every fifteenth rightly judged case."""
    for half, verdicts in sorted(recorded()["checkup"].items()):
        yield from [(half, v.name) for v in verdicts if right(v)][::EVERY]


def test_the_page_prints_the_record():
    assert section() in PAGE.read_text("utf-8")


def test_each_case_has_its_verdict():
    for half, verdicts in recorded()["checkup"].items():
        assert {v.name for v in verdicts} == {case.name for case in cases(half)}


def test_nothing_was_left_altered():
    assert [v.name for h in recorded()["checkup"].values() for v in h if v.altered] == []


@pytest.mark.parametrize(("half", "name"), list(sample()))
def test_what_was_judged_rightly_still_is(half, name):
    (case,) = [case for case in cases(half) if case.name == name]
    verdict = judge_case(case, lambda **setup: checkup(**setup, seconds=60))
    assert right(verdict), f"{case.says}: {verdict.said or 'nothing found'}"
    assert (verdict.altered, verdict.error) == ([], "")
