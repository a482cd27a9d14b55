"""How a claim's record is told: one line of text, which tests compare, and a block of HTML."""

import html
import math
from typing import Any

import numpy as np

from deeptricks.lab.conditions import rounded, short

Record = dict[str, Any]


def amount(mean: float, sd: float | None, unit: str) -> str:
    """Write for a reader the mean ± the standard deviation to its leading digit."""
    if not sd:
        return f"{rounded(mean)}{unit}"
    decimals = max(-math.floor(math.log10(sd)), 0)
    digits = (".3g", ".1g") if decimals > 4 else (f".{decimals}f",) * 2
    return f"{short(mean, digits[0])} ± {short(sd, digits[1])}{unit}"


def span(values: list[float], unit: str) -> str:
    """Write for a reader, of values that are not of one kind, the least and the largest."""
    low, high = np.min(values), np.max(values)
    return f"{rounded(low, 2)} … {rounded(high, 2)}{unit}" if low < high else amount(low, 0, unit)


def as_text(record: Record, stable: str | None = None) -> str:
    """Tell in one line; of what was measured, only what is the same on every machine."""
    null = f"if nothing were there: {record['null']}" if record["null"] else ""
    if record["null_excluded"] is False:
        return f"✗ PROVES NOTHING: {record['sentence']} [{record['condition']} holds {null}]"
    asked = record["condition"] + _where(record)
    if record["held"]:
        facts = [stable, f"asked: {asked}", null]
        return f"✓ {record['sentence']} [{'; '.join(fact for fact in facts if fact)}]"
    count = f", holds in {record['count']}" if record["n"] else ""
    return f"✗ DOES NOT HOLD: {record['sentence']} [expected {asked}, got {record['value']}{count}]"


def as_html(record: Record) -> str:
    """Show the sentence with its mark, and in smaller type what it rests on.

    An identity is one line that unfolds; a claim with several named parts lists them in a fold.
    """
    held = record["held"]
    sentence = (
        f'<span class="dt-claim-mark">{_mark(record)}</span> {html.escape(record["sentence"])}'
    )
    facts = "".join(
        f'<div class="dt-claim-facts">{html.escape(line)}</div>' for line in _facts(record)
    )
    if record["kind"] == "identity":
        body = _fold("dt-claim-sentence", sentence, facts + _parts(record), opened=not held)
    else:
        parts = f"each of the {record['n']} {record['over']}"
        fold = _fold("dt-claim-facts", html.escape(parts), _parts(record), opened=not held)
        body = f'<div class="dt-claim-sentence">{sentence}</div>{facts}'
        body += fold if record["parts"] else ""
    return (
        f'<div class="dt-claim dt-claim-{"held" if held else "failed"}" role="note"'
        ' style="border-left:3px solid var(--dt-claim,currentColor);padding:.2em .9em">'
        f"{body}</div>"
    )


def _mark(record: Record) -> str:
    if record["null_excluded"] is False:
        return "✗ Proves nothing:"
    return "✓" if record["held"] else "✗ Does not hold:"


def _facts(record: Record) -> list[str]:
    """Tell what was measured and asked; then the source's own claim, whose fate may be another."""
    word = "verified here" if record["held"] else "measured"
    count = f", holds in {record['count']} of {record['n']} {record['over']}" if record["n"] else ""
    line = f"{word}: {record['value']}{count} · asked: {record['condition']}{_where(record)}"
    if record["null"]:
        line += f" · if nothing were there: {record['null']}"
    if not record["source"]:
        return [line]
    number = f": {record['published']}" if record["published"] else ""
    verdict = f" · the source's claim: {record['verdict']}" if record["verdict"] else ""
    return [line, f"{record['source']}{number}{verdict}"]


def _parts(record: Record) -> str:
    """List each named part with its value."""
    if not record["parts"]:
        return ""
    values = ("nan" if v is None else short(v, ".2g") for v in record["measured"])
    items = (
        f"<li>{html.escape(str(name))}: {value}{html.escape(record['unit'])}</li>"
        for name, value in zip(record["parts"], values, strict=True)
    )
    return f'<ul class="dt-claim-facts dt-claim-parts">{"".join(items)}</ul>'


def _fold(style: str, summary: str, content: str, opened: bool) -> str:
    opening = "<details open>" if opened else "<details>"
    return f'{opening}<summary class="{style}">{summary}</summary>{content}</details>'


def _where(record: Record) -> str:
    n, needed, over = record["n"], record["needed"], record["over"]
    if not n:
        return ""
    if n == 1:
        return f" in 1 {over.removesuffix('s')}"
    return f" in all {n} {over}" if needed == n else f" in at least {needed} of {n} {over}"
