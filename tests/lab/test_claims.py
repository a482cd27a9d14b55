"""`claim`: holds exactly when it should, says so, and records what the ledger needs."""

import json
import math

import pytest

from deeptricks.lab import claim
from deeptricks.lab.claims import CLAIM_MIME

NAN, INF = math.nan, math.inf


def record(shown, *args, **kw):
    assert claim("It works.", *args, **kw) is None
    return shown[-1][CLAIM_MIME]


@pytest.mark.parametrize(
    ("measured", "condition", "held"),
    [
        (3.0, {"at_least": 3}, True),
        (math.nextafter(3, 0), {"at_least": 3}, False),
        (3.0, {"at_most": 3}, True),
        (math.nextafter(3, 4), {"at_most": 3}, False),
        (3.0, {"equals": 3}, True),
        (math.nextafter(3, 4), {"equals": 3}, False),
        (3.5, {"equals": 3, "tolerance": 0.5}, True),
        (2.5, {"equals": 3, "tolerance": 0.5}, True),
        (3.51, {"equals": 3, "tolerance": 0.5}, False),
        (3.0, {"between": (3, 4)}, True),
        (4.0, {"between": (3, 4)}, True),
        (2.99, {"between": (3, 4)}, False),
        (4.01, {"between": (3, 4)}, False),
        (0.0, {"at_least": 0}, True),  # a bound of zero is a bound
        (-1.0, {"at_least": 0}, False),
        (INF, {"at_least": 3}, True),
        (NAN, {"at_least": 3}, False),
        (NAN, {"at_most": 3}, False),
        (NAN, {"equals": 3, "tolerance": 9}, False),
        (NAN, {"between": (-9, 9)}, False),
        ([3, 4, 5], {"at_least": 3}, True),
        ([3, 4, 2.9], {"at_least": 3}, False),
        ([3, 4, NAN], {"at_least": 3}, False),
        ([3, 4, 2.9], {"at_least": 3, "holds_in": 2}, True),
        ([3, 2, 2.9], {"at_least": 3, "holds_in": 2}, False),
        ([3, NAN, 4], {"at_least": 3, "holds_in": 2}, True),
    ],
)
def test_holds(shown, measured, condition, held):
    assert record(shown, measured, **condition)["held"] is held


def test_a_reversed_condition_flips(shown):
    seeds = [3.1, 3.2, 3.3]
    assert record(shown, seeds, at_least=3)["held"]
    assert not record(shown, seeds, at_most=3)["held"]


@pytest.mark.parametrize("given", [{}, {"at_least": 1, "at_most": 2}, {"at_least": 0, "equals": 0}])
def test_exactly_one_condition(shown, given):
    with pytest.raises(TypeError, match="one of at_least, at_most, equals, between"):
        claim("It works.", 1.0, **given)


@pytest.mark.parametrize(
    ("measured", "given", "match"),
    [
        ([], {"at_least": 1}, "measured"),
        ([[1, 2]], {"at_least": 1}, "measured"),
        (1, {"at_least": NAN}, "at_least must be finite"),
        (1, {"between": (2, 1)}, "between"),
        (1, {"between": 2}, "between must be two numbers, got 2"),
        (1, {"at_most": (1, 2)}, "at_most must be a number"),
        (1, {"equals": 1, "tolerance": -1}, "tolerance"),
        (1, {"at_least": 1, "tolerance": 1}, "tolerance"),
        (1, {"at_least": 1, "holds_in": 1}, "holds_in"),
        ([1, 2], {"at_least": 1, "holds_in": 3}, "holds_in"),
        ([1, 2], {"at_least": 1, "holds_in": 0}, "holds_in"),
        (1, {"at_least": 1, "source": "UMN 6", "verdict": "maybe"}, "verdict"),
        (1, {"at_least": 1, "verdict": "replicated"}, "source"),
        (1, {"at_least": 1, "cite": "lecun1998"}, "source"),
        (1, {"at_least": 1, "published": "3"}, "source"),
    ],
)
def test_bad_input(shown, measured, given, match):
    with pytest.raises(ValueError, match=match):
        claim("It works.", measured, **given)
    assert shown == []


def test_the_record_of_seeds(shown):
    r = record(shown, [3, 4, 5], at_least=3, unit="×", source="UMN 6", cite="umn", published="3×")
    assert r == {
        "sentence": "It works.",
        "condition": "at least 3×",
        "measured": [3.0, 4.0, 5.0],
        "n": 3,
        "mean": 4.0,
        "sd": 1.0,
        "unit": "×",
        "count": 3,
        "needed": 3,
        "held": True,
        "value": "4 ± 1×",
        "source": "UMN 6",
        "cite": "umn",
        "published": "3×",
        "verdict": "replicated",
    }


def test_the_record_of_a_number(shown):
    r = record(shown, 2, at_most=3)
    assert (r["n"], r["mean"], r["sd"], r["verdict"]) == (None, 2.0, None, None)


@pytest.mark.filterwarnings("error")  # a warning would be an output of the notebook
@pytest.mark.parametrize("measured", [NAN, INF, [NAN, 1.0], [INF, 1.0, 2.0], [INF, -INF]])
def test_records_are_strict_json(shown, measured):
    json.dumps(record(shown, measured, at_most=3), allow_nan=False)


def test_verdicts(shown):
    source = {"at_least": 1, "source": "UMN 6"}
    assert record(shown, 1, **source)["verdict"] == "replicated"
    assert record(shown, 1, **source, verdict="not replicated")["verdict"] == "not replicated"


@pytest.mark.parametrize("seeds", [([3.1, 3.2], [3.3, 3.4]), ([3.1, 2.9], [3.3, 3.4])])
def test_plain_text_does_not_depend_on_the_machine(shown, seeds):
    for measured in seeds:
        claim("It works.", measured, at_least=3, unit="×", holds_in=1)
    assert shown[0]["text/plain"] == shown[1]["text/plain"]
    assert "at least 3× in at least 1 of 2 seeds" in shown[0]["text/plain"]


def test_plain_text_with_digits_that_are_stable(shown):
    claim("It works.", [3.11, 3.13], at_least=3, unit="×", digits=2)
    assert shown[0]["text/plain"] == "✓ It works. [3.1×; asked: at least 3× in all 2 seeds]"


def test_a_failed_claim_says_what_was_expected_and_what_came(shown):
    claim("It works.", [1, 2, 0.5], at_least=2, unit=" pp", digits=1)
    text = shown[0]["text/plain"]
    assert "DOES NOT HOLD: It works." in text
    assert "expected at least 2 pp in all 3 seeds, got 1.2 ± 0.8 pp, holds in 1" in text
    assert "Does not hold" in shown[0]["text/html"]
    assert "verified" not in shown[0]["text/html"]


def test_html_shows_the_evidence_and_escapes(shown):
    claim("a < b", [3, 4, 5], at_least=3, source="Smith & Co", published="<3>")
    text = shown[0]["text/html"]
    assert "a &lt; b" in text
    assert "verified: 4 ± 1, holds in 3 of 3 seeds · asked: at least 3 in all 3 seeds" in text
    assert "Smith &amp; Co: &lt;3&gt; · replicated" in text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([3.05, 3.25, 3.0], "3.1 ± 0.1×"),
        ([1200.0, 1500.0], "1350 ± 212×"),
        ([1e-12], "1e−12×"),
        ([1e-8, 3e-8], "2e−08 ± 1e−08×"),
        ([5.0, 5.0], "5×"),
        ([-3.0, -5.0], "−4 ± 1×"),
        ([-1.0, 0.9], "0 ± 1×"),
        ([0.98765], "0.988×"),
        ([NAN, 1.0], "nan×"),
    ],
)
def test_values_are_shown_to_the_digits_that_the_seeds_support(shown, values, text):
    measured = values if len(values) > 1 else values[0]
    assert record(shown, measured, at_least=0, unit="×")["value"] == text
