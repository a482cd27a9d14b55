"""JSON of strangers, refused before it is parsed where it would become gigabytes of Python."""

import json
from typing import Any

MOST = 500_000  # values: each takes some 60 bytes or more, however short it is written


def parsed(data: bytes, most: int = MOST, **how: Any):
    """What `json.loads` makes of `data`, which may have `most` values.

    Parameters
    ----------
    data
        UTF-8. An empty list takes three bytes there and 64 in memory: 20 MB would become 0.4 GB.
    most
        Texts, and signs that begin or separate values outside of texts, that are allowed.
    how
        For `json.loads`.

    Raises
    ------
    TooManyValues
        Where there are more (a ValueError, as all that `json.loads` and `decode` raise).
    """
    bare = data.replace(rb"\\", b"").replace(rb"\"", b"")
    if bare.count(b'"') > 2 * most:
        raise TooManyValues(f"it holds more than {most} texts")
    outside = b"".join(bare.split(b'"')[::2])
    if sum(map(outside.count, (b"[", b"{", b","))) > most:
        raise TooManyValues(f"it holds more than {most} values")
    return json.loads(data.decode("utf-8-sig"), **how)


class TooManyValues(ValueError):  # noqa: N818 (a name that reads well)
    """JSON that is refused before it is parsed."""
