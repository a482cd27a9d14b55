"""`claim`: holds exactly when it should, and records what the ledger needs."""

import json
import math

import pytest
import torch

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
        (2.9, {"at_least": 3}, False),
        (INF, {"at_least": 3}, False),
        (INF, {"at_least": 3, "infinite": True}, True),
        (-INF, {"at_most": 3}, False),
        (NAN, {"between": (-9, 9)}, False),
        ([3, 4, 5], {"at_least": 3}, True),
        ([3, 4, 2.9], {"at_least": 3}, False),
        ([3, 4, NAN], {"at_least": 3}, False),
        ([3, 4, 2.9], {"at_least": 3, "holds_in": 2}, True),
        ([3, 2, 2.9], {"at_least": 3, "holds_in": 2}, False),
        ([3, NAN, 4], {"at_least": 3, "holds_in": 2}, True),
        ([3, INF, 2], {"at_least": 3, "holds_in": 2}, False),
        (torch.tensor([3.0, 4.0]), {"at_least": 3}, True),
        ({"output": 0.0, "gradient": 1e-11}, {"at_most": 1e-10}, True),
        ({"output": 0.0, "gradient": 1e-9}, {"at_most": 1e-10}, False),
        ({"output": 0.0, "gradient": NAN}, {"at_most": 1e-10}, False),
    ],
)
def test_holds(shown, measured, condition, held):
    assert record(shown, measured, **condition)["held"] is held


def test_a_reversed_condition_flips(shown):
    seeds = [3.1, 3.2, 3.3]
    assert record(shown, seeds, at_least=3)["held"]
    assert not record(shown, seeds, at_most=3)["held"]


@pytest.mark.parametrize(
    ("against", "condition", "excluded"),
    [
        (1, {"at_least": 1.5}, True),
        (1, {"at_least": 1}, False),
        (0, {"at_most": 0.5}, False),
        (0, {"at_most": -0.5}, True),
        (0, {"equals": 0.4, "tolerance": 0.5}, False),
        (0, {"between": (0.1, 3)}, True),
        (0, {"between": (-0.1, 3)}, False),
        ([0, 1], {"at_least": 1.5}, True),
        ([0, 2], {"at_least": 1.5}, False),
        (torch.tensor(0.0), {"at_least": 0.5}, True),
    ],
)
def test_a_condition_that_nothing_at_all_satisfies_proves_nothing(
    shown, against, condition, excluded
):
    measured, *_ = condition.get("between", condition.values())  # a bound holds
    assert record(shown, measured, **condition)["held"]  # without a null nobody can tell
    with_null = record(shown, measured, against=against, **condition)
    assert with_null["null_excluded"] is excluded
    assert with_null["held"] is excluded


def test_a_null_that_is_excluded_does_not_make_a_claim_hold(shown):
    r = record(shown, 1.2, at_least=1.5, against=1)
    assert (r["null_excluded"], r["held"]) == (True, False)


@pytest.mark.parametrize(
    ("measured", "given", "match"),
    [
        ([], {"at_least": 1}, "measured"),
        ([[1, 2]], {"at_least": 1}, "measured"),
        (1, {"at_least": NAN}, "at_least must be finite"),
        (1, {"at_least": 1, "against": NAN}, "against must be finite"),
        (1, {"at_least": 1, "against": []}, "against must be a number or a 1-D array"),
        (1, {"at_least": 1, "holds_in": 1}, "holds_in"),
        ([1, 2], {"at_least": 1, "holds_in": 3, "over": "widths"}, r"number of widths \(2\)"),
        ([1, 2], {"at_least": 1, "holds_in": 0}, "holds_in"),
        ({"a": 1}, {"at_least": 1, "digits": 2}, "digits"),
        (1, {"at_least": 1, "source": "UMN 6", "verdict": "maybe"}, "verdict must be one of"),
        (1, {"at_least": 1, "verdict": "replicated"}, "source"),
        (1, {"at_least": 1, "cite": "lecun1998"}, "source"),
        (1, {"at_least": 1, "published": "3"}, "source"),
        (1, {"at_least": 1, "kind": "opinion"}, "kind must be one of identity, measurement"),
        (1, {"at_least": 1, "kind": "replication"}, "a replication needs a source"),
        (
            1,
            {"at_least": 1, "kind": "identity", "source": "UMN 6", "verdict": "replicated"},
            "a verdict is for a replication, got 'replicated' for kind 'identity'",
        ),
    ],
)
def test_bad_input(shown, measured, given, match):
    with pytest.raises(ValueError, match=match):
        claim("It works.", measured, **given)
    assert shown == []


@pytest.mark.parametrize(
    ("nulls", "told"),
    [
        ([3.92923, 1.46951], "1.47 or 3.93×"),
        ([1.0, 0.999999, 1.0], "1×"),  # each once
        ([0.25, 0.125, 1, 0.5], "0.125 … 1×"),
    ],
)
def test_nulls_are_told_briefly(shown, nulls, told):
    assert record(shown, 9, at_least=4, unit="×", against=nulls)["null"] == told


def test_exactly_one_condition(shown):
    with pytest.raises(TypeError, match="one of at_least, at_most, equals, between"):
        claim("It works.", 1.0)


def test_the_record_of_seeds(shown):
    source = {"source": "UMN 6", "cite": "umn", "published": "3×"}
    r = record(shown, [3, 4, 5], at_least=3, unit="×", against=[0.5, 1], **source)
    assert r == {
        "sentence": "It works.",
        "kind": "replication",
        "condition": "at least 3×",
        "against": [0.5, 1.0],
        "null": "0.5 or 1×",
        "null_excluded": True,
        "measured": [3.0, 4.0, 5.0],
        "parts": None,
        "over": "seeds",
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
    assert (r["against"], r["null"], r["null_excluded"]) == (None, None, None)


def test_the_record_of_parts_is_one(shown):
    r = record(shown, {"output": 0.0, "gradient": 2e-16}, at_most=1e-10, kind="identity")
    assert len(shown) == 1
    assert r["kind"] == "identity"
    assert (r["parts"], r["measured"]) == (["output", "gradient"], [0.0, 2e-16])
    assert (r["over"], r["count"], r["needed"]) == ("comparisons", 2, 2)
    assert r["value"] == "0 … 2e−16"


@pytest.mark.filterwarnings("error")  # a warning would be an output of the notebook
@pytest.mark.parametrize(
    "measured", [NAN, INF, [NAN, 1.0], [INF, 1.0, 2.0], [INF, -INF], {"a": NAN, "b": INF}]
)
def test_records_are_strict_json(shown, measured):
    json.dumps(record(shown, measured, at_most=3), allow_nan=False)


def test_kinds_and_verdicts(shown):
    source = {"at_least": 1, "source": "UMN 6"}
    for given, kind, verdict in [
        ({"at_least": 1}, "measurement", None),
        ({"at_least": 1, "kind": "identity"}, "identity", None),
        (source, "replication", "replicated"),
        (source | {"verdict": "not comparable"}, "replication", "not comparable"),
        (source | {"kind": "measurement"}, "measurement", None),
    ]:
        r = record(shown, 1, **given)
        assert (r["kind"], r["verdict"]) == (kind, verdict)
