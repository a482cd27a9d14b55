"""One line of the catalogue of faults."""

from typing import NamedTuple


class Code(NamedTuple):
    """A line of the catalogue."""

    meaning: str
    severity: str
    cure: str
    cure_code: str
    read: str
