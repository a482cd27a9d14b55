"""The report of a checkup: findings, the most likely cause first; notes; every check that ran."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from deeptricks.practice.debugging.finding import SEVERITIES, Check, Finding, Note
from deeptricks.practice.debugging.plain import plain
from deeptricks.practice.debugging.report_html import document, fragment
from deeptricks.practice.debugging.report_text import text


@dataclass(frozen=True)
class Report:
    """What `checkup` returns: print it, show it in a notebook, keep it as JSON.

    Attributes
    ----------
    findings
        Ranked, the most likely cause first; a symptom after its cause. Empty: healthy.
    notes
        What is unusual, but no fault.
    checks
        Every check: passed, failed or skipped and why, its numbers, its seconds.
    seconds
        How long all of it took.
    """

    findings: list[Finding] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def examined(self) -> bool:
        """Whether anything was measured: a check passed or failed, or something was found."""
        return bool(self.findings) or any(check.state != "skipped" for check in self.checks)

    def at_least(self, severity: str, allow: Iterable[str] = ()) -> list[Finding]:
        """Return the findings of this severity or a worse one whose code is not in `allow`.

        Raises
        ------
        ValueError
            For a severity other than ``"fatal"``, ``"major"``, ``"minor"``.
        """
        if severity not in SEVERITIES:
            raise ValueError(f"severity must be one of {SEVERITIES}, got {severity!r}")
        counted, allowed = SEVERITIES[: SEVERITIES.index(severity) + 1], set(allow)
        return [f for f in self.findings if f.severity in counted and f.code not in allowed]

    def raise_if_ill(self, severity: str = "minor", allow: Iterable[str] = ()) -> None:
        """Raise an AssertionError with the printed report where `at_least` finds anything.

        Also where nothing could be measured: no news is not good news.
        """
        if self.at_least(severity, allow):
            raise AssertionError(f"the checkup found something\n\n{self}")
        if not self.examined:
            raise AssertionError(f"the checkup could measure nothing\n\n{self}")

    def __str__(self) -> str:
        return text(self)

    def _repr_html_(self) -> str:
        return fragment(self)

    def to_html(self, title: str = "Checkup") -> str:
        """Return a whole HTML page of the report, for a file or an attachment."""
        return document(self, title)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values that JSON takes; see `plain` for NaN and tensors."""
        listed = {name: plain(getattr(self, name)) for name in ("findings", "notes", "checks")}
        return {"healthy": self.healthy, **listed, "seconds": plain(self.seconds)}
