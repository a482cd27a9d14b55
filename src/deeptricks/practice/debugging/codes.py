"""The catalog of what can be wrong: a code, what it means, its cure, where to read about it."""

from typing import Any

from deeptricks.practice.debugging import codes_data, codes_training
from deeptricks.practice.debugging.code import Code
from deeptricks.practice.debugging.finding import Finding

CODES: dict[str, Code] = {**codes_data.CODES, **codes_training.CODES}


def finding(
    code: str,
    confidence: float,
    evidence: str,
    measured: dict[str, Any] | None = None,
    expected: dict[str, Any] | None = None,
    **more: Any,
) -> Finding:
    """Return a finding with severity, cure and chapter from the catalog.

    `more` replaces what stands there: `severity`, `where`, `cure`, `cure_code`, `curves`.
    """
    line = CODES[code]
    given = {
        "severity": line.severity,
        "cure": line.cure,
        "cure_code": line.cure_code,
        "read": line.read,
        **more,
    }
    return Finding(
        code=code,
        confidence=round(min(max(confidence, 0.0), 1.0), 3),
        evidence=evidence,
        measured=measured or {},
        expected=expected or {},
        **given,
    )
