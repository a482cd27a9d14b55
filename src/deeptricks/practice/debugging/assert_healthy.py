"""`assert_healthy`: a checkup as a test."""

import difflib
from collections.abc import Iterable
from typing import Any

from deeptricks.practice.debugging.codes import CODES
from deeptricks.practice.debugging.finding import SEVERITIES


class UnknownCodeError(ValueError):
    """A code that is none of the catalog."""


def assert_healthy(*, allow: Iterable[str] = (), severity: str = "minor", **setup: Any) -> None:
    """Run a checkup of a set-up, and fail with the printed report where it finds anything.

    A test of one's own training::

        def test_my_training_is_healthy():
            assert_healthy(model=model, batches=loader, loss=loss, optimizer=optimizer)

    Parameters
    ----------
    allow
        Codes that are accepted, such as ``["data.imbalance"]``.
    severity
        The mildest that fails the test: ``"fatal"``, ``"major"`` or ``"minor"``.
    **setup
        The arguments of `checkup`.

    Raises
    ------
    AssertionError
        With the report as its message; also where nothing could be measured.
    ValueError
        For an unknown code or severity, before anything is run.
    """
    __tracebackhide__ = True  # pytest shows the line that called, and the report
    from deeptricks.practice.debugging.checkup import checkup

    allow = known_codes(allow)
    if severity not in SEVERITIES:
        raise ValueError(f"severity must be one of {SEVERITIES}, got {severity!r}")
    checkup(**setup).raise_if_ill(severity, allow)


def known_codes(allow: Iterable[str]) -> tuple[str, ...]:
    """Return the codes to accept; an UnknownCodeError names what is nearest to one that is none."""
    codes = (allow,) if isinstance(allow, str) else tuple(allow)
    for code in codes:
        if code not in CODES:
            near = difflib.get_close_matches(code, list(CODES), 3, 0.5)
            meant = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(CODES)}"
            raise UnknownCodeError(f"allow has the unknown code {code!r}; {meant}")
    return codes
