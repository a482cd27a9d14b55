"""What a reader is told of a claim, in plain text and on the page."""

import math
import re
import xml.etree.ElementTree as ET

import pytest

from deeptricks.lab import claim
from deeptricks.lab.wording import amount, span

NAN = math.nan
PARTS = {"output <y>": 0.0, "gradient": 2e-16}


@pytest.mark.parametrize("seeds", [([3.1, 3.2], [3.3, 3.4]), ([3.1, 2.9], [3.3, 3.4])])
def test_plain_text_does_not_depend_on_the_machine(shown, seeds):
    for measured in seeds:
        claim("It works.", measured, at_least=3, unit="×", holds_in=1)
    assert shown[0]["text/plain"] == shown[1]["text/plain"]
    assert "at least 3× in at least 1 of 2 seeds" in shown[0]["text/plain"]


def test_plain_text_with_digits_that_are_stable(shown):
    claim("It works.", [3.11, 3.13], at_least=3, unit="×", digits=2, against=1)
    text = "✓ It works. [3.1×; asked: at least 3× in all 2 seeds; if nothing were there: 1×]"
    assert shown[0]["text/plain"] == text


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"measured": [3, 4]}, "at least 3 in all 2 seeds"),
        ({"measured": [3, 4], "over": "widths"}, "at least 3 in all 2 widths"),
        ({"measured": [3], "over": "widths"}, "at least 3 in 1 width"),
        ({"measured": [3, 4], "over": "starts", "holds_in": 1}, "in at least 1 of 2 starts"),
        ({"measured": {"SGD": 3, "Adam": 4}, "over": "methods"}, "at least 3 in all 2 methods"),
        ({"measured": 3}, "at least 3]"),
    ],
)
def test_what_the_values_run_over_has_its_name(shown, given, where):
    claim("It works.", at_least=3, **given)
    assert where in shown[0]["text/plain"]
    assert where.strip("]") in shown[0]["text/html"]


def test_a_failed_claim_says_what_was_expected_and_what_came(shown):
    claim("It works.", [1, 2, 0.5], at_least=2, unit=" pp", digits=1)
    text = shown[0]["text/plain"]
    assert "DOES NOT HOLD: It works." in text
    assert "expected at least 2 pp in all 3 seeds, got 1.2 ± 0.8 pp, holds in 1" in text
    assert "Does not hold" in shown[0]["text/html"]
    assert "verified" not in shown[0]["text/html"]


def test_a_claim_that_holds_of_nothing_says_so(shown):
    claim("It helps.", [1.2, 1.3], at_least=0.9, unit="×", against=1)
    text = "✗ PROVES NOTHING: It helps. [at least 0.9× holds if nothing were there: 1×]"
    assert shown[0]["text/plain"] == text
    assert "Proves nothing:" in shown[0]["text/html"]
    assert "dt-claim-failed" in shown[0]["text/html"]
    assert "verified" not in shown[0]["text/html"]


def test_html_shows_the_evidence_and_escapes(shown):
    claim("a < b", [3, 4, 5], at_least=3, against=0, source="Smith & Co", published="<3>")
    text = shown[0]["text/html"]
    assert "a &lt; b" in text
    evidence = "4 ± 1, holds in 3 of 3 seeds · asked: at least 3 in all 3 seeds"
    assert f"verified here: {evidence} · if nothing were there: 0" in text
    assert "Smith &amp; Co: &lt;3&gt; · the source&#x27;s claim: replicated" in text


def test_a_mark_of_ours_does_not_contradict_the_verdict_on_the_source(shown):
    claim("It does not help.", 0, at_most=1, source="IST 4", verdict="not replicated")
    text = "".join(ET.fromstring(shown[0]["text/html"]).itertext())
    assert re.search("✓ It does not help.verified here: 0 .* source's claim: not replicated", text)


def test_a_source_that_is_only_named_has_no_verdict(shown):
    claim("It helps.", 1, at_least=1, source="IST 4", kind="measurement")
    assert "IST 4</div>" in shown[0]["text/html"]


def test_an_identity_is_one_line_that_unfolds(shown):
    claim("Ours is theirs", PARTS, at_most=1e-10, kind="identity")
    root = ET.fromstring(shown[0]["text/html"])
    (fold,) = root
    assert (fold.tag, fold.get("open")) == ("details", None)
    assert "".join(fold.find("summary").itertext()) == "✓ Ours is theirs"
    assert [item.text for item in fold.iter("li")] == ["output <y>: 0", "gradient: 2e−16"]
    facts = "verified here: 0 … 2e−16, holds in 2 of 2 comparisons"
    assert facts in "".join(fold.find("div").itertext())


def test_an_identity_that_fails_is_unfolded(shown):
    claim("Ours is theirs", PARTS | {"state": NAN}, at_most=1e-10, kind="identity")
    fold = ET.fromstring(shown[0]["text/html"].replace("<details open>", '<details open="">'))[0]
    assert fold.get("open") == ""
    assert [item.text for item in fold.iter("li")][-1] == "state: nan"


def test_a_measurement_with_parts_shows_its_facts_and_folds_the_parts(shown):
    claim("All arrive", {"SGD": 3, "Adam": 4}, at_most=5, over="methods", unit=" steps")
    _, facts, fold = ET.fromstring(shown[0]["text/html"])
    assert facts.text.startswith("verified here: 3 … 4 steps, holds in 2 of 2 methods")
    assert fold.find("summary").text == "each of the 2 methods"
    assert [item.text for item in fold.iter("li")] == ["SGD: 3 steps", "Adam: 4 steps"]


@pytest.mark.parametrize(
    ("mean", "sd", "text"),
    [
        (3.1, 0.132, "3.1 ± 0.1×"),
        (1350.0, 212.13, "1350 ± 212×"),
        (1e-12, None, "1e−12×"),
        (2e-8, 1.41e-8, "2e−08 ± 1e−08×"),
        (5.0, 0.0, "5×"),
        (-4.0, 1.414, "−4 ± 1×"),
        (-0.05, 1.34, "0 ± 1×"),
        (0.98765, None, "0.988×"),
        (61_100_840.0, None, "61,100,840×"),  # a count is shown whole
        (229_863.4, None, "230,000×"),
        (NAN, None, "nan×"),
    ],
)
def test_values_are_shown_to_the_digits_that_the_seeds_support(mean, sd, text):
    assert amount(mean, sd, "×") == text


@pytest.mark.parametrize(
    ("values", "text"),
    [([2e-16, 0.0], "0 … 2e−16 s"), ([1.0, 1.0], "1 s"), ([1.0, NAN], "nan s")],
)
def test_values_of_several_kinds_are_shown_as_a_span(values, text):
    assert span(values, " s") == text
