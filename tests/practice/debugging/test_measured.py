import json

import pytest

from deeptricks.practice.debugging.checkup import checkup

from .patients import well


@pytest.fixture(scope="module")
def report():
    return checkup(**well())


def test_a_healthy_report_says_what_was_measured(report):
    assert report.findings == []
    numbers = next(check.numbers for check in report.checks if check.name == "planned")
    assert numbers["loss at chance"] == pytest.approx(1.386, abs=0.03)  # ln 4: four classes
    assert abs(numbers["loss at start"] - numbers["loss at chance"]) < 0.5
    assert numbers["best loss"] < 0.01
    assert numbers["steps"] == 120


def test_numbers_of_checks_are_plain(report):
    listed = json.loads(json.dumps(report.to_dict()))["checks"]
    assert sum(bool(check["numbers"]) for check in listed) >= 5


def test_a_number_stands_at_the_check_that_measured_it(report):
    first = {"first loss": "forward", "gradient along the loss": "first steps"}
    for number, name in first.items():
        assert [check.name for check in report.checks if number in check.numbers] == [name]


def plain(value):
    if isinstance(value, dict):
        return all(map(plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(plain, value))
    return isinstance(value, bool | int | float | str)


def test_what_a_person_cannot_read_is_left_out(report):
    assert all(plain(check.numbers) for check in report.checks)


@pytest.mark.parametrize("message", ["modified by an inplace operation", "mat1 and mat2 shapes"])
def test_what_is_raised_is_told_in_plain_values(message):
    def broken(x, y):
        raise RuntimeError(message)

    told = json.loads(json.dumps(checkup(**well(step=broken), seconds=2).to_dict()))
    assert not told["healthy"]
    assert message in told["findings"][0]["evidence"]
    assert told["findings"][0]["measured"]["stage"] == "step"
    assert told["findings"][0]["measured"]["step"] == 0
