"""The report of a checkup: findings, the most likely cause first; notes; every check that ran."""

from dataclasses import dataclass, field
from typing import Any

from deeptricks.practice.debugging.finding import Check, Finding, Note


@dataclass(frozen=True)
class Report:
    """What `checkup` returns.

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

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, as JSON takes them."""
        return {
            "findings": [finding.to_dict() for finding in self.findings],
            "notes": [note.to_dict() for note in self.notes],
            "checks": [check.to_dict() for check in self.checks],
            "seconds": self.seconds,
        }
