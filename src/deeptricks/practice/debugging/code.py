"""One line of the catalog of faults."""

from typing import NamedTuple


class Code(NamedTuple):
    """A line of the catalog."""

    meaning: str
    severity: str
    cure: str
    cure_code: str
    read: str
