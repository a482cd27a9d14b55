"""Every guard on an execution finds the fault that it is there for."""

import re

import pytest
from toys import CLAIM_MIME, FIGURE_MIME

from book import guards, pace
from book.fingerprint import code_cells


def failed_claim(nb):
    code_cells(nb)[1].outputs[0].data[CLAIM_MIME].update(held=False, value="39", measured=[39.0])


def claim_that_holds_of_nothing(nb):
    record = {"held": False, "null_excluded": False, "null": "41"}
    code_cells(nb)[1].outputs[0].data[CLAIM_MIME].update(record)


def two_claims(nb):
    del code_cells(nb)[1].outputs[0].data[CLAIM_MIME]


def picture_alone(nb):
    code_cells(nb)[0].outputs[0].data["image/png"] = "aGVsbG8="


def svg_alone(nb):
    del code_cells(nb)[4].outputs[0].data[FIGURE_MIME]


def short_alt(nb):
    code_cells(nb)[4].outputs[0].data[FIGURE_MIME]["alt"] = "a line   " + " " * 40


def no_alt(nb):
    code_cells(nb)[4].outputs[0].data[FIGURE_MIME]["alt"] = None


def same_name(nb):
    code_cells(nb)[4].outputs *= 2


def slow_cell(nb):
    nb.metadata.deeptricks.cells[1] = 15.1


def slow_chapter(nb):
    nb.metadata.deeptricks.cpu_seconds = 30.1


def slower_than_it_asks(nb):
    nb.metadata.deeptricks.budget_s = 4


def asks_for_more(nb):
    nb.metadata.deeptricks.budget_s = 31


def asks_for_more_and_takes_it(nb):
    nb.metadata.deeptricks.update(budget_s=60, cpu_seconds=59.0)


@pytest.mark.parametrize(
    ("spoil", "guard", "message"),
    [
        (
            failed_claim,
            guards.claims_hold,
            r"(?s)cell \[2\].*Six times seven.*expected: at least 40.*got: +39 over 1 seeds",
        ),
        (
            claim_that_holds_of_nothing,
            guards.claims_hold,
            r"(?s)cell \[2\].*proves nothing: Six.*: at least 40.*if nothing were there: 41",
        ),
        (two_claims, guards.enough_claims, "2 claims, expected at least 3"),
        (picture_alone, guards.figures_described, r"cell \[1\] shows a picture without"),
        (svg_alone, guards.figures_described, r"cell \[5\] shows a picture without"),
        (short_alt, guards.figures_described, "'toy': alternative text is .*at least 40"),
        (no_alt, guards.figures_described, "alternative text is None"),
        (same_name, guards.figures_described, "second figure is named 'toy'"),
        (slow_cell, guards.within_budget, r"cell \[2\] took 15.1 s CPU, budget 15 s"),
        (slow_chapter, guards.within_budget, "took 30.1 s CPU, budget 30 s"),
        (slower_than_it_asks, guards.within_budget, "took 5.0 s CPU, budget 4 s"),
        (asks_for_more, guards.within_budget, "asks for a budget of 31 s"),
        (asks_for_more_and_takes_it, guards.within_budget, "took 59.0 s CPU, budget 30 s"),
    ],
)
def test_a_spoilt_execution_is_found(execution, spoil, guard, message):
    spoil(execution)
    assert re.search(message, "\n".join(guard(execution)))


def test_a_slow_machine_has_a_larger_budget(execution):
    record = execution.metadata.deeptricks
    record.update(cpu_seconds=44.0, cells=[21.0], slowdown=1.5)
    assert not list(guards.within_budget(execution))
    record.update(cpu_seconds=46.0, cells=[23.0])
    chapter, cell = guards.within_budget(execution)
    assert chapter.endswith("took 46.0 s CPU, budget 30 s, 1.5 times that on this machine")
    assert "23.0 s CPU, budget 15 s, 1.5 times" in cell


def test_the_pace_is_between_as_fast_and_three_times_slower():
    once = pace.REFERENCE_S
    assert pace.slowdown(once / 2, once / 2) == 1
    assert pace.slowdown(once, 2 * once) == 1.5
    assert pace.slowdown(9 * once) == pace.SLOWEST
    assert once / 5 < pace.work() < 20 * once


def test_a_budget_is_for_one_thread(execution):
    slow_chapter(execution)
    assert list(guards.within_budget(execution))
    execution.metadata.deeptricks.threads = "2"
    assert not list(guards.within_budget(execution))
