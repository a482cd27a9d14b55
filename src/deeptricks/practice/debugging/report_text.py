"""The report as text: 80 columns, for a terminal, a log, the message of a failed test."""

import math
import textwrap
from collections import Counter
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deeptricks.practice.debugging.finding import Check, Finding
    from deeptricks.practice.debugging.report import Report

WIDTH = 80
LABEL = 11  # columns before the text of "cure", "where", …
MOST_PLACES = 6  # names under "where" before "and 12 more"


def text(report: "Report") -> str:
    """Return the whole report; every finding and every note is in it."""
    parts = [_headline(report)]
    parts += [_finding(number, finding) for number, finding in enumerate(report.findings, 1)]
    if report.healthy and report.examined:
        parts.append("\n".join(["What was measured", *_measured(_passed(report))]))
    if report.notes:
        notes = [_wrap(f"{note.about}: {note.text}", " - ", "   ") for note in report.notes]
        parts.append("\n".join(["Unusual, but no fault", *notes]))
    parts.append(_wrap(checks_line(report), "", "        "))
    return "\n\n".join(part for part in parts if part)


def verdict(report: "Report") -> str:
    """Return the report in a few words: healthy, ill and how, or nothing measured."""
    if report.findings:
        many = len(report.findings)
        counts = Counter(finding.severity for finding in report.findings)
        kinds = ", ".join(f"{counts[s]} {s}" for s in ("fatal", "major", "minor") if counts[s])
        return f"{many} finding{'s' * (many > 1)} ({kinds})"
    if not report.examined:
        return "nothing could be measured"
    return f"healthy: {len(_passed(report))} checks found nothing wrong"


def checks_line(report: "Report") -> str:
    """Return one line on the checks: how many passed, which failed, which were left out and why."""
    by_state = {state: [c for c in report.checks if c.state == state] for state in STATES}
    said = [f"{len(by_state['passed'])} passed", f"{len(by_state['failed'])} failed"]
    said.append(f"{len(by_state['skipped'])} skipped")
    reasons: dict[str, list[str]] = {}
    for check in by_state["skipped"]:
        reasons.setdefault(check.reason or "no reason given", []).append(check.name)
    left_out = "; ".join(f"{', '.join(names)}: {why}" for why, names in reasons.items())
    line = f"Checks: {', '.join(said)}, {seconds(report.seconds)}."
    return line + (f" Skipped: {left_out.rstrip('.')}." if left_out else "")


STATES = ("passed", "failed", "skipped")


def seconds(value: float) -> str:
    """Return a time in words."""
    return f"{value:.1f} s" if value >= 0.05 else f"{1000 * value:.0f} ms"


def number(value: Any) -> str:
    """Return a value as a person would write it: three or four digits, no noise."""
    if isinstance(value, bool) or not isinstance(value, Real):
        if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
            return number(value.item())
        return str(value)
    if isinstance(value, int) and abs(value) < 10**7:
        return str(value)
    size = abs(float(value))
    if not math.isfinite(size):
        return str(float(value))
    if size and not 1e-3 <= size < 1e5:
        return f"{float(value):.2e}"
    return f"{float(value):.4g}"


def numbers(values: Mapping[str, Any], most: int = 4) -> str:
    """Return named values as one phrase; a list or a table among them is left to the HTML."""
    flat = {k: v for k, v in values.items() if not isinstance(v, list | tuple | dict | set)}
    shown = [f"{_words(name)} {number(value)}" for name, value in list(flat.items())[:most]]
    return ", ".join(shown)


def places(where: tuple[str, ...], most: int = MOST_PLACES) -> str:
    """Return the names of modules or columns, the first few and how many more."""
    more = len(where) - most
    return ", ".join(map(str, where[:most])) + (f" and {more} more" if more > 0 else "")


def _headline(report: "Report") -> str:
    left, right = f"CHECKUP  {verdict(report)}", seconds(report.seconds)
    return f"{left}{right:>{max(WIDTH - len(left), len(right) + 2)}}\n{'=' * WIDTH}"


def _finding(rank: int, finding: "Finding") -> str:
    """Return a finding: what, how sure, what shows it, where, the cure, what to read."""
    left = f"{rank}. {finding.severity.upper()}  {finding.code}"
    right = f"confidence {finding.confidence:.2f}"
    lines = [f"{left}{right:>{max(WIDTH - len(left), len(right) + 2)}}"]
    lines.append(_wrap(finding.evidence, "   ", "   "))
    if finding.because_of:
        lines.append(_row("because of", f"{finding.because_of} (cure that first)"))
    if finding.where:
        lines.append(_row("where", places(finding.where)))
    lines.append(_row("cure", finding.cure))
    indent = " " * (3 + LABEL)
    lines += [f"{indent}{line}" for line in finding.cure_code.splitlines()]  # code is not wrapped
    lines.append(_row("read", finding.read))
    return "\n".join(lines)


def _row(label: str, words: str) -> str:
    return _wrap(words, f"   {label:<{LABEL}}", " " * (3 + LABEL))


def _measured(passed: "list[Check]") -> list[str]:
    """Return a line for each check that has numbers or words, and one for all that have none."""
    said = {_words(check.name): numbers(check.numbers) or check.reason for check in passed}
    lines = [f"{name}: {what}" for name, what in said.items() if what]
    bare = [name for name, what in said.items() if not what]
    lines += [f"nothing unusual in: {', '.join(bare)}"] if bare else []
    return [_wrap(line, " - ", "   ") for line in lines]


def _passed(report: "Report") -> "list[Check]":
    return [check for check in report.checks if check.state == "passed"]


def _words(name: str) -> str:
    return str(name).replace("_", " ")


def _wrap(words: str, first: str, rest: str) -> str:
    return textwrap.fill(
        " ".join(str(words).split()),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
